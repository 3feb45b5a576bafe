from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ivr_flows.engine.lines import Line, SpokenLine
from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.node import Node, Way
from ivr_flows.engine.steps import Pause

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class SayNode(Node):
    """Says its lines and goes on.

    whole: no key of the next question may cut these words short (advice in an emergency); a
    second of pause after them keeps them apart from the question.
    """

    kind: Literal["say"]
    say: tuple[SpokenLine, ...] = Field(min_length=1)
    next: str
    whole: bool = False

    def enter(self, draft: Draft) -> Move:
        draft.say(draft.utter(self.say))
        if self.whole:
            draft.steps.append(Pause(1))
        return Goto(self.next)

    def ways(self) -> tuple[Way, ...]:
        return (Way("", self.next),)

    def lines(self) -> tuple[Line, ...]:
        return self.say
