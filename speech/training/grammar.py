"""What the recogniser is taught to hear: its vocabulary, and sentences drawn from it by chance."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from speech.lexicon import LEXICON_PATH, LexiconFile, compile_lexicon
from speech.symptoms import find_symptoms

SENTENCES_PATH: Final = Path(__file__).parent / "sentences.yaml"
# Of the sentences outside the domain, those that only a test may say.
KEPT_BACK: Final = 5
# A form whose classes have hundreds of words is taught by some of them.
MAX_SAYINGS: Final = 24

LANGUAGE: Final = "hi"
_SLOT: Final = re.compile(r"\{(\w+)\}")
_DEVANAGARI: Final = re.compile(r"[\u0900-\u097f]+")
_JOINTS: Final = re.compile("[ _-]")
_PHRASE: Final = re.compile("[_-]")


class Kind(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: int = Field(gt=0)
    templates: tuple[str, ...] = Field(min_length=1)


class Sentences(BaseModel):
    """sentences.yaml, whose head explains it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    kinds: Mapping[str, Kind]
    slots: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True)
class Grammar:
    """The sentences' parts: `sayings` are the ways of saying each symptom, by its code."""

    sentences: Sentences
    sayings: Mapping[str, tuple[str, ...]]
    lexicon_words: tuple[str, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The vocabulary: every word that may be heard, sorted."""
        said = [saying for sayings in self.sayings.values() for saying in sayings]
        said += [phrase for phrases in self.sentences.slots.values() for phrase in phrases]
        said += [t for kind in self.sentences.kinds.values() for t in kind.templates]
        said += [*self.sentences.words, *self.lexicon_words]
        return tuple(sorted({word for text in said for word in _words(_SLOT.sub(" ", text))}))

    @cached_property
    def taught_outside(self) -> tuple[str, ...]:
        """Sentences that are no complaint, to teach with."""
        return tuple(s for n, s in enumerate(self.sentences.outside) if n % KEPT_BACK)

    @cached_property
    def tested_outside(self) -> tuple[str, ...]:
        """Sentences that are no complaint, which are never taught."""
        return self.sentences.outside[::KEPT_BACK]

    def draw(self, random: Random) -> str:
        """Return a sentence of the domain."""
        kinds = list(self.sentences.kinds.values())
        (kind,) = random.choices(kinds, [kind.weight for kind in kinds])
        template = random.choice(kind.templates)
        return _SLOT.sub(lambda match: self._fill(match.group(1), random), template)

    def draw_outside(self, random: Random) -> str:
        """Return some words in a row of a sentence that is no complaint."""
        words = random.choice(self.taught_outside).split()
        first = random.randrange(len(words))
        return " ".join(words[first : first + random.choice((1, 2, 4, 9))])

    def _fill(self, slot: str, random: Random) -> str:
        if slot == "symptom":
            # By code first, so that one with few ways of saying it is heard as often as another.
            return random.choice(self.sayings[random.choice(self._codes)])
        return random.choice(self.words if slot == "word" else self.sentences.slots[slot])

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        return tuple(self.sayings)


def load_grammar(path: Path = SENTENCES_PATH, *, lexicon_path: Path = LEXICON_PATH) -> Grammar:
    """Return the grammar. Errors: ValueError for a template whose slot does not exist."""
    sentences = Sentences.model_validate(yaml.safe_load(_normal(path)))
    file = LexiconFile.model_validate(yaml.safe_load(_normal(lexicon_path)))
    used = {
        s for kind in sentences.kinds.values() for t in kind.templates for s in _SLOT.findall(t)
    }
    unknown = sorted(used - {*sentences.slots, "symptom", "word"})
    if unknown:
        raise ValueError(f"templates have slots that do not exist: {', '.join(unknown)}")
    classed = [form for forms in file.classes.values() for form in forms.hi]
    worded = [*classed, *file.numbers, *file.units]
    return Grammar(sentences, sayings_of(file), tuple(w for text in worded for w in _words(text)))


def sayings_of(file: LexiconFile) -> dict[str, tuple[str, ...]]:
    """Return, by code, the Hindi ways of saying it that the reader of symptoms takes for it."""
    lexicon = compile_lexicon(file)
    found: dict[str, tuple[str, ...]] = {}
    for entry in file.symptoms:
        said = dict.fromkeys(
            saying for form in entry.hi for saying in islice(_said(form, file), MAX_SAYINGS)
        )
        understood = tuple(
            saying
            for saying in said
            if any(
                symptom.code == entry.code and not symptom.negated
                for symptom in find_symptoms(saying, language=LANGUAGE, lexicon=lexicon).symptoms
            )
        )
        if understood:
            found[entry.code] = understood
    return found


def _said(form: str, file: LexiconFile) -> Iterator[str]:
    """Yield the form in words: one of each alternative, in the usual order."""
    groups = [_alternatives(group, file) for group in form.replace(" + ", " ").split()]
    return (" ".join(parts) for parts in product(*groups))


def _alternatives(group: str, file: LexiconFile) -> list[str]:
    if _PHRASE.search(group) and "|" not in group:
        parts = [_alternatives(part, file) for part in _JOINTS.split(group)]
        return [" ".join(words) for words in islice(product(*parts), MAX_SAYINGS)]
    ways: list[str] = []
    for one in group.split("|"):
        if _PHRASE.search(one):
            ways += _alternatives(one, file)
        elif one.startswith("<"):
            ways += [
                w for inner in file.classes[one.strip("<>")].hi for w in _alternatives(inner, file)
            ]
        else:
            ways += _words(one)
    return ways


def _words(text: str) -> list[str]:
    return _DEVANAGARI.findall(text)


def _normal(path: Path) -> str:
    return unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
