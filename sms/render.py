"""Writes a message: words of the catalogue, values filled in, limits kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sms.catalogue import PLACEHOLDER, Catalogue
from sms.segments import Segments, count


@dataclass(frozen=True, slots=True)
class Sms:
    """A message ready to send."""

    text: str
    template_id: str
    header: str
    segments: Segments


@dataclass(frozen=True, slots=True)
class RenderRefusal:
    """The message cannot be written as it is registered; `rule` says why, without the values."""

    kind: str
    rule: str


def render(
    kind: str, *, language: str, script: str, values: Mapping[str, str], catalogue: Catalogue
) -> Sms | RenderRefusal:
    """Return the message in the language and script ("native" or "roman").

    A value longer than its registered variable, or missing, is refused: the operator would drop it.
    """
    template = catalogue.templates.get(kind)
    words = catalogue.text(kind, language=language, script=script)
    if template is None or words is None:
        return RenderRefusal(kind, "no such template in this language")
    for name in PLACEHOLDER.findall(words):
        if not values.get(name):
            return RenderRefusal(kind, f"{name} is missing")
        if len(values[name]) > template.variables[name]:
            return RenderRefusal(kind, f"{name} is longer than {template.variables[name]}")
    text = PLACEHOLDER.sub(lambda found: values[found[1]], words)
    return Sms(text, template.template_id, catalogue.header, count(text))


def spoken(
    key: str, *, language: str, values: Mapping[str, str], catalogue: Catalogue
) -> str | None:
    """Return the words of a `spoken.` key for reading aloud, or None in a language without it."""
    words = catalogue.text(key, language=language, script="native")
    if words is None:
        return None
    return PLACEHOLDER.sub(lambda found: values[found[1]], words)
