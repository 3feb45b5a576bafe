"""Letters of India's other scripts, brought to those whose sounds are known.

The Indic blocks of Unicode share the layout of ISCII (IS 13194:1991), so a letter stands in
Devanagari at the same place of its block; the few that do not are named here. Urdu writes few of
its vowels, so its words meet in a key of their own: the letters, folded where one sound has many.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DEVANAGARI: Final = 0x0900
_BLOCK: Final = 0x80
# Bengali and Assamese, Gurmukhi, Gujarati, Odia, Tamil, Telugu, Kannada, Malayalam.
_BLOCKS: Final = range(0x0980, 0x0D80, _BLOCK)
# In these the vowel of the last consonant is spoken, unless a sign takes it away.
_SCHWA_SPOKEN_FROM: Final = 0x0B00
# Within a block: letters before the two dandas and the ten digits, and what comes after them.
_DANDA, _AFTER_DIGITS = 0x64, 0x70

# What does not stand at its place, longest first: (as written, as Devanagari).
_STRAYS: Final = (
    # Bengali and Assamese: the y that is spoken j, the t without a vowel, the Assamese r and w.
    *(("\u09cd\u09af", "\u094dय"), ("\u09af\u09bc", "य"), ("\u09df", "य"), ("\u09af", "ज")),
    *(("\u09ce", "त\u094d"), ("\u09f0", "र"), ("\u09f1", "व")),
    # Gurmukhi: the other nasal sign; addak doubles a consonant, which the key does not show.
    *(("\u0a70", "ं"), ("\u0a71", "")),
    # Odia w; Tamil aytham, which makes f of p; Malayalam length of au and letters without a vowel.
    *(("\u0b71", "व"), ("\u0b83\u0baa", "फ"), ("\u0d57", "ौ")),
    *(("\u0d7a", "ण\u094d"), ("\u0d7b", "न\u094d"), ("\u0d7c", "र\u094d"), ("\u0d7d", "ल\u094d")),
    *(("\u0d7e", "ळ\u094d"), ("\u0d7f", "क\u094d")),
)
_ARABIC_SOUNDS: Final = {
    ord(letter): sound
    for sound, letters in {
        **{"a": "اآأإٱ", "b": "ب", "p": "پ", "t": "تطٹة", "s": "ثسشص", "j": "جذزژضظ", "ch": "چ"},
        **{"h": "حهہھۂۃ", "kh": "خ", "d": "دڈ", "r": "رڑ", "g": "غگ", "f": "ف", "k": "قكک"},
        **{"l": "ل", "m": "م", "n": "ن", "v": "وؤ", "y": "يیىې", "e": "ےۓ"},
    }.items()
    for letter in letters
}

_OTHER_BLOCKS: Final = "".join(
    f"{chr(block)}-{chr(block + _DANDA - 1)}{chr(block + _AFTER_DIGITS)}-{chr(block + _BLOCK - 1)}"
    for block in _BLOCKS
)
# For a character class of a regular expression: what words of the other scripts are made of.
INDIC_LETTERS: Final = f"{_OTHER_BLOCKS}\u200c\u200d"
ARABIC_LETTERS: Final = (
    "\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u200c\u200d"
)
ARABIC_STOPS: Final = {"،": ",", "؛": ";", "؟": "?", "۔": "."}

_DOUBLED: Final = re.compile(r"(.)\1+")


def is_devanagari_kin(word: str) -> bool:
    """Tell whether the word is written in Devanagari or another Indic script."""
    return word != "" and _DEVANAGARI <= ord(word[0]) < _BLOCKS.stop


def is_arabic(word: str) -> bool:
    """Tell whether the word is written in Arabic letters."""
    return "\u0600" <= word[:1] <= "\u06ff"


def speaks_last_schwa(word: str) -> bool:
    """Tell whether the script writes a vowel wherever none is silent: Odia and Dravidian ones."""
    return ord(word[0]) >= _SCHWA_SPOKEN_FROM


def as_devanagari(word: str) -> str:
    """Return the word letter for letter in Devanagari."""
    if not word or ord(word[0]) < _BLOCKS.start:
        return word
    # Composed: some vowels are one sign in Devanagari and two in another script.
    written = unicodedata.normalize("NFC", word)
    for stray, letter in _STRAYS:
        written = written.replace(stray, letter)
    return "".join(
        chr(_DEVANAGARI + ord(ch) % _BLOCK) if _BLOCKS.start <= ord(ch) < _BLOCKS.stop else ch
        for ch in written
    )


def arabic_key(word: str) -> str:
    """Return the letters of an Urdu word as they sound; diacritics and hamza are left out."""
    bare = unicodedata.normalize("NFC", word).removesuffix("ں").replace("ں", "ن")
    return _DOUBLED.sub(r"\1", "".join(_ARABIC_SOUNDS.get(ord(ch), "") for ch in bare))
