"""Prompts in one language: texts with placeholders, and how values are put into them.

A placeholder is `{name:format}`. The formats: `text` as it is; `number` in words; `digits` one by
one; `date` (ISO 8601) as day and month; `age` in years, "under one year", or "not told" where it is
null; `time` (HH:MM) by the parts of the day; `when` ("today", "tomorrow" or "on", and an ISO time)
as day and time; any other is a family of prompts: `{sex:sex}` says the prompt `sex.female`, and a
list such as `{symptoms:symptom}` is joined by the language's "and", or says `symptom.none` when it
is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain
from typing import Final

from ivr_flows.engine.dates import say_date
from ivr_flows.engine.errors import MissingText
from ivr_flows.engine.numbers import NumberWords
from ivr_flows.engine.session import Json
from ivr_flows.engine.steps import Utterance

PLAIN_FORMATS: Final = frozenset({"text", "number", "digits", "date", "age", "time", "when"})
# Said by the formats themselves, so every catalogue has them.
FORMAT_PROMPTS: Final = (
    *("age.under_one", "age.unknown", "age.years", "list.and"),
    *("time.morning", "time.noon", "time.evening", "time.night", "clock.full", "clock.minutes"),
    *("when.today", "when.tomorrow", "when.on"),
)
# The hour at which each part of the day begins, the latest first; before the last it is night.
_PARTS: Final = ((20, "night"), (16, "evening"), (12, "noon"), (4, "morning"), (0, "night"))
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+):([a-z_]+)\}")
# What `split` returns for each placeholder: the text before it, its name, its format.
_GROUPS: Final = 3
# Between a prompt's key and the place of a text in it, in the key of that text's recording.
PIECE: Final = "~"
# Punctuation that stands between a text and a value; alone it is not heard.
_BETWEEN: Final = " ,.;:।॥۔،"


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str
    format: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text; `placeholders` are those in it, in their order; `line` is where its file has it."""

    text: str
    placeholders: tuple[Placeholder, ...]
    line: int = 0


def parse_template(text: str, *, line: int = 0) -> Template:
    """Errors: ValueError for a brace that belongs to no placeholder."""
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError("a brace that is not part of a {name:format} placeholder")
    found = _PLACEHOLDER.findall(text)
    return Template(text, tuple(Placeholder(name, format_) for name, format_ in found), line)


@dataclass(frozen=True, slots=True)
class Words:
    """A text, and the keys of the recordings that say it; None where no recording can."""

    text: str
    pieces: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All prompts of a language, by key."""

    language: str
    templates: Mapping[str, Template]
    numbers: NumberWords

    def utter(self, prompt: str, values: Mapping[str, Json]) -> Utterance:
        """Return the words of a prompt, values filled in. Errors: MissingText."""
        words = self._words(prompt, values)
        return Utterance(prompt, self.language, words.text, pieces=words.pieces or ())

    def recordable(self) -> dict[str, str]:
        """Return what can be recorded, by key: whole prompts, words around values, numbers."""
        found: dict[str, str] = {}
        for key, template in self.templates.items():
            for piece, text in _literals(key, template):
                if piece:
                    found[piece] = text.lstrip(_BETWEEN).rstrip()
        return found | self.numbers.recordable()

    def _template(self, prompt: str) -> Template:
        template = self.templates.get(prompt)
        if template is None:
            raise MissingText(f"no prompt {prompt} in {self.language}")
        return template

    def _words(self, prompt: str, values: Mapping[str, Json | Words]) -> Words:
        template = self._template(prompt)
        (first, text), *rest = _literals(prompt, template)
        said = [Words(text, (first,) if first else ())]
        for placeholder, (piece, text) in zip(template.placeholders, rest, strict=True):
            said.append(self._format(prompt, placeholder, values))
            said.append(Words(text, (piece,) if piece else ()))
        return _together(said)

    def _format(
        self, prompt: str, placeholder: Placeholder, values: Mapping[str, Json | Words]
    ) -> Words:
        if placeholder.name not in values:
            raise MissingText(f"prompt {prompt}: {placeholder.name} is not known")
        value = values[placeholder.name]
        if isinstance(value, Words):
            return value
        try:
            return self._value(placeholder.format, value)
        except (TypeError, ValueError) as error:
            raise MissingText(
                f"prompt {prompt}: {placeholder.name} cannot be said as {placeholder.format}"
            ) from error

    def _value(self, format_: str, value: Json) -> Words:
        match format_:
            case "text":
                return Words(str(value), None)
            case "number":
                number = _whole(value)
                return Words(self.numbers.say(number), self.numbers.pieces(number))
            case "digits":
                return self._digits(str(value))
            case "date":
                day = date.fromisoformat(str(value))
                return Words(say_date(day, self.language, self.numbers), None)
            case "age":
                if value is None:
                    return self._words("age.unknown", {})
                years = _whole(value)
                prompt = "age.years" if years else "age.under_one"
                return self._words(prompt, {"years": years})
            case "time":
                return self._time(time.fromisoformat(str(value)))
            case "when":
                day_word, _, at = str(value).partition(" ")
                return self._when(day_word, datetime.fromisoformat(at))
        items = (value or ["none"]) if isinstance(value, list) else [value]
        return self._joined([self._words(f"{format_}.{item}", {}) for item in items])

    def _time(self, at: time) -> Words:
        hour: dict[str, Json | Words] = {"hour": at.hour % 12 or 12, "minutes": at.minute}
        clock = self._words("clock.minutes" if at.minute else "clock.full", hour)
        part = next(part for begins, part in _PARTS if at.hour >= begins)
        return self._words(f"time.{part}", {"clock": clock})

    def _when(self, day_word: str, at: datetime) -> Words:
        told: dict[str, Json | Words] = {"date": at.date().isoformat(), "time": f"{at:%H:%M}"}
        return self._words(f"when.{day_word}", told)

    def _digits(self, value: str) -> Words:
        text = self.numbers.say_digits(value)
        if not value.isdecimal():
            return Words(text, None)
        digits = [self.numbers.pieces(int(char)) or () for char in value]
        return Words(text, tuple(chain.from_iterable(digits)))

    def _joined(self, words: list[Words]) -> Words:
        if len(words) == 1:
            return words[0]
        return self._words("list.and", {"first": _together(words[:-1], ", "), "last": words[-1]})


def _literals(key: str, template: Template) -> list[tuple[str, str]]:
    """Return (key of its recording, text) for each text around the placeholders, in their order.

    The key is empty where there is nothing to say, as between two placeholders.
    """
    if not template.placeholders:
        return [(key, template.text)]
    texts = _PLACEHOLDER.split(template.text)[::_GROUPS]
    return [
        (f"{key}{PIECE}{n}" if text.strip(_BETWEEN) else "", text) for n, text in enumerate(texts)
    ]


def _together(words: Sequence[Words], between: str = "") -> Words:
    pieces: list[str] = []
    text = between.join(part.text for part in words)
    for part in words:
        if part.pieces is None:
            return Words(text, None)
        pieces += part.pieces
    return Words(text, tuple(pieces))


def _whole(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("not a whole number")
    return int(value)
