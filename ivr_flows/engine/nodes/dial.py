from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.engine.moves import Await, Goto, Move
from ivr_flows.engine.nodes.node import Node, Way
from ivr_flows.engine.session import BridgeEnded, Event
from ivr_flows.engine.steps import Dial

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class DialNode(Node):
    """Rings a public number, such as an ambulance's, and goes on when that call has ended."""

    hears: ClassVar[bool] = True
    kind: Literal["dial"]
    number: str
    next: str

    def enter(self, draft: Draft) -> Move:
        draft.steps.append(Dial(str(draft.value(self.number))))
        return Await()

    def resume(self, draft: Draft, event: Event) -> Move:
        return Goto(self.next if isinstance(event, BridgeEnded) else draft.session.node)

    def ways(self) -> tuple[Way, ...]:
        return (Way("ended", self.next),)

    def reads(self) -> frozenset[str]:
        return frozenset({self.number})
