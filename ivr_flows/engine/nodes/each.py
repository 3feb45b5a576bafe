from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.node import Node, Way

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class EachNode(Node):
    """Takes the first item off a list: to `next` with it, or to `done` when none is left."""

    kind: Literal["each"]
    items: str
    item: str
    next: str
    done: str

    def enter(self, draft: Draft) -> Move:
        items = draft.value(self.items)
        if not isinstance(items, list) or not items:
            return Goto(self.done)
        draft.assign({self.item: items[0], self.items: items[1:]})
        return Goto(self.next)

    def ways(self) -> tuple[Way, ...]:
        return (Way("next", self.next, frozenset({self.item})), Way("none left", self.done))

    def reads(self) -> frozenset[str]:
        return frozenset({self.items})
