"""The phones of our Hindi recogniser, and espeak-ng's IPA folded to them.

Few phones, so that little synthetic speech teaches each of them well: nasal vowels are heard as
oral ones, retroflex and dental n as one, a voiced aspirate as its consonant and an h.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TypeAlias

Pronunciation: TypeAlias = tuple[str, ...]

SILENCE: Final = "SIL"
VOWELS: Final = ("ə", "aa", "i", "ii", "u", "uu", "e", "ai", "o", "au")
CONSONANTS: Final = (
    *("k", "kh", "g", "c", "ch", "j", "T", "Th", "D", "t", "th", "d", "n", "p", "ph", "b", "m"),
    *("y", "r", "l", "v", "sh", "s", "h", "R", "f", "z"),
)
# The place of a phone is its output of the network: a model that ships is bound to this order.
PHONES: Final = (SILENCE, *VOWELS, *CONSONANTS)

_FOLDS: Final = {
    sign: phone
    for phone, signs in {
        **{"ə": "əʌɐɜ", "aa": "aɑ", "i": "ɪ", "ii": "i", "u": "ʊ", "uu": "u", "e": "e"},
        **{"ai": "ɛæ", "o": "o", "au": "ɔɒ", "k": "kq", "g": "ɡgɣ", "c": "c", "j": "ɟ"},
        **{"T": "ʈ", "D": "ɖ", "t": "t", "th": "θ", "d": "dð", "n": "nŋɲɳ", "p": "p", "b": "b"},
        **{"m": "m", "y": "jy", "r": "ɾrɹ", "l": "l", "v": "ʋvw", "sh": "ʃʂ", "s": "s", "h": "h"},
        **{"R": "ɽ", "f": "f", "z": "z", "kh": "x"},
    }.items()
    for sign in signs
}
_ASPIRATED: Final = {"k": "kh", "c": "ch", "T": "Th", "t": "th", "p": "ph"}
_VOICED: Final = frozenset("gjDdbR")
_ASPIRATION: Final = "ʰ"
_NASAL: Final = "\u0303"
_STRESS: Final = frozenset("ˈˌ ")
_MARKS: Final = re.compile(f"[ː{_ASPIRATION}{_NASAL}]*")
# "(en)" and the like, where espeak-ng speaks a word by another language's rules.
_LANGUAGE: Final = re.compile(r"\([a-z-]+\)")


class UnknownSoundError(ValueError):
    """A sign of IPA that stands for none of our phones."""


def phones_of(ipa: str) -> Pronunciation:
    """Return espeak-ng's Hindi IPA as our phones, without stress. Errors: UnknownSoundError."""
    # espeak-ng writes ड़ and ढ़ as "r."
    signs = unicodedata.normalize("NFD", _LANGUAGE.sub("", ipa)).replace("r.", "ɽ")
    phones: list[str] = []
    at = 0
    while at < len(signs):
        sign, at = signs[at], at + 1
        if sign in _STRESS:
            continue
        marks = _MARKS.match(signs, at)
        at, marked = (marks.end(), marks.group()) if marks else (at, "")
        for phone in _fold(sign, marked):
            # Nobody hears a doubled consonant on the telephone.
            if not (phones and phones[-1] == phone and phone in CONSONANTS):
                phones.append(phone)
    return tuple(phones)


def _fold(sign: str, marks: str) -> Pronunciation:
    phone = _FOLDS.get(sign)
    if phone is None:
        raise UnknownSoundError(f"no phone for U+{ord(sign):04X} {sign!r}")
    if _ASPIRATION not in marks:
        return (phone,)
    if phone in _ASPIRATED:
        return (_ASPIRATED[phone],)
    return (phone, "h") if phone in _VOICED else (phone,)
