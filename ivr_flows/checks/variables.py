"""Is every variable set on every way to where it is read?"""

from __future__ import annotations

from collections.abc import Iterator

from ivr_flows.checks.words import placeholder_names
from ivr_flows.definitions import Definition
from ivr_flows.engine.contract import Contract
from ivr_flows.engine.draft import LANGUAGE
from ivr_flows.engine.flow import Flow, FlowBook
from ivr_flows.engine.nodes import AnyNode, DoNode, EnterNode
from ivr_flows.engine.nodes.node import Way
from ivr_flows.source import Fault


def unknown_variables(
    definition: Definition, *, book: FlowBook, contract: Contract
) -> Iterator[Fault]:
    """Yield what is read before every way to it has set it.

    All facts of an effect count as set, whatever its outcome: which facts come with which outcome
    is the gateway's promise.
    """
    flow = definition.flow
    known = _known_at(flow, contract)
    for name, node in flow.nodes.items():
        reads = node.reads() | placeholder_names(node, book)
        for variable in sorted(reads - known[name] - set(node.set)):
            yield definition.source.fault(
                ("nodes", name), f"{name}: {variable} is not set on every way to here"
            )
        if isinstance(node, EnterNode):
            for variable in sorted(set(book.newest(node.flow).takes) - known[name]):
                yield definition.source.fault(
                    ("nodes", name), f"{name}: {node.flow} takes {variable}, which is not set"
                )


def _known_at(flow: Flow, contract: Contract) -> dict[str, frozenset[str]]:
    """For each node what is set on all ways to it: from everything, taken away until it holds."""
    start = frozenset({LANGUAGE, *flow.variables, *flow.takes})
    everything = start.union(
        *(_sets(node, way, contract) for node in flow.nodes.values() for way in node.ways()),
        *(frozenset(node.set) for node in flow.nodes.values()),
    )
    known = dict.fromkeys(flow.nodes, everything)
    known[flow.start] = start
    changed = True
    while changed:
        changed = False
        for name, node in flow.nodes.items():
            for way in node.ways():
                after = known[name] | set(node.set) | _sets(node, way, contract)
                if not known[way.node] <= after:
                    known[way.node] &= after
                    changed = True
    return known


def _sets(node: AnyNode, way: Way, contract: Contract) -> frozenset[str]:
    if isinstance(node, DoNode):
        return way.sets | frozenset(contract.effects[node.do].facts)
    return way.sets
