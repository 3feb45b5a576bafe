"""Is there a loop that never gives the caller a turn? It would never end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ivr_flows.definitions import Definition
from ivr_flows.engine.flow import Flow, FlowBook
from ivr_flows.engine.nodes import DoNode, EachNode, EnterNode
from ivr_flows.source import Fault

_Place: TypeAlias = tuple[str, int, str]


def endless_loops(definitions: Sequence[Definition], book: FlowBook) -> list[Fault]:
    """Return one fault for each node on a loop of nodes at which the caller has no turn.

    Loops that run through several flows are found too, since `enter` is a way like any other. One
    that only uses up a list ends by itself.
    """
    ways: dict[_Place, set[_Place]] = {}
    for definition in definitions:
        flow = definition.flow
        for name, node in flow.nodes.items():
            targets = {(flow.flow, flow.version, way.node) for way in node.ways()}
            if isinstance(node, EnterNode):
                entered = book.newest(node.flow)
                targets = {(entered.flow, entered.version, entered.start)}
            if isinstance(node, EachNode) and not _is_refilled(flow, name, node):
                targets = {(flow.flow, flow.version, node.done)}
            ways[(flow.flow, flow.version, name)] = set() if node.hears else targets
    on_loops = _without_ends(ways)
    return [
        definition.source.fault(
            ("nodes", name), f"{name}: on a loop in which the caller has no turn"
        )
        for definition in definitions
        for name in definition.flow.nodes
        if (definition.flow.flow, definition.flow.version, name) in on_loops
    ]


def _is_refilled(flow: Flow, name: str, each: EachNode) -> bool:
    """Tell whether the list may grow again between taking an item and coming back for the next."""
    seen, left = {name}, [each.next]
    while left:
        place = left.pop()
        node = flow.nodes.get(place)
        if place in seen or node is None or node.hears:
            continue
        seen.add(place)
        sets = set(node.set).union(*(way.sets for way in node.ways()))
        if isinstance(node, DoNode | EnterNode) or each.items in sets:
            return True
        left += [way.node for way in node.ways()]
    return False


def _without_ends(ways: dict[_Place, set[_Place]]) -> set[_Place]:
    """The places from which an endless way exists: take away those whose ways all end."""
    left = set(ways)
    while ended := {place for place in left if not ways[place] & left}:
        left -= ended
    # What only leads into a loop is not on it: take away those that nothing left leads to.
    while loose := left - {target for place in left for target in ways[place]}:
        left -= loose
    return left
