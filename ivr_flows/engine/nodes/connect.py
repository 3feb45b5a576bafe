from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.engine.moves import Await, Move
from ivr_flows.engine.nodes.node import Node
from ivr_flows.engine.steps import Connect

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class ConnectNode(Node):
    """Ends a whisper: the carrier joins the two legs."""

    hears: ClassVar[bool] = True
    kind: Literal["connect"]

    def enter(self, draft: Draft) -> Move:
        draft.steps.append(Connect())
        return Await()
