"""How long is a caller to listen before she can act?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean, median
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ivr_flows.checks.families import family_of_items, prompts_of
from ivr_flows.engine.catalogue import Catalogue, Template
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.lines import Line
from ivr_flows.engine.nodes import AnyNode, LanguagesNode, PickNode
from ivr_flows.engine.nodes.choice import option_lines
from ivr_flows.engine.nodes.languages import SPOKEN_IN
from ivr_flows.engine.nodes.paged import MORE
from ivr_flows.source import read_source

LONGEST_PROMPT_S: Final = 20
SPEAKING: Final = Path(__file__).parents[1] / "speaking.yaml"
_LATIN: Final = "latin"


class Speaking(BaseModel):
    """`ivr_flows/speaking.yaml`: letters a second by script, seconds by a value's format."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    letters_a_second: dict[str, float] = Field(min_length=1)
    values_s: dict[str, float]
    spoken_name_s: float


@cache
def load_speaking() -> Speaking:
    """Errors: BrokenDefinition, OSError."""
    return read_source(SPEAKING).parse(Speaking)


def text_s(text: str) -> float:
    """Return how many seconds it takes to say the text; a script without a figure counts as the
    slowest."""
    spoken = [char for char in text if not unicodedata.category(char).startswith("M")]
    letter = next((char for char in spoken if char.isalpha()), "a")
    script = unicodedata.name(letter, _LATIN).split()[0].lower()
    rates = load_speaking().letters_a_second
    return len(spoken) / rates.get(script, min(rates.values()))


def too_long(node: AnyNode, book: FlowBook) -> Iterator[str]:
    """Yield what takes longer to hear than a caller can keep in mind, language by language.

    A question is heard whole before it can be answered; of a node that only speaks, each line is
    an utterance of its own.
    """
    if isinstance(node, LanguagesNode):
        seconds = _languages_s(node, book)
        if seconds > LONGEST_PROMPT_S:
            yield f"takes {seconds:.1f} s to say a page; {LONGEST_PROMPT_S} s is the most"
        return
    for language, catalogue in book.catalogues.items():
        lengths = [_line_s(line, catalogue, book) for line in node.lines()]
        if isinstance(node, PickNode):
            lengths.append(node.per_page * _item_s(node, catalogue))
        seconds = sum(lengths) if node.hears else max(lengths, default=0)
        if seconds > LONGEST_PROMPT_S:
            yield f"takes {seconds:.1f} s to say in {language}; {LONGEST_PROMPT_S} s is the most"


def prompt_s(prompt: str, catalogue: Catalogue) -> float:
    """Return how many seconds a prompt takes, its values in it; 0 where it has no text."""
    template = catalogue.templates.get(prompt)
    if template is None:
        return 0
    return text_s(own_words(template)) + sum(
        _value_s(p.format, catalogue) for p in template.placeholders
    )


def own_words(template: Template) -> str:
    """Return what a prompt says itself, without its values."""
    text = template.text
    for placeholder in template.placeholders:
        text = text.replace(f"{{{placeholder.name}:{placeholder.format}}}", "")
    return text


def _value_s(format_: str, catalogue: Catalogue) -> float:
    known = load_speaking().values_s.get(format_)
    return known if known is not None else median(_family_lengths(format_, catalogue) or [0])


def _page_item_s(family: str, catalogue: Catalogue) -> float:
    """A page rarely holds only the longest; the mean of the longer half stands for its items."""
    lengths = _family_lengths(family, catalogue)
    return fmean(lengths[: max(1, len(lengths) // 2)] or [0])


def _family_lengths(family: str, catalogue: Catalogue) -> list[float]:
    """How long each of the family takes, the longest first."""
    keys = [key for key in catalogue.templates if key.startswith(f"{family}.")]
    return sorted((prompt_s(key, catalogue) for key in keys), reverse=True)


def _item_s(node: PickNode, catalogue: Catalogue) -> float:
    name_s = load_speaking().spoken_name_s if node.audio else 0
    family = family_of_items(node)
    return name_s + (_page_item_s(family, catalogue) if family else prompt_s(node.item, catalogue))


def _line_s(line: Line, catalogue: Catalogue, book: FlowBook) -> float:
    if line.languages:
        return sum(prompt_s(line.prompt, book.catalogue(name)) for name in line.languages)
    if line.family:
        return max((prompt_s(key, catalogue) for key in prompts_of(line.family, book)), default=0)
    return prompt_s(line.prompt, catalogue)


def _languages_s(node: LanguagesNode, book: FlowBook) -> float:
    """The longest page: which languages share one is the dialled number's affair."""
    seconds = _longest_s(node.say, book, times=1)
    item = option_lines(Line(prompt=node.item), str(node.per_page))
    seconds += _longest_s(item, book, times=node.per_page)
    options = [(MORE, node.more_key)] if node.more else []
    options += [(choice.say, key) for key, choice in node.choices.items()]
    for line, key in options:
        seconds += _longest_s(option_lines(line, key), book, times=SPOKEN_IN)
    return seconds


def _longest_s(lines: Sequence[Line], book: FlowBook, *, times: int) -> float:
    """The lines in those languages, so many of them, that take longest for them."""
    lengths = [
        sum(prompt_s(line.prompt, catalogue) for line in lines)
        for catalogue in book.catalogues.values()
    ]
    return sum(sorted(lengths, reverse=True)[:times])
