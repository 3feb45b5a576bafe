from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ivr_flows.engine.moves import Enter, Move
from ivr_flows.engine.nodes.node import Node

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class EnterNode(Node):
    """Goes on in another flow, for good; the variables go with the caller."""

    kind: Literal["enter"]
    flow: str

    def enter(self, draft: Draft) -> Move:
        del draft
        return Enter(self.flow)
