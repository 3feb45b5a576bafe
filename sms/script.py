"""A medicine's name, known in Devanagari, in the letters of another language, sound for sound."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from indic_transliteration import sanscript

# The letters of the languages that can be respelt from Devanagari, sound for sound.
_SCHEMES: Final = {
    "mr": sanscript.DEVANAGARI,
    "bn": sanscript.BENGALI,
    "as": sanscript.BENGALI,
    "gu": sanscript.GUJARATI,
    "kn": sanscript.KANNADA,
    "ml": sanscript.MALAYALAM,
    "or": sanscript.ORIYA,
    "pa": sanscript.GURMUKHI,
    "ta": sanscript.TAMIL,
    "te": sanscript.TELUGU,
}

# These speak an inherent a at the end of a word, which Hindi leaves unsaid.
_SPEAKS_EVERY_A: Final = frozenset({"ta", "te", "kn", "ml"})
_LAST_CONSONANT: Final = re.compile(r"[क-ह]़?(?=\s|$)")

# Hindi's letters for English vowels ("डॉ") and borrowed consonants ("ज़"), where others have none.
_ENGLISH_VOWELS: Final = str.maketrans("ऑऍॉॅ", "ओएोे")
_NASAL_IN_TAMIL: Final = str.maketrans("ँ", "ं")
_IN_GUJARATI: Final = str.maketrans("ऑऍॉॅ", "ઑઍૉૅ")
_NUKTA: Final = "\u093c"
_HALANT: Final = "\u094d"
_LACKS_NUKTA: Final = frozenset({"te", "ml"})


def respell(text: str, language: str) -> str | None:
    """Return Devanagari in the letters of another language, None where that has no scheme."""
    scheme = _SCHEMES.get(language)
    if scheme is None:
        return None
    if language == "mr":
        return text
    text = unicodedata.normalize("NFD", text)
    if language in _LACKS_NUKTA:
        text = text.replace(_NUKTA, "")
    if language != "gu":
        text = text.translate(_ENGLISH_VOWELS)
    if language == "ta":
        text = text.translate(_NASAL_IN_TAMIL)
    if language in _SPEAKS_EVERY_A:
        text = _LAST_CONSONANT.sub(rf"\g<0>{_HALANT}", text)
    spelt = str(sanscript.transliterate(text, sanscript.DEVANAGARI, scheme))
    spelt = spelt.translate(_IN_GUJARATI)
    return spelt.replace("র", "ৰ") if language == "as" else spelt
