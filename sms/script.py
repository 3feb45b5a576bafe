"""Roman letters for Hindi words, as people type them: "bukhar", "kamzori", not "bukhāra".

indic-transliteration gives the letters; what it does not know is which inherent vowels Hindi
leaves unsaid. Those are found by the rule of Ohala (Aspects of Hindi Phonology, 1983), from the
end of the word: an inherent a is dropped at the end, and inside between two spoken vowels where
neither neighbour is a cluster.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
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
_LACKS_NUKTA: Final = frozenset({"te", "ml"})

_WORD: Final = re.compile(r"[\u0900-\u0963\u0971-\u097F]+")
_DANDA: Final = re.compile(r"\s*[\u0964\u0965]")
_DIGITS: Final = {ord("०") + digit: str(digit) for digit in range(10)}
_CONSONANT: Final = "[क-ह]़?"
_SYLLABLE: Final = re.compile(
    rf"(?P<onset>(?:{_CONSONANT}्)*{_CONSONANT})(?P<sign>[ा-्])?(?P<coda>[ँ-ः]*)"
    r"|(?P<letter>.)(?P<letter_coda>[ँ-ः]*)"
)
_HALANT: Final = "्"
# A final a stays where the cluster before it could not be said without: mitra, chandra, satya.
_NEEDS_VOWEL: Final = re.compile(r"्[यरलव]$")

# Words whose usual spelling no rule gives.
_USUAL: Final = {
    "डॉक्टर": "doctor",
    "मैं": "main",
    "में": "mein",
    "नहीं": "nahin",
    "यह": "yeh",
    "वह": "woh",
}

# Letters of ISO 15919 to those of a telephone; everything else stays as it is.
_LETTERS: Final = {
    "jñ": "gy",
    "kṣ": "ksh",
    "k͟h": "kh",
    "ch": "chh",
    "c": "ch",
    "ġ": "g",
    "ṛ": "d",
    "r̥": "ri",
    "ṭ": "t",
    "ḍ": "d",
    "ṇ": "n",
    "ñ": "n",
    "ṅ": "n",
    "ś": "sh",
    "ṣ": "sh",
    "ḷ": "l",
    "ḥ": "h",
    "ẏ": "y",
    "ô": "o",
    "ê": "e",
    "ō": "o",
    "ē": "e",
    ":": "",
}
_LETTER: Final = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))
_NASAL_BEFORE_LIP: Final = re.compile(r"(?:ṁ|m̐|ṃ)(?=[pbm])")
_NASAL: Final = re.compile(r"ṁ|m̐|ṃ")
_SPOKEN_VOWEL: Final = re.compile(r"ai|au|[aāiīuūeēoōôê]")


@dataclass(frozen=True, slots=True)
class _Syllable:
    """onset: consonants; vowel: a sign, a letter, a halant, or empty for the inherent a."""

    onset: str
    vowel: str
    coda: str

    @property
    def inherent(self) -> bool:
        return bool(self.onset) and not self.vowel and not self.coda

    @property
    def simple(self) -> bool:
        return bool(self.onset) and _HALANT not in self.onset


def has_devanagari(text: str) -> bool:
    return _WORD.search(text) is not None


def romanise(text: str) -> str:
    """Return the text with its Devanagari words in readable Roman letters; the rest is kept."""
    text = unicodedata.normalize("NFC", text).translate(_DIGITS)
    return _WORD.sub(lambda found: _word(found[0]), _DANDA.sub(".", text))


def _word(word: str) -> str:
    if word in _USUAL:
        return _USUAL[word]
    syllables = [
        _Syllable(
            found["onset"] or "",
            found["sign"] or found["letter"] or "",
            found["coda"] or found["letter_coda"] or "",
        )
        for found in _SYLLABLE.finditer(word)
    ]
    written = "".join(
        syllable.onset + (_HALANT if unsaid else syllable.vowel) + syllable.coda
        for syllable, unsaid in zip(syllables, _unsaid(syllables), strict=True)
    )
    return _plain(sanscript.transliterate(written, sanscript.DEVANAGARI, sanscript.ISO))


def _unsaid(syllables: list[_Syllable]) -> list[bool]:
    """Tell for each syllable whether its inherent a is left unsaid."""
    unsaid = [syllable.vowel == _HALANT for syllable in syllables]
    last = len(syllables) - 1
    if last > 0 and syllables[last].inherent:
        unsaid[last] = not _NEEDS_VOWEL.search(syllables[last].onset)
    for place in range(last - 1, 0, -1):
        before, here, after = syllables[place - 1 : place + 2]
        unsaid[place] = unsaid[place] or (
            here.inherent
            and here.simple
            and after.simple
            and not unsaid[place + 1]
            and before.vowel != _HALANT
            and not before.coda
        )
    return unsaid


def _plain(iso: str) -> str:
    iso = _NASAL.sub("n", _NASAL_BEFORE_LIP.sub("m", unicodedata.normalize("NFC", iso)))
    one_vowel = len(_SPOKEN_VOWEL.findall(iso)) == 1
    iso = re.sub(r"ā$", "a", re.sub(r"^ā", "aa", iso))
    iso = iso.replace("ā", "aa" if one_vowel else "a")
    iso = re.sub(r"ī$", "i", iso).replace("ī", "ee")
    iso = re.sub(r"ū$", "u", iso).replace("ū", "oo")
    return _LETTER.sub(lambda found: _LETTERS[found[0]], iso)


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
