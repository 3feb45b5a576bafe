from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.engine.moves import Await, Move
from ivr_flows.engine.nodes.node import Node
from ivr_flows.engine.steps import Reject

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class RejectNode(Node):
    """Refuses the call before it is answered, so that it costs nobody anything."""

    hears: ClassVar[bool] = True
    kind: Literal["reject"]

    def enter(self, draft: Draft) -> Move:
        draft.steps.append(Reject())
        return Await()
