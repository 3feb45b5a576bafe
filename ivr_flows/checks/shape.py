"""Do all ways lead somewhere, is every node reached, and does every way come to an end?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from ivr_flows.definitions import Definition
from ivr_flows.engine.flow import Flow, FlowBook
from ivr_flows.engine.nodes import EnterNode
from ivr_flows.source import Fault


def broken_shape(definition: Definition, book: FlowBook) -> Iterator[Fault]:
    """Yield ways to nowhere, unknown flows, unreachable nodes and dead ends."""
    flow, source = definition.flow, definition.source
    lost = list(_ways_to_nowhere(definition, book))
    yield from lost
    if lost:
        return
    ahead = {name: {way.node for way in node.ways()} for name, node in flow.nodes.items()}
    for name in flow.nodes.keys() - _reached(ahead, {flow.start}):
        yield source.fault(("nodes", name), f"{name}: no way leads here")
    behind: dict[str, set[str]] = {name: set() for name in flow.nodes}
    for name, targets in ahead.items():
        for target in targets:
            behind[target].add(name)
    ends = {name for name, targets in ahead.items() if not targets}
    for name in flow.nodes.keys() - _reached(behind, ends):
        yield source.fault(("nodes", name), f"{name}: no way from here ever ends the call")


def _ways_to_nowhere(definition: Definition, book: FlowBook) -> Iterator[Fault]:
    flow: Flow = definition.flow
    names = {name for name, _ in book.flows}
    for name, node in flow.nodes.items():
        for target in sorted({way.node for way in node.ways()} - flow.nodes.keys()):
            yield definition.source.fault(
                ("nodes", name), f"{name}: leads to {target}, which is none of the nodes"
            )
        if isinstance(node, EnterNode) and node.flow not in names:
            yield definition.source.fault(
                ("nodes", name), f"{name}: enters {node.flow}, which is none of the flows"
            )


def _reached(ways: Mapping[str, Set[str]], starts: Set[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(ways[name])
    return reached
