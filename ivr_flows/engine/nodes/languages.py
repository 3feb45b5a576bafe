from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from ivr_flows.engine.draft import LANGUAGE
from ivr_flows.engine.lines import Line
from ivr_flows.engine.nodes.choice import MOST_OPTIONS, option_lines
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.nodes.paged import MORE, PagedQuestion
from ivr_flows.engine.session import Json
from ivr_flows.engine.steps import Utterance

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft

PICKED: Final = "picked"
# Whatever concerns every caller is said in so many of the languages; more takes too long to hear.
SPOKEN_IN: Final = 2


class LanguagesNode(PagedQuestion):
    """Offers languages, each in itself; the picked one is spoken from here on.

    items: the variable that holds their codes, the likeliest first; one that is not shipped is
    left out. item: the prompt for each. `say` is said in the first language of the list, the key
    for more in the first two of the page, the choices in the first two of the list. The code that
    was picked is kept as `picked`; a list without a shipped language leads to `otherwise`.
    """

    kind: Literal["languages"]
    item: str
    per_page: int = Field(default=3, ge=1, le=MOST_OPTIONS)
    more: bool = True

    def without_items(self) -> str:
        return self.otherwise

    def picked(self, item: Json) -> dict[str, Json]:
        return {LANGUAGE: item, PICKED: item}

    def offered(self, draft: Draft) -> list[Json]:
        return [code for code in super().offered(draft) if code in draft.book.languages]

    def utter_item(self, draft: Draft, key: str, item: Json) -> tuple[Utterance, ...]:
        return draft.utter(option_lines(_said_in(Line(prompt=self.item), [item]), key))

    def say_lines(self, draft: Draft) -> tuple[Line, ...]:
        first = self.offered(draft)[:1]
        return tuple(_said_in(line, first) for line in self.say)

    def choice_line(self, draft: Draft, line: Line) -> Line:
        return _said_in(line, self.offered(draft)[:SPOKEN_IN])

    def more_line(self, draft: Draft) -> Line:
        return _said_in(MORE, self.page(draft)[:SPOKEN_IN])

    def ways(self) -> tuple[Way, ...]:
        return (*self.item_ways(frozenset({PICKED})), *super().ways())

    def lines(self) -> tuple[Line, ...]:
        return (Line(prompt=self.item), *super().lines())


def _said_in(line: Line, languages: Iterable[Json]) -> Line:
    """The line in these languages, unless it names its own."""
    if line.languages:
        return line
    return line.model_copy(update={"languages": tuple(str(code) for code in languages)})
