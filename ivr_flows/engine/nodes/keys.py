from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from ivr_flows.engine.moves import Move
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.nodes.question import Question
from ivr_flows.engine.steps import Gather

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft

_NUMBERS: Final = re.compile(r"[0-9]+(?:\*[0-9]+)*")


class KeysNode(Question):
    """Takes numbers with stars between, ended by #, as they were keyed: "1*0*1"."""

    kind: Literal["keys"]
    store: str
    next: str
    max_digits: int = Field(ge=1, le=20)

    def ask(self, draft: Draft) -> Gather:
        return Gather(
            draft.utter(self.say),
            max_digits=self.max_digits,
            timeout_s=self.timeout_s,
            finish_on_key="#",
        )

    def answer(self, draft: Draft, digits: str) -> Move | None:
        if len(digits) > self.max_digits or not _NUMBERS.fullmatch(digits):
            return None
        move = self.answered(draft, self.next)
        draft.assign({self.store: digits})
        return move

    def ways(self) -> tuple[Way, ...]:
        return (Way("keys", self.next, frozenset({self.store})), *super().ways())
