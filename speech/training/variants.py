"""How a word is also spoken: what villagers' and readers' Hindi does to espeak-ng's careful one."""

from __future__ import annotations

from typing import Final

from speech.training.phones import CONSONANTS, Pronunciation

MAX_VARIANTS: Final = 8

_LONG: Final = frozenset({"aa", "ii", "uu", "e", "o"})
_NASAL_BEFORE: Final = frozenset({"c", "t", "d", "p", "s", "k", "kh", "T", "D"})
_VOICED_STOPS: Final = frozenset({"g", "j", "D", "d", "b", "R"})
_NASAL_SIGNS: Final = frozenset("ंँ")
_SHORTEST_WITH_SILENT_H: Final = 3


def variants_of(word: str, spoken: Pronunciation) -> tuple[Pronunciation, ...]:
    """Return the pronunciation and its variants, at most MAX_VARIANTS, the careful one first."""
    rules = [_z_as_j, _f_as_ph, _without_breath, _without_last_h, _coloured_by_h]
    if _NASAL_SIGNS & set(word):
        rules.append(_with_nasal_consonant)
    found = [spoken]
    for rule in rules:
        for known in tuple(found):
            other = rule(known)
            if other not in found and len(found) < MAX_VARIANTS:
                found.append(other)
    return tuple(found)


def _swapped(phones: Pronunciation, one: str, other: str) -> Pronunciation:
    return tuple(other if phone == one else phone for phone in phones)


def _z_as_j(phones: Pronunciation) -> Pronunciation:
    return _swapped(phones, "z", "j")


def _f_as_ph(phones: Pronunciation) -> Pronunciation:
    return _swapped(phones, "f", "ph")


def _without_breath(phones: Pronunciation) -> Pronunciation:
    """Drop the first breath of a voiced aspirate that does not begin the word: मुझे as muje."""
    for at in range(2, len(phones)):
        if phones[at] == "h" and phones[at - 1] in _VOICED_STOPS:
            return phones[:at] + phones[at + 1 :]
    return phones


def _without_last_h(phones: Pronunciation) -> Pronunciation:
    if len(phones) >= _SHORTEST_WITH_SILENT_H and phones[-2:] == ("ə", "h"):
        return phones[:-1]
    return phones


def _coloured_by_h(phones: Pronunciation) -> Pronunciation:
    """A schwa beside h sounds like ai: ज़हर, पहले."""
    for at in range(len(phones) - 2):
        if phones[at : at + 3] == ("ə", "h", "ə"):
            return (*phones[:at], "ai", "h", "ai", *phones[at + 3 :])
    for at in range(len(phones) - 2):
        if phones[at : at + 2] == ("ə", "h") and phones[at + 2] in CONSONANTS:
            return (*phones[:at], "ai", *phones[at + 1 :])
    return phones


def _with_nasal_consonant(phones: Pronunciation) -> Pronunciation:
    """A long nasal vowel before a stop is also heard as vowel and n: दांत, पांच."""
    for at in range(len(phones) - 1):
        if phones[at] in _LONG and phones[at + 1] in _NASAL_BEFORE:
            return (*phones[: at + 1], "n", *phones[at + 1 :])
    return phones
