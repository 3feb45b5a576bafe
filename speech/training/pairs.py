"""Minimal pairs: what is easily heard for something else, where one of the two is a symptom.

"काट लिया" was once heard as "पीलिया" with confidence 1. Such pairs are taught side by side, and
tried side by side. Some are known by hand (pairs.yaml); the others are derived: the ways of saying
the symptoms, the vocabulary and the frequent words that lie nearest by their phones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator
from rapidfuzz.distance import Levenshtein

from speech.lexicon import Lexicon
from speech.symptoms import find_symptoms
from speech.training.grammar import LANGUAGE, Grammar
from speech.training.lexicon import pronunciations
from speech.training.phones import PHONES, SILENCE, Pronunciation, UnknownSoundError

PAIRS_PATH: Final = Path(__file__).with_name("pairs.yaml")
# Longer ones differ in more than a telephone takes away, or are taught by their parts.
LONGEST: Final = 10
TRIED: Final = 80  # pairs that a model is tried with
_SIGN: Final = {phone: chr(ord("A") + number) for number, phone in enumerate(PHONES)}


class Nearness(BaseModel):
    """pairs.yaml, whose head explains it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    furthest: float = Field(gt=0, lt=1)
    each: int = Field(gt=0)
    alike: tuple[tuple[str, ...], ...]
    known: tuple[tuple[str, str], ...]

    @field_validator("alike")
    @classmethod
    def _of_our_phones(cls, alike: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        named = [phone for row in alike for phone in row]
        unknown = sorted(
            {p for p in named if p not in PHONES or p == SILENCE or named.count(p) > 1}
        )
        if unknown:
            raise ValueError(f"no phone, or in two rows: {' '.join(unknown)}")
        return alike

    def distance(self, one: Pronunciation, other: Pronunciation) -> float:
        """Return how far two lie apart: 0 for the same phones, 1 for nothing in common."""
        return _apart(self._signs(one), self._signs(other))

    def _signs(self, spoken: Pronunciation) -> tuple[str, str]:
        rows = {phone: row[0] for row in self.alike for phone in row}
        return "".join(_SIGN[p] for p in spoken), "".join(_SIGN[rows.get(p, p)] for p in spoken)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways of saying different things, of which the first tells of a symptom."""

    symptom: str
    other: str


@cache
def load_nearness(path: Path = PAIRS_PATH) -> Nearness:
    text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
    return Nearness.model_validate(yaml.safe_load(text))


def known_pairs(nearness: Nearness | None = None) -> tuple[Pair, ...]:
    return tuple(Pair(*pair) for pair in (nearness or load_nearness()).known)


def pairs_of(
    grammar: Grammar,
    lexicon: Lexicon,
    also: Iterable[str] = (),
    *,
    nearness: Nearness | None = None,
) -> tuple[Pair, ...]:
    """Return the pairs that are known, and for each symptom the nearest that are derived.

    also: words beside the vocabulary, for which a symptom must not be heard.
    """
    near = nearness or load_nearness()
    spoken = _spoken({*_sayings(grammar), *grammar.words, *also})
    told = {text: _told(text, lexicon) for text in spoken}
    signs = {text: near._signs(way) for text, way in spoken.items()}
    found = dict.fromkeys(known_pairs(near))
    for code in grammar.sayings:
        near_by: list[tuple[float, Pair]] = []
        for saying in (s for s in grammar.sayings[code] if s in spoken):
            for other, its in signs.items():
                if told[other] & told[saying] or abs(len(its[0]) - len(signs[saying][0])) > 2:
                    continue
                apart = _apart(signs[saying], its, most=near.furthest)
                if 0 < apart <= near.furthest:
                    near_by.append((apart, Pair(saying, other)))
        near_by.sort(key=lambda one: (one[0], one[1].symptom, one[1].other))
        found.update(dict.fromkeys(pair for _, pair in near_by[: near.each]))
    return tuple(found)


def tried_pairs(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Return those to try a model with: all that are known by hand, and some that are derived."""
    known = known_pairs()
    derived = [pair for pair in pairs if pair not in known]
    step = max(1, len(derived) // max(1, TRIED - len(known)))
    return (*known, *derived[::step])[:TRIED]


def draw_pair(pairs: Sequence[Pair], random: Random) -> str:
    """Return one of a pair, or both in a row, in any order."""
    pair = random.choice(pairs)
    both = [pair.symptom, pair.other]
    random.shuffle(both)
    return " ".join(both[: random.choice((1, 1, 2))])


def _sayings(grammar: Grammar) -> set[str]:
    return {saying for sayings in grammar.sayings.values() for saying in sayings}


def _spoken(texts: Iterable[str]) -> dict[str, Pronunciation]:
    """Return the careful way of saying each text that is short enough and of our sounds."""
    words: dict[str, Pronunciation] = {}
    found: dict[str, Pronunciation] = {}
    for text in sorted(texts):
        try:
            for word in text.split():
                if word not in words:
                    words[word] = pronunciations([word])[word][0]
        except (UnknownSoundError, ValueError):
            continue
        way = tuple(phone for word in text.split() for phone in words[word])
        if len(way) <= LONGEST:
            found[text] = way
    return found


def _told(text: str, lexicon: Lexicon) -> frozenset[str]:
    found = find_symptoms(text, language=LANGUAGE, lexicon=lexicon)
    return frozenset(symptom.code for symptom in found.symptoms if not symptom.negated)


def _apart(one: tuple[str, str], other: tuple[str, str], *, most: float = 1.0) -> float:
    longest = max(len(one[0]), len(other[0]))
    by_rows = Levenshtein.distance(one[1], other[1], score_cutoff=int(2 * most * longest))
    by_phones = Levenshtein.distance(one[0], other[0])
    return (by_rows + by_phones) / (2 * longest)
