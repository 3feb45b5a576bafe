from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ivr_flows.engine.moves import Move
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.nodes.question import Question
from ivr_flows.engine.steps import Gather

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class DigitsNode(Question):
    """Takes a whole number by keys, ended by # or by its last digit.

    A lone 0 or 9 keeps its meaning everywhere (repeat, back), so a prompt asks for two digits.
    """

    kind: Literal["digits"]
    store: str
    next: str
    min_digits: int = Field(default=1, ge=1)
    max_digits: int = Field(ge=1, le=16)
    smallest: int = 0
    largest: int

    def ask(self, draft: Draft) -> Gather:
        return Gather(
            draft.utter(self.say),
            max_digits=self.max_digits,
            timeout_s=self.timeout_s,
            finish_on_key="#",
        )

    def answer(self, draft: Draft, digits: str) -> Move | None:
        if not (digits.isascii() and digits.isdecimal()):
            return None
        if not self.min_digits <= len(digits) <= self.max_digits:
            return None
        if not self.smallest <= int(digits) <= self.largest:
            return None
        move = self.answered(draft, self.next)
        draft.assign({self.store: int(digits)})
        return move

    def ways(self) -> tuple[Way, ...]:
        return (Way("number", self.next, frozenset({self.store})), *super().ways())
