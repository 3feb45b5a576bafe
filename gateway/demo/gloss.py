"""English for what a caller hears, found by matching it against the catalogues it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ivr_flows.engine.catalogue import Catalogue, Template

_PLACEHOLDER = re.compile(r"\\\{([a-z_]+)(?::|\\:)([a-z_]+)\\\}")
_PLAIN_PLACEHOLDER = re.compile(r"\{([a-z_]+):[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class Understood:
    """A prompt that was recognised: its key, and its words in English."""

    prompt: str
    english: str


class Gloss:
    """Recognises prompts of one language and says them in another."""

    def __init__(self, heard: Catalogue, told: Catalogue) -> None:
        self._told = told
        self._patterns = [
            (key, re.compile(_pattern(template.text), re.DOTALL))
            for key, template in sorted(heard.templates.items(), key=_loosest_last)
            # One without words of its own would be found in everything, itself included.
            if any(map(str.isalpha, _PLAIN_PLACEHOLDER.sub("", template.text)))
        ]
        self._words = {
            template.text: told.templates[key].text
            for key, template in heard.templates.items()
            if key in told.templates and not template.placeholders
        }
        self._digits = {heard.numbers.say(n): str(n) for n in range(100)}

    def recognise(self, text: str) -> Understood | None:
        """Return the prompt that these words are, or None for words of no prompt."""
        for key, pattern in self._patterns:
            match = pattern.fullmatch(text.strip())
            if match and key in self._told.templates:
                # A language names itself in its own words, so its name has no translation there.
                own = key.startswith("language.")
                return Understood(key, "" if own else self._english(key, match.groupdict()))
        return None

    def _english(self, key: str, values: Mapping[str, str]) -> str:
        template = self._told.templates[key].text
        return _PLAIN_PLACEHOLDER.sub(lambda found: self._value(values.get(found[1], "")), template)

    def _value(self, value: str) -> str:
        """Translate a value part for part where its parts are prompts or numbers themselves."""
        parts = [part.strip() for part in re.split(r"(?<=\S)[,،]", value) if part.strip()]
        return ", ".join(self._part(part) for part in parts)

    def _part(self, part: str) -> str:
        if part in self._words:
            return self._words[part]
        if part in self._digits:
            return self._digits[part]
        inner = self.recognise(part)
        return inner.english if inner and inner.english != part else part


def _loosest_last(item: tuple[str, Template]) -> int:
    """The more of a text is its own words, the less it can be taken for another."""
    return -len(_PLAIN_PLACEHOLDER.sub("", item[1].text))


def _pattern(text: str) -> str:
    names: set[str] = set()

    def group(found: re.Match[str]) -> str:
        name = found[1]
        if name in names:
            return f"(?P={name})"
        names.add(name)
        # Only a text may hold the end of a sentence; a number or a time ends before it.
        return f"(?P<{name}>{'.' if found[2] == 'text' else '[^।؟?]'}+?)"

    return _PLACEHOLDER.sub(group, re.escape(text.strip()))
