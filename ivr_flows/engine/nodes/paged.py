"""Questions whose options are the items of a list, offered page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from pydantic import Field, model_validator

from ivr_flows.engine.lines import Line
from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.choice import (
    MOST_OPTIONS,
    Choices,
    choice_lines,
    choice_ways,
    option_lines,
)
from ivr_flows.engine.nodes.node import Way, referred
from ivr_flows.engine.nodes.question import Question
from ivr_flows.engine.session import Json
from ivr_flows.engine.steps import Gather, Utterance

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft

MORE: Final = Line(prompt="ear.more")


class PagedQuestion(Question):
    """items: the variable that holds the list. next: where a picked item leads. more: a further
    key leads to the next page, and from the last to the first. choices: offered on every page.
    """

    items: str
    next: str
    per_page: int = Field(default=4, ge=1, le=MOST_OPTIONS)
    more: bool = False
    choices: Choices = Field(default_factory=dict)

    @model_validator(mode="after")
    def _keys_do_not_meet(self) -> Self:
        taken = {str(key) for key in range(1, self.per_page + 1 + self.more)}
        if both := sorted(taken & set(self.choices)):
            raise ValueError(f"the key {both[0]} is the list's and a choice's")
        if len(taken | set(self.choices)) > MOST_OPTIONS:
            raise ValueError(f"list and choices offer more than {MOST_OPTIONS} options")
        return self

    def without_items(self) -> str:
        """The node to which an empty list leads."""
        raise NotImplementedError

    def picked(self, item: Json) -> dict[str, Json]:
        """The variables that picking this item sets."""
        raise NotImplementedError

    def utter_item(self, draft: Draft, key: str, item: Json) -> tuple[Utterance, ...]:
        """The item, then its key."""
        raise NotImplementedError

    def say_lines(self, draft: Draft) -> tuple[Line, ...]:
        """What is said before the items."""
        del draft
        return self.say

    def choice_line(self, draft: Draft, line: Line) -> Line:
        """A choice's meaning, in the languages in which it is said here."""
        del draft
        return line

    def more_line(self, draft: Draft) -> Line:
        """The meaning of the key that leads to the next page."""
        del draft
        return MORE

    def enter(self, draft: Draft) -> Move:
        self._turn_to(draft, 0)
        if not self.offered(draft):
            return Goto(self.without_items())
        return self.put(draft)

    def ask(self, draft: Draft) -> Gather:
        said = list(draft.utter(self.say_lines(draft)))
        for number, item in enumerate(self.page(draft), start=1):
            said += self.utter_item(draft, str(number), item)
        if self._has_more(draft):
            said += draft.utter(option_lines(self.more_line(draft), self.more_key))
        for key, choice in self.choices.items():
            said += draft.utter(option_lines(self.choice_line(draft, choice.say), key))
        return Gather(tuple(said), max_digits=1, timeout_s=self.timeout_s)

    def answer(self, draft: Draft, digits: str) -> Move | None:
        page = self.page(draft)
        if digits.isascii() and digits.isdecimal() and 1 <= int(digits) <= len(page):
            move = self.answered(draft, self.next)
            draft.assign(self.picked(page[int(digits) - 1]))
            return move
        if digits == self.more_key and self._has_more(draft):
            self._turn_to(draft, self._first(draft) + self.per_page)
            return self.put(draft)
        choice = self.choices.get(digits)
        if choice is None:
            return None
        move = self.answered(draft, choice.next)
        draft.assign({name: draft.resolve(value) for name, value in choice.set.items()})
        return move

    def item_ways(self, sets: frozenset[str]) -> tuple[Way, ...]:
        return (Way(f"1-{self.per_page}", self.next, sets), *choice_ways(self.choices))

    def lines(self) -> tuple[Line, ...]:
        more = option_lines(MORE, self.more_key) if self.more else ()
        keys = tuple(Line(prompt=f"key.{key}") for key in range(1, self.per_page + 1))
        return self.say + keys + more + choice_lines(self.choices)

    def reads(self) -> frozenset[str]:
        values = [value for choice in self.choices.values() for value in choice.set.values()]
        return super().reads().union({self.items}, *(referred(value) for value in values))

    @property
    def more_key(self) -> str:
        return str(self.per_page + 1)

    def offered(self, draft: Draft) -> list[Json]:
        """The whole list."""
        items = draft.value(self.items)
        return items if isinstance(items, list) else []

    def page(self, draft: Draft) -> list[Json]:
        first = self._first(draft)
        return self.offered(draft)[first : first + self.per_page]

    def _has_more(self, draft: Draft) -> bool:
        return self.more and len(self.offered(draft)) > self.per_page

    def _first(self, draft: Draft) -> int:
        first = draft.session.variables.get(self._page_name(draft), 0)
        return first if isinstance(first, int) and first < len(self.offered(draft)) else 0

    def _turn_to(self, draft: Draft, first: int) -> None:
        draft.assign({self._page_name(draft): first})

    def _page_name(self, draft: Draft) -> str:
        # No variable of a flow can have this name: they hold no colon.
        return f"page:{draft.session.node}"
