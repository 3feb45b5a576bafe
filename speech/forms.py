"""Forms of symptoms: the small language in which the lexicon writes them, and its compilation.

A form is a few slots in order: `word` sounds like it; `word~` also with a Hindi or English ending;
`=word` spelt just so; `<class>` any word of a class; `a|b` one of these; `a_b` nothing between;
`a-b` at most words of grammar between; `a + b` in either order. `_` and `-` bind before `|`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from typing import Final

from pydantic import BaseModel, ConfigDict

from speech.phonetics import plain_form, sound_of, sounds_of, stems_of

# Below this length a misspelt word is as near to another word as to the meant one.
MIN_GUESS: Final = 5

_JOINTS = re.compile("([ _-])")


class Forms(BaseModel):
    """Words or forms by the way they are written: Devanagari, Hindi in Roman letters, English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hi: tuple[str, ...] = ()
    hi_latn: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def by_script(self) -> list[tuple[str, str]]:
        """Return (script, form) pairs."""
        scripts = (("hi", self.hi), ("hi_latn", self.hi_latn), ("en", self.en))
        return [(script, form) for script, forms in scripts for form in forms]


class Room(StrEnum):
    """What may stand between two slots: anything short, words of grammar only, or nothing."""

    SOME = " "
    GRAMMAR = "-"
    NONE = "_"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Slots to be found in a sentence; rooms[i]: what may stand between slots i and i + 1."""

    code: str
    slots: tuple[int, ...]
    rooms: tuple[Room, ...]
    backwards: bool = False


Table = dict[str, set[int]]


@dataclass(slots=True)
class Index:
    """Which slots a word can fill: as it sounds, as a stem, in English, or spelt just so."""

    sounds: Table = field(default_factory=dict)
    stems: Table = field(default_factory=dict)
    english: Table = field(default_factory=dict)
    english_stems: Table = field(default_factory=dict)
    spelt: Table = field(default_factory=dict)
    # What a misspelt word may have meant, by its first letter.
    guesses: dict[str, list[str]] = field(default_factory=dict)

    def add(self, word: str, slot: int, *, script: str) -> None:
        stem = word.endswith("~")
        bare = word.rstrip("~")
        if bare.startswith("="):
            self.spelt.setdefault(plain_form(bare[1:]), set()).add(slot)
        elif script == "en":
            table = self.english_stems if stem else self.english
            for english in (bare.lower(), bare.lower() + "s"):
                table.setdefault(english, set()).add(slot)
            self._guess(bare.lower())
        else:
            table = self.stems if stem else self.sounds
            for sound in stems_of(bare) if stem else sounds_of(bare):
                table.setdefault(sound, set()).add(slot)
            self._guess(sound_of(bare))

    def _guess(self, word: str) -> None:
        near = self.guesses.setdefault(word[:1], [])
        if len(word) >= MIN_GUESS and word not in near:
            near.append(word)


class FormCompiler:
    """Turns forms into patterns over numbered slots, and keeps the index of their words."""

    def __init__(self, classes: Mapping[str, Forms]) -> None:
        self.index = Index()
        self._classes = classes
        self._slots: dict[tuple[str, str], int] = {}

    def slot(self, written: str, *, script: str) -> int:
        """Return the number of a slot; the same writing has the same number.

        Errors: ValueError for a class that does not exist.
        """
        known = (written, "" if written.startswith("<") else script)
        if known not in self._slots:
            number = self._slots[known] = len(self._slots)
            for one in written.split("|"):
                self._fill(one, number, script=script)
        return self._slots[known]

    def patterns(self, code: str, form: str, *, script: str) -> list[Pattern]:
        """Return the patterns of a form: several where slots may change places or have phrases."""
        if " + " in form:
            first, second = form.split(" + ")
            usual = self.patterns(code, f"{first} {second}", script=script)
            backwards = self.patterns(code, f"{second} {first}", script=script)
            return usual + [replace(pattern, backwards=True) for pattern in backwards]
        return [
            self._pattern(code, groups, script=script)
            for groups in product(*(_alternatives(group) for group in form.split()))
        ]

    def _pattern(self, code: str, groups: Sequence[str], *, script: str) -> Pattern:
        parts = _JOINTS.split(" ".join(groups))
        slots = tuple(self.slot(word, script=script) for word in parts[::2])
        return Pattern(code, slots, tuple(Room(joint) for joint in parts[1::2]))

    def _fill(self, written: str, slot: int, *, script: str) -> None:
        if not written.startswith("<"):
            self.index.add(written, slot, script=script)
            return
        name = written.strip("<>")
        if name not in self._classes:
            raise ValueError(f"no class {written}")
        for inner_script, word in self._classes[name].by_script():
            if _JOINTS.search(word):
                raise ValueError(f"class {written} may not hold a phrase: {word}")
            for one in word.split("|"):
                self._fill(one, slot, script=inner_script)


def _alternatives(group: str) -> list[str]:
    """Return the group whole, or one by one where a phrase stands among its alternatives."""
    return group.split("|") if _JOINTS.search(group) else [group]
