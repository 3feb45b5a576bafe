"""The form of `sms/roman.yaml`: how each language is written in Roman letters."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from sms.roman import NASALS, Roman, Rules, is_word, plain_word

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(unicodedata.normalize("NFC", text))
    except re.error as error:
        raise ValueError(f"{text}: {error}") from error


Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
Replacements = tuple[tuple[Pattern, str], ...]


class _Rules(BaseModel):
    model_config = _STRICT

    script: str
    keeps: Pattern
    inside: bool = False
    light: Pattern | None = None
    signs: Replacements = ()
    sounds: Replacements = ()
    vowels: str
    letters: dict[str, str] = {}
    words: dict[str, str] = {}


class RomanFile(BaseModel):
    """What stands in the file; its head tells what each entry means."""

    model_config = _STRICT

    version: int
    vowels: dict[str, Replacements]
    letters: dict[str, str]
    languages: dict[str, _Rules]

    @model_validator(mode="after")
    def _vowels_exist(self) -> Self:
        strange = {entry.vowels for entry in self.languages.values()} - set(self.vowels)
        if strange:
            raise ValueError(f"no such vowels: {', '.join(sorted(strange))}")
        return self


def as_roman(file: RomanFile) -> Roman:
    """Return the rules by language. Errors: KeyError for a script that Unicode does not know."""
    return Roman({code: _rules(entry, file) for code, entry in file.languages.items()})


def _rules(entry: _Rules, file: RomanFile) -> Rules:
    nasals = ((re.compile(pattern), spelt) for pattern, spelt in NASALS)
    letters = {**file.letters, **entry.letters}
    words = {plain_word(word): spelt for word, spelt in entry.words.items()}
    phrases = sorted((word for word in words if not is_word(word)), key=len, reverse=True)
    return Rules(
        # Its first letter is a sign in some scripts; every script has the letter ka.
        block=ord(unicodedata.lookup(f"{entry.script} letter ka")) & ~0x7F,
        keeps=entry.keeps,
        inside=entry.inside,
        light=entry.light,
        signs=entry.signs,
        sounds=(*entry.sounds, *nasals, *file.vowels[entry.vowels]),
        letters=letters,
        letter=re.compile("|".join(sorted(map(re.escape, letters), key=len, reverse=True))),
        words=words,
        phrases={phrase: words[phrase] for phrase in phrases},
    )
