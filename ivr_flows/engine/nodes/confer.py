from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ivr_flows.engine.nodes.leg import LegNode
from ivr_flows.engine.steps import Confer

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class ConferNode(LegNode):
    """Joins this call with the others in the room of the offer, and goes on when it has left."""

    kind: Literal["confer"]
    offer: str

    def ring(self, draft: Draft) -> Confer:
        return Confer(str(draft.value(self.offer)))

    def reads(self) -> frozenset[str]:
        return frozenset({self.offer})
