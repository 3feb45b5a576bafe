"""The symptom lexicon: what people edit (config/symptoms.yaml), loaded, checked and compiled.

The other languages are seeded: a file of config/symptom_seeds/ gives their words to the lexicon's
classes and codes, in place of the Hindi ones and beside the English ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from speech.forms import FormCompiler, Forms, Index, Pattern
from speech.phonetics import plain_form, sounds_of

LEXICON_PATH: Final = Path(__file__).parents[1] / "config" / "symptoms.yaml"

SEEDS_PATH: Final = LEXICON_PATH.parent / "symptom_seeds"
# English words as they are written in every script of India, in Devanagari.
LOANWORDS: Final = "loanwords"
# Among the endings of a seed: whatever follows a stem may be its ending, where words are built
# of so many that no list holds them.
ANY_ENDING: Final = "*"

Value = TypeVar("Value")
_ONLY_CLASSES: Final = re.compile(r"<[^>]+>(?:(?: \+ |[ _|-])<[^>]+>)*")
FormsKind = TypeVar("FormsKind", bound=Forms)


class RedFlag(StrEnum):
    """sometimes: when severe, sudden or prolonged, in an infant or in pregnancy."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


class Entry(Forms):
    """One code; `english` is its plain name, `source` a key of the file's sources.

    event: something that befell the patient, told in a clause of its own.
    """

    code: str
    english: str
    group: str
    red_flag: RedFlag
    source: str
    event: bool = False


class LexiconFile(BaseModel):
    """numbers and units (days) make durations; not_hindi: English words that sound like Hindi;
    denied_endings: those of a seed."""

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
    denied_endings: dict[str, str] = {}
    symptoms: tuple[Entry, ...]


class SeedFile(BaseModel):
    """One language's words, in its own script, by the classes and codes of the lexicon.

    denied_endings: a denial grown into a word (the യില്ല of പനിയില്ല, "no fever"), and what stands
    in its place in the word alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    source: str
    endings: frozenset[str] = frozenset()
    denied_endings: dict[str, str] = {}
    classes: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, float] = {}
    units: dict[str, float] = {}
    days_ago: dict[str, int] = {}
    symptoms: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A loaded lexicon, to be given to `find_symptoms`.

    events: the codes of what befalls somebody; roles: the slot of each class; endings: those of
    the words that are known by their sound; seeds: the lexicons of other languages.
    """

    entries: Mapping[str, Entry]
    events: frozenset[str]
    index: Index
    patterns: Mapping[int, tuple[Pattern, ...]]
    roles: Mapping[str, int]
    numbers: Mapping[str, float]
    units: Mapping[str, float]
    days_ago: Mapping[str, int]
    endings: frozenset[str]
    english_endings: frozenset[str]
    not_hindi: frozenset[str]
    denied_endings: tuple[tuple[str, str], ...]
    seeds: Mapping[str, Lexicon] = field(default_factory=dict)


class Seeds(Mapping[str, Lexicon]):
    """The seeded languages, by their code; each is read and compiled when it is first asked for."""

    def __init__(self, file: LexiconFile, folder: Path = SEEDS_PATH) -> None:
        self._file = file
        self._paths = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        self._loanwords = self._paths.pop(LOANWORDS)
        self._lexicons: dict[str, Lexicon] = {}

    def __getitem__(self, language: str) -> Lexicon:
        """Errors: KeyError for a language without a seed; ValueError for a seed that is broken."""
        if language not in self._lexicons:
            self._lexicons[language] = compile_lexicon(self.file(language))
        return self._lexicons[language]

    def file(self, language: str) -> LexiconFile:
        """Return the lexicon with the language's words. Errors: as of `[]`."""
        file, path = self._file, self._paths[language]
        for seed in (read_seed(self._loanwords), read_seed(path)):
            file = seeded(file, seed)
        return file

    def __contains__(self, language: object) -> bool:
        return language in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@cache
def load_lexicon(path: Path = LEXICON_PATH) -> Lexicon:
    """Read, validate and compile the lexicon, once in a process.

    Errors: ValueError (pydantic's too) for a file that does not hold together.
    """
    file = read_lexicon(path)
    return replace(compile_lexicon(file), seeds=Seeds(without_hindi(file)))


def read_lexicon(path: Path = LEXICON_PATH) -> LexiconFile:
    """Read and validate the lexicon. Errors: ValueError (pydantic's)."""
    return LexiconFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_seed(path: Path) -> SeedFile:
    """Read and validate a language's words. Errors: ValueError (pydantic's)."""
    return SeedFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def without_hindi(file: LexiconFile) -> LexiconFile:
    """Return what holds in every language: English, and the forms that are made of classes."""
    return file.model_copy(
        update={
            "endings": {**file.endings, "hi": frozenset({""})},
            "classes": {name: _without_hindi(forms) for name, forms in file.classes.items()},
            "symptoms": tuple(_without_hindi(entry) for entry in file.symptoms),
            **{
                table: {
                    word: value for word, value in getattr(file, table).items() if word.isascii()
                }
                for table in ("numbers", "units", "days_ago")
            },
        }
    )


def seeded(file: LexiconFile, seed: SeedFile) -> LexiconFile:
    """Return the lexicon with a language's words.

    Errors: ValueError for a class or code that the lexicon does not have.
    """
    unknown = (seed.classes.keys() - file.classes.keys()) | (
        seed.symptoms.keys() - {entry.code for entry in file.symptoms}
    )
    if unknown:
        raise ValueError(f"not in the lexicon: {', '.join(sorted(unknown))}")
    return file.model_copy(
        update={
            "endings": {**file.endings, "hi": file.endings["hi"] | seed.endings},
            "classes": {
                name: _with_words(forms, seed.classes.get(name, ()))
                for name, forms in file.classes.items()
            },
            "symptoms": tuple(
                _with_words(entry, seed.symptoms.get(entry.code, ())) for entry in file.symptoms
            ),
            "numbers": {**file.numbers, **seed.numbers},
            "units": {**file.units, **seed.units},
            "days_ago": {**file.days_ago, **seed.days_ago},
            "denied_endings": {**file.denied_endings, **seed.denied_endings},
        }
    )


def _without_hindi(forms: FormsKind) -> FormsKind:
    kept = tuple(form for form in forms.hi if _ONLY_CLASSES.fullmatch(form))
    return forms.model_copy(update={"hi": kept, "hi_latn": ()})


def _with_words(forms: FormsKind, words: tuple[str, ...]) -> FormsKind:
    """Return the forms with words that are known by their sound, whatever their script."""
    return forms.model_copy(update={"hi": forms.hi + words})


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
        events=frozenset(entry.code for entry in file.symptoms if entry.event),
        index=compiler.index,
        patterns={first: tuple(group) for first, group in patterns.items()},
        roles=roles,
        numbers=_by_sound(file.numbers),
        units=_by_sound(file.units),
        days_ago=_by_sound(file.days_ago),
        endings=file.endings["hi"],
        english_endings=file.endings["en"],
        not_hindi=frozenset(file.not_hindi),
        denied_endings=_longest_first(file.denied_endings),
    )


def _longest_first(endings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    plain = {plain_form(ending): plain_form(rest) for ending, rest in endings.items()}
    return tuple(sorted(plain.items(), key=lambda pair: -len(pair[0])))


def _by_sound(words: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for word, value in words.items() for key in sounds_of(word)}
