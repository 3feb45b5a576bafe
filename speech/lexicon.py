"""The symptom lexicon: what people edit (config/symptoms.yaml), loaded, checked and compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from speech.forms import FormCompiler, Forms, Index, Pattern
from speech.phonetics import sounds_of

LEXICON_PATH: Final = Path(__file__).parents[1] / "config" / "symptoms.yaml"

Value = TypeVar("Value")


class RedFlag(StrEnum):
    """sometimes: when severe, sudden or prolonged, in an infant or in pregnancy."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


class Entry(Forms):
    """One code; `english` is its plain name, `source` a key of the file's sources."""

    code: str
    english: str
    group: str
    red_flag: RedFlag
    source: str


class LexiconFile(BaseModel):
    """numbers and units (days) make durations; not_hindi: English words that sound like Hindi."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    sources: dict[str, str]
    endings: dict[Literal["hi", "en"], frozenset[str]]
    classes: dict[str, Forms]
    numbers: dict[str, float]
    units: dict[str, float]
    days_ago: dict[str, int]
    not_hindi: tuple[str, ...]
    symptoms: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A loaded lexicon, to be given to `find_symptoms`; roles: the slot of each class."""

    entries: Mapping[str, Entry]
    index: Index
    patterns: Mapping[int, tuple[Pattern, ...]]
    roles: Mapping[str, int]
    numbers: Mapping[str, float]
    units: Mapping[str, float]
    days_ago: Mapping[str, int]
    hindi_endings: frozenset[str]
    english_endings: frozenset[str]
    not_hindi: frozenset[str]


@cache
def load_lexicon(path: Path = LEXICON_PATH) -> Lexicon:
    """Read, validate and compile the lexicon, once in a process.

    Errors: ValueError (pydantic's too) for a file that does not hold together.
    """
    file = LexiconFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    return compile_lexicon(file)


def compile_lexicon(file: LexiconFile) -> Lexicon:
    """Return the lexicon ready for matching. Errors: ValueError for a form it cannot read."""
    compiler = FormCompiler(file.classes)
    roles = {name: compiler.slot(f"<{name}>", script="hi") for name in file.classes}
    patterns: dict[int, dict[Pattern, None]] = {}
    for entry in file.symptoms:
        if entry.source not in file.sources:
            raise ValueError(f"{entry.code} names no source of the file: {entry.source}")
        for script, form in entry.by_script():
            for pattern in compiler.patterns(entry.code, form, script=script):
                patterns.setdefault(pattern.slots[0], {})[pattern] = None
    return Lexicon(
        entries={entry.code: entry for entry in file.symptoms},
        index=compiler.index,
        patterns={first: tuple(group) for first, group in patterns.items()},
        roles=roles,
        numbers=_by_sound(file.numbers),
        units=_by_sound(file.units),
        days_ago=_by_sound(file.days_ago),
        hindi_endings=file.endings["hi"],
        english_endings=file.endings["en"],
        not_hindi=frozenset(file.not_hindi),
    )


def _by_sound(words: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for word, value in words.items() for key in sounds_of(word)}
