"""Roman letters for Indian words, as people type them: "bukhar", "daktar", not "bukhāra".

indic-transliteration gives the sounds; what it does not know is how each language is texted: which
inherent vowels are left unsaid, what a letter sounds like in its place, how an English word is
written. That is data, `sms/roman.yaml`. A way of a word: its usual spelling if it has one; else its
letters as Devanagari, without the vowels that are unsaid; then as sounds in ISO 15919; then as
letters of a telephone. The vowels inside a word follow Ohala (Aspects of Hindi Phonology, 1983).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from indic_transliteration import sanscript

from sms.plain import plain_signs

# The blocks of Unicode follow ISCII, letter for letter, from Devanagari to Malayalam.
_BLOCK: Final = 0x80
_DEVANAGARI: Final = 0x0900
_RUN: Final = "[\u0900-\u0963\u0970-\u0d7f\u200c\u200d]+"
_WORD: Final = re.compile(f"{_RUN}(?:['’]{_RUN})*")
_JOINERS: Final = str.maketrans("", "", "\u200c\u200d")
_LETTER: Final = re.compile("[\u0900-\u0d7f]")
_DANDA: Final = re.compile(r"\s*[\u0964\u0965]")
_HALANT: Final = "\u094d"
_CONSONANT: Final = "[\u0915-\u0939\u0958-\u095f]\u093c?"
_CODA: Final = "[\u0900-\u0903]*"
_SYLLABLE: Final = re.compile(
    rf"(?P<onset>(?:{_CONSONANT}{_HALANT})*{_CONSONANT})"
    rf"(?P<sign>[\u093a\u093b\u093e-\u094f\u0955-\u0957])?(?P<coda>{_CODA})"
    rf"|(?P<letter>.)(?P<letter_coda>{_CODA})",
    re.DOTALL,
)
# A vowel before ya is said: samaye, vijayi.
_YA: Final = "\u092f"
# A nasal is m before lips, and n elsewhere, where a language has no rule of its own.
NASALS: Final = (("(?:ṁ|m̐|ṃ)(?=[pbm])", "m"), ("ṁ|m̐|ṃ", "n"))
_SENTENCE: Final = re.compile(r"(?:^|[.!?] )[a-z]")
_ENDS: Final = re.compile(r"[.!?)]$")
# Words that are kept at hand; a name is among them as long as others do not push it out.
_AT_HAND: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """How one language is written; `sms/roman.yaml` tells what each of them is.

    block: where its script begins. sounds: with those of its vowels, in order. letter: matches
    each of `letters`, the longest first. phrases: usual spellings of more than one word.
    """

    block: int
    keeps: re.Pattern[str]
    inside: bool
    light: re.Pattern[str] | None
    signs: Sequence[tuple[re.Pattern[str], str]]
    sounds: Sequence[tuple[re.Pattern[str], str]]
    letters: Mapping[str, str]
    letter: re.Pattern[str]
    words: Mapping[str, str]
    phrases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Roman:
    """The rules by language; the first of a script stands for it in other languages' texts."""

    languages: Mapping[str, Rules]

    def rules_for(self, letter: str, language: str) -> Rules | None:
        block = ord(letter) - ord(letter) % _BLOCK
        own = self.languages.get(language)
        if own is not None and own.block == block:
            return own
        return next((rules for rules in self.languages.values() if rules.block == block), None)


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


def is_word(text: str) -> bool:
    """Tell whether the whole text is one word of an Indian script."""
    return _WORD.fullmatch(text) is not None


def plain_word(word: str) -> str:
    """Return the word as it is looked up: in one form, without the joiners that shape it."""
    return unicodedata.normalize("NFC", word).translate(_JOINERS)


def romanise(text: str, language: str, roman: Roman) -> str:
    """Return the text with its Indian words in readable Roman letters; the rest is kept.

    language: of the text; a word in another script is written by the first language of that. What
    has no rule, as a letter of Urdu, stays: a text in Roman may not lose it unseen.
    """
    text = _DANDA.sub(".", unicodedata.normalize("NFC", text))
    text = "".join(_digit(sign) for sign in text)
    if (own := roman.languages.get(language)) is not None:
        for phrase, spelt in own.phrases.items():
            text = text.replace(phrase, spelt)
    return _WORD.sub(lambda found: _spelt(found[0], language, roman), text)


def roman_texts(
    texts: Mapping[str, str], language: str, *, brand: tuple[str, str], roman: Roman
) -> dict[str, str]:
    """Return a language's catalogue in Roman letters, key by key.

    brand: its name in the language's letters, and in Roman ones. Sentences begin with a capital,
    which Indian scripts do not have; words for variables do not.
    """
    native, latin = brand
    written = {
        key: romanise(plain_signs(text).replace(native or latin, latin), language, roman)
        for key, text in texts.items()
    }
    return {
        key: _SENTENCE.sub(lambda found: found[0].upper(), text) if _ENDS.search(text) else text
        for key, text in written.items()
    }


def _digit(sign: str) -> str:
    return str(int(sign)) if sign.isdecimal() else sign


def _spelt(word: str, language: str, roman: Roman) -> str:
    first = _LETTER.search(word)
    rules = roman.rules_for(first[0], language) if first else None
    return word if rules is None else _word(word, rules)


@lru_cache(maxsize=_AT_HAND)
def _word(word: str, rules: Rules) -> str:
    if usual := rules.words.get(plain_word(word)):
        return usual
    signs = plain_word(_replaced(word, rules.signs))
    written = "".join(_as_devanagari(sign, rules) for sign in signs)
    syllables = [
        _Syllable(
            found["onset"] or "",
            found["sign"] or found["letter"] or "",
            found["coda"] or found["letter_coda"] or "",
        )
        for found in _SYLLABLE.finditer(written)
    ]
    said = "".join(
        syllable.onset + (_HALANT if unsaid else syllable.vowel) + syllable.coda
        for syllable, unsaid in zip(syllables, _unsaid(syllables, rules), strict=True)
    )
    iso = str(sanscript.transliterate(said, sanscript.DEVANAGARI, sanscript.ISO))
    return _on_a_telephone(unicodedata.normalize("NFC", iso), rules)


def _as_devanagari(sign: str, rules: Rules) -> str:
    place = ord(sign) - rules.block
    return chr(_DEVANAGARI + place) if 0 <= place < _BLOCK else sign


def _replaced(text: str, rules: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def _unsaid(syllables: Sequence[_Syllable], rules: Rules) -> list[bool]:
    """Tell for each syllable whether its inherent vowel is left unsaid."""
    unsaid = [syllable.vowel == _HALANT for syllable in syllables]
    last = len(syllables) - 1
    if last > 0 and syllables[last].inherent:
        unsaid[last] = not rules.keeps.search(syllables[last - 1].coda + syllables[last].onset)
    for place in range(last - 1, 0, -1) if rules.inside else ():
        before, here, after = syllables[place - 1 : place + 2]
        unsaid[place] = unsaid[place] or (
            here.inherent
            and here.simple
            and (after.simple or bool(rules.light and rules.light.search(after.onset)))
            and not unsaid[place + 1]
            and not after.onset.startswith(_YA)
            and before.vowel != _HALANT
            and not before.coda
        )
    return unsaid


def _on_a_telephone(iso: str, rules: Rules) -> str:
    iso = _replaced(iso, rules.sounds)
    return rules.letter.sub(lambda found: rules.letters[found[0]], iso)
