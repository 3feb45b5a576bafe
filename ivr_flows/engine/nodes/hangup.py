from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.engine.moves import Await, Move
from ivr_flows.engine.nodes.node import Node
from ivr_flows.engine.steps import Hangup

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class HangupNode(Node):
    """Ends the call."""

    hears: ClassVar[bool] = True
    kind: Literal["hangup"]

    def enter(self, draft: Draft) -> Move:
        draft.steps.append(Hangup())
        return Await()
