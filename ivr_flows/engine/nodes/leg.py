"""What nodes that ring somebody have in common: the turn comes back when that call has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ivr_flows.engine.moves import Await, Goto, Move
from ivr_flows.engine.nodes.node import Node, Way
from ivr_flows.engine.session import BridgeEnded, Event
from ivr_flows.engine.steps import Bridge, Confer, Dial

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class LegNode(Node):
    """Rings another leg from this call, and goes on when that has ended."""

    hears: ClassVar[bool] = True
    next: str

    def ring(self, draft: Draft) -> Bridge | Confer | Dial:
        """The step that rings."""
        raise NotImplementedError

    def enter(self, draft: Draft) -> Move:
        draft.steps.append(self.ring(draft))
        return Await()

    def resume(self, draft: Draft, event: Event) -> Move:
        return Goto(self.next if isinstance(event, BridgeEnded) else draft.session.node)

    def ways(self) -> tuple[Way, ...]:
        return (Way("ended", self.next),)
