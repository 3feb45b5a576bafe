from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, Self

from pydantic import Field, model_validator

from ivr_flows.engine.lines import Line
from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.choice import (
    MOST_OPTIONS,
    Choices,
    choice_lines,
    choice_ways,
    option_lines,
    utter_choices,
)
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.nodes.question import Question
from ivr_flows.engine.session import Json
from ivr_flows.engine.steps import Gather, Utterance

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft

MORE: Final = Line(prompt="ear.more")
WHOLE_ITEM: Final = "*"


class PickNode(Question):
    """Offers the items of a list, page by page, and keeps what was picked.

    items: the variable that holds them. item: the prompt for each; `symptom.*` takes the prompt
    that the item itself names, and an item of named fields gives its values to the prompt.
    store: variable → field of the item, `*` for the whole item. more: a further key leads to the
    next page, and from the last to the first. empty: where an empty list leads.
    """

    kind: Literal["pick"]
    items: str
    item: str
    store: dict[str, str] = Field(min_length=1)
    next: str
    empty: str
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

    def enter(self, draft: Draft) -> Move:
        self._turn_to(draft, 0)
        if not self._items(draft):
            return Goto(self.empty)
        return self.put(draft)

    def ask(self, draft: Draft) -> Gather:
        said = list(draft.utter(self.say))
        for key, item in enumerate(self._page(draft), start=1):
            said += self._option(draft, str(key), item)
        if self._has_more(draft):
            said += draft.utter(option_lines(MORE, self._more_key))
        said += utter_choices(draft, self.choices)
        return Gather(tuple(said), max_digits=1, timeout_s=self.timeout_s)

    def answer(self, draft: Draft, digits: str) -> Move | None:
        page = self._page(draft)
        if digits.isascii() and digits.isdecimal() and 1 <= int(digits) <= len(page):
            item = page[int(digits) - 1]
            move = self.answered(draft, self.next)
            draft.assign({name: _field(item, field) for name, field in self.store.items()})
            return move
        if digits == self._more_key and self._has_more(draft):
            self._turn_to(draft, self._first(draft) + self.per_page)
            return self.put(draft)
        choice = self.choices.get(digits)
        if choice is None:
            return None
        move = self.answered(draft, choice.next)
        draft.assign({name: draft.resolve(value) for name, value in choice.set.items()})
        return move

    def ways(self) -> tuple[Way, ...]:
        picked = Way(f"1-{self.per_page}", self.next, frozenset(self.store))
        return (picked, *choice_ways(self.choices), Way("empty", self.empty), *super().ways())

    def lines(self) -> tuple[Line, ...]:
        more = option_lines(MORE, self._more_key) if self.more else ()
        keys = tuple(Line(prompt=f"key.{key}") for key in range(1, self.per_page + 1))
        return self.say + keys + more + choice_lines(self.choices)

    def reads(self) -> frozenset[str]:
        return super().reads() | {self.items}

    @property
    def _more_key(self) -> str:
        return str(self.per_page + 1)

    def _items(self, draft: Draft) -> list[Json]:
        items = draft.value(self.items)
        return items if isinstance(items, list) else []

    def _page(self, draft: Draft) -> list[Json]:
        first = self._first(draft)
        return self._items(draft)[first : first + self.per_page]

    def _has_more(self, draft: Draft) -> bool:
        return self.more and len(self._items(draft)) > self.per_page

    def _first(self, draft: Draft) -> int:
        first = draft.session.variables.get(self._page_name(draft), 0)
        return first if isinstance(first, int) and first < len(self._items(draft)) else 0

    def _turn_to(self, draft: Draft, first: int) -> None:
        draft.assign({self._page_name(draft): first})

    def _page_name(self, draft: Draft) -> str:
        # No variable of a flow can have this name: they hold no colon.
        return f"page:{draft.session.node}"

    def _option(self, draft: Draft, key: str, item: Json) -> tuple[Utterance, ...]:
        prompt = self.item.replace(WHOLE_ITEM, str(item))
        values = item if isinstance(item, Mapping) else {"item": item}
        return draft.utter(option_lines(Line(prompt=prompt), key), item=values)


def _field(item: Json, field: str) -> Json:
    if field == WHOLE_ITEM or not isinstance(item, Mapping):
        return item
    return item[field]
