"""The recogniser's lexicon: every word with the ways in which it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, field_validator

from speech.synthesis import pronounce
from speech.training.phones import PHONES, SILENCE, Pronunciation, phones_of
from speech.training.variants import variants_of

SPOKEN_PATH: Final = Path(__file__).parent / "spoken.yaml"


class Spoken(BaseModel):
    """Ways of saying a word that no rule gives; phones apart by spaces.

    same: by a word of a dialect the usual one that it is heard as; the usual one has its sound too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    same: Mapping[str, str] = {}
    words: Mapping[str, tuple[str, ...]]

    @field_validator("words")
    @classmethod
    def _of_our_phones(cls, words: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for word, ways in words.items():
            heard = [phone for way in ways for phone in way.split()]
            unknown = sorted({phone for phone in heard if phone not in PHONES or phone == SILENCE})
            if unknown or not all(way.split() for way in ways):
                raise ValueError(f"{word}: no such phones: {' '.join(unknown) or 'none at all'}")
        return words


@cache
def load_spoken(path: Path = SPOKEN_PATH) -> Spoken:
    return Spoken.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def pronunciations(
    words: Iterable[str], *, spoken: Spoken | None = None
) -> dict[str, tuple[Pronunciation, ...]]:
    """Return each word's ways, the careful one first, in the order of the words.

    Errors: UnknownSoundError for a word of another language; ValueError for one that is silent.
    """
    ways = (spoken or load_spoken()).words
    found: dict[str, tuple[Pronunciation, ...]] = {}
    for word in words:
        careful = phones_of(pronounce(word, "hi"))
        if not careful:
            raise ValueError(f"{word!r} has no sound")
        also = (tuple(way.split()) for way in ways.get(word, ()))
        found[word] = tuple(dict.fromkeys((*variants_of(word, careful), *also)))
    return found
