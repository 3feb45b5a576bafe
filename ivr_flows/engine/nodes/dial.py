from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ivr_flows.engine.nodes.leg import LegNode
from ivr_flows.engine.steps import Dial

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class DialNode(LegNode):
    """Rings a public number, such as an ambulance's, and goes on when that call has ended."""

    kind: Literal["dial"]
    number: str

    def ring(self, draft: Draft) -> Dial:
        return Dial(str(draft.value(self.number)))

    def reads(self) -> frozenset[str]:
        return frozenset({self.number})
