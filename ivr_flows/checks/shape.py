"""Do all ways lead somewhere, is every node reached, and does every way come to an end?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from ivr_flows.definitions import Definition
from ivr_flows.engine.contract import Contract
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


def unreachable_flows(
    definitions: Sequence[Definition], book: FlowBook, contract: Contract
) -> Iterator[Fault]:
    """Yield flows that no call ever comes to, and entries that no call can begin with."""
    ways = {
        name: {
            node.flow for node in book.newest(name).nodes.values() if isinstance(node, EnterNode)
        }
        for name, _ in book.flows
    }
    entries = {name for name in contract.entries if name in ways}
    reached = _reached(ways, entries)
    for definition in definitions:
        flow, source = definition.flow, definition.source
        if flow.flow not in reached:
            yield source.fault(
                ("flow",), f"{flow.flow}: no flow enters it, and no call begins here"
            )
        if flow.flow in entries and flow.takes:
            yield source.fault(("takes",), f"{flow.flow}: a call begins here, with nothing to take")


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
