"""Prompts in one language: texts with placeholders, and how values are put into them.

A placeholder is `{name:format}`. The formats: `text` as it is; `number` in words; `digits` one by
one; `age` in years, "under one year", or "not told" where it is null; any other is a family of
prompts: `{sex:sex}` says the prompt `sex.female`, and a list such as `{symptoms:symptom}` is joined
by the language's "and", or says `symptom.none` when it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ivr_flows.engine.errors import MissingText
from ivr_flows.engine.numbers import NumberWords
from ivr_flows.engine.session import Json
from ivr_flows.engine.steps import Utterance

PLAIN_FORMATS: Final = frozenset({"text", "number", "digits", "age"})
# Said by the formats themselves, so every catalogue has them.
FORMAT_PROMPTS: Final = ("age.under_one", "age.unknown", "age.years", "list.and")
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+):([a-z_]+)\}")


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
class Catalogue:
    """All prompts of a language, by key."""

    language: str
    templates: Mapping[str, Template]
    numbers: NumberWords

    def utter(self, prompt: str, values: Mapping[str, Json]) -> Utterance:
        """Return the words of a prompt, values filled in. Errors: MissingText."""
        template = self._template(prompt)
        text = _PLACEHOLDER.sub(
            lambda match: self._format(prompt, Placeholder(match[1], match[2]), values),
            template.text,
        )
        return Utterance(prompt, self.language, text, fixed=not template.placeholders)

    def _template(self, prompt: str) -> Template:
        template = self.templates.get(prompt)
        if template is None:
            raise MissingText(f"no prompt {prompt} in {self.language}")
        return template

    def _format(self, prompt: str, placeholder: Placeholder, values: Mapping[str, Json]) -> str:
        if placeholder.name not in values:
            raise MissingText(f"prompt {prompt}: {placeholder.name} is not known")
        value = values[placeholder.name]
        try:
            return self._value(placeholder.format, value)
        except (TypeError, ValueError) as error:
            raise MissingText(
                f"prompt {prompt}: {placeholder.name} cannot be said as {placeholder.format}"
            ) from error

    def _value(self, format_: str, value: Json) -> str:
        match format_:
            case "text":
                return str(value)
            case "number":
                return self.numbers.say(_whole(value))
            case "digits":
                return self.numbers.say_digits(str(value))
            case "age":
                if value is None:
                    return self.utter("age.unknown", {}).text
                years = _whole(value)
                prompt = "age.years" if years else "age.under_one"
                return self.utter(prompt, {"years": years}).text
        items = (value or ["none"]) if isinstance(value, list) else [value]
        return self._joined([self._template(f"{format_}.{item}").text for item in items])

    def _joined(self, words: list[str]) -> str:
        if len(words) <= 1:
            return "".join(words)
        values: dict[str, Json] = {"first": ", ".join(words[:-1]), "last": words[-1]}
        return self.utter("list.and", values).text


def _whole(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("not a whole number")
    return int(value)
