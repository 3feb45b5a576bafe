from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ivr_flows.engine.nodes.leg import LegNode
from ivr_flows.engine.steps import Bridge

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class BridgeNode(LegNode):
    """Rings the doctor who holds the offer, and goes on when the two have talked, or have not."""

    kind: Literal["bridge"]
    offer: str

    def ring(self, draft: Draft) -> Bridge:
        return Bridge(str(draft.value(self.offer)))

    def reads(self) -> frozenset[str]:
        return frozenset({self.offer})
