"""Words as they sound: one key for the many ways in which a Hindi word is written or misheard.

This is not transliteration: script, nukta, vowel length, doubled consonants, sibilants and the
letters that people swap (w/v, z/j, ph/f) are folded away on purpose, so that खाँसी, खांसी, khansi
and khaansi meet in one key. Aspiration is kept, since it tells कान from खान. The schwa is deleted
where Hindi does not speak it (Ohala 1983).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from speech.scripts import (
    ARABIC_LETTERS,
    ARABIC_STOPS,
    INDIC_LETTERS,
    arabic_key,
    as_devanagari,
    is_arabic,
    is_devanagari_kin,
    speaks_last_schwa,
)

_CONSONANTS: Final = {
    letter: sound
    for sound, letters in {
        **{"k": "क", "kh": "ख", "g": "ग", "gh": "घ", "ch": "चछ", "j": "ज", "jh": "झ"},
        **{"t": "टत", "th": "ठथ", "d": "डद", "dh": "ढध", "n": "ङञणन", "p": "प", "f": "फ"},
        **{"b": "ब", "bh": "भ", "m": "म", "y": "य", "r": "र", "l": "लळ", "v": "व"},
        **{"s": "शषस", "h": "ह"},
    }.items()
    for letter in letters
}
_VOWELS: Final = {
    letter: sound
    for sound, letters in {
        "a": "अआॲ",
        "i": "इई",
        "u": "उऊ",
        "ri": "ऋ",
        "e": "एऐऍऎ",
        "o": "ओऔऑऒ",
    }.items()
    for letter in letters
}
_SIGNS: Final = {
    letter: sound
    for sound, letters in {
        **{"a": "ा", "i": "िी", "u": "ुू", "ri": "ृ"},
        **{"e": "ेैॅ\u0946", "o": "ोौॉ\u094a"},
    }.items()
    for letter in letters
}
_VIRAMA, _NUKTA = "\u094d", "\u093c"
_NASAL: Final = frozenset("ँं")
# The same two signs in every Indic script, and the tippi of Gurmukhi.
_NASAL_SIGNS: Final = re.compile(
    "[" + "".join(f"{chr(at + 1)}{chr(at + 2)}" for at in range(0x0900, 0x0D80, 0x80)) + "\u0a70]"
)
# A schwa that may fall silent; written apart from a spoken `a` until that is decided.
_SCHWA = "@"

_ROMAN_FOLDS: Final = tuple(
    (re.compile(pattern), fold)
    for pattern, fold in (
        (r"[^a-z]", ""),
        (r"(.)\1+", r"\1\1"),
        (r"ee|ii", "i"),
        (r"oo|uu", "u"),
        (r"aa", "a"),
        (r"c?chh?", "ch"),
        (r"ph", "f"),
        (r"sh", "s"),
        (r"z", "j"),
        (r"w", "v"),
        (r"q|c(?!h)", "k"),
        (r"x", "ks"),
        (r"m(?=[pb])", "n"),
    )
)
_COMMON_FOLDS: Final = tuple(
    (re.compile(pattern), fold)
    for pattern, fold in (
        (r"m(?=[pbf])", "n"),
        (r"ay[ei]|a[iy](?=[^aeiou]|$)|ae|ei", "e"),
        (r"au|ao|ou", "o"),
        (r"iy(?=[aeiou])", "i"),
        (r"eh", "ah"),
        (r"([^aeiou])h?\1", r"\1"),
        (r"(.)\1", r"\1"),
    )
)
# A schwa between consonants, with a vowel before them and one after: घबराहट is spoken ghabrahat.
_SILENT_INSIDE: Final = re.compile(
    rf"(?<=[aeiou{_SCHWA}])((?:h|[^aeiou{_SCHWA}h]h?){{1,2}}){_SCHWA}"
    rf"(?=[^aeiou{_SCHWA}h]h?[aeiou{_SCHWA}]|h[aeiou{_SCHWA}])"
)

_LAST_SCHWA: Final = re.compile(r"(?<=[aeiou][^aeiou])a(?=[^aeiou]h?$)")
# Two letters without their nasal are too many words at once.
_SHORT: Final = 3

_TOKEN: Final = re.compile(
    r"(?P<deva>[\u0900-\u0963\u0970-\u097f\u200c\u200d]+)"
    rf"|(?P<indic>[{INDIC_LETTERS}]+)"
    rf"|(?P<arabic>[{ARABIC_LETTERS}]+)"
    r"|(?P<latin>[A-Za-z]+(?:['\u2019][A-Za-z]+)?)"
    r"|(?P<number>\d+)"
    rf"|(?P<stop>[,;:.!?\u0964\u0965\n{''.join(ARABIC_STOPS)}]+)"
)


class Kind(StrEnum):
    DEVANAGARI = "deva"
    INDIC = "indic"
    ARABIC = "arabic"
    LATIN = "latin"
    NUMBER = "number"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a stop with its place in the text; key: how it sounds; plain: as written, folded
    only in what never changes a word (case, nukta, composition)."""

    plain: str
    key: str
    kind: Kind
    start: int
    end: int


def tokenise(text: str) -> list[Token]:
    """Return the words, numbers and stops of a text; all else (hyphens, quotes) parts words."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = Kind(match.lastgroup or "")
        plain = plain_form(match.group())
        key = plain if kind in (Kind.NUMBER, Kind.STOP) else sound_of(plain)
        tokens.append(Token(plain, key, kind, match.start(), match.end()))
    return tokens


def plain_form(word: str) -> str:
    """Return the word in lower case, without nukta and joiners, digits as ASCII."""
    parts = unicodedata.normalize("NFD", word.lower().replace("\u2019", "'"))
    kept = "".join(ch for ch in parts if ch not in f"{_NUKTA}\u200c\u200d")
    plain = "".join(str(int(ch)) if ch.isdecimal() else ARABIC_STOPS.get(ch, ch) for ch in kept)
    return plain.replace("ँ", "ं")


def sound_of(word: str) -> str:
    """Return the key of a word in an Indic, Arabic or Roman script."""
    if is_arabic(word):
        return arabic_key(word)
    if is_devanagari_kin(word):
        spelt = _spell(as_devanagari(word))
        spoken = spelt.replace(_SCHWA, "a") if speaks_last_schwa(word) else _silence(spelt)
        return _common(spoken)
    roman = word.lower()
    for pattern, fold in _ROMAN_FOLDS:
        roman = pattern.sub(fold, roman)
    return _common(roman)


def sounds_of(word: str) -> frozenset[str]:
    """Return the keys under which a word of the lexicon is found: also with its nasal dropped."""
    keys = {sound_of(word)}
    if any(sign in as_devanagari(word) for sign in "ंँ"):
        bare = sound_of(_NASAL_SIGNS.sub("", word))
        if len(bare) >= _SHORT:
            keys.add(bare)
    return frozenset(keys)


def stems_of(word: str) -> frozenset[str]:
    """Return the keys of a stem: before a vowel its last schwa falls silent (निकल, निकले)."""
    keys = {key for key in sounds_of(word) if key == sound_of(word) or len(key) > _SHORT}
    return frozenset(keys | {_LAST_SCHWA.sub("", key) for key in keys})


def _spell(word: str) -> str:
    """Return Devanagari letter by letter, with every inherent vowel written as a schwa."""
    out: list[str] = []
    for ch in unicodedata.normalize("NFD", word):
        if ch in _CONSONANTS:
            out.append(_CONSONANTS[ch] + _SCHWA)
        elif ch in _SIGNS or ch == _VIRAMA:
            if out and out[-1].endswith(_SCHWA):
                out[-1] = out[-1][:-1] + _SIGNS.get(ch, "")
        elif ch in _NASAL:
            out.append("~")
        elif ch in _VOWELS:
            out.append(_VOWELS[ch])
    # A nasal vowel at the end (नहीं, में) is written with or without its sign.
    return "".join(out).rstrip("~").replace("~", "n")


def _silence(spelt: str) -> str:
    """Return the word with its silent schwas gone: the last one, then inner ones right to left."""
    if spelt.endswith(_SCHWA) and len(spelt) > 2:
        spelt = spelt[:-1]
    while True:
        inner = list(_SILENT_INSIDE.finditer(spelt))
        if not inner:
            return spelt.replace(_SCHWA, "a")
        last = inner[-1]
        spelt = spelt[: last.start()] + last.group(1) + spelt[last.end() :]


def _common(key: str) -> str:
    for pattern, fold in _COMMON_FOLDS:
        key = pattern.sub(fold, key)
    return key
