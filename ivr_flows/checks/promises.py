"""Does a flow ask the gateway only for what the contract declares, and handle every outcome?"""

from __future__ import annotations

from collections.abc import Iterator

from ivr_flows.definitions import Definition
from ivr_flows.engine.contract import Contract, EffectSpec
from ivr_flows.engine.nodes import DoNode
from ivr_flows.source import Fault


def broken_promises(definition: Definition, contract: Contract) -> Iterator[Fault]:
    """Yield unknown effects, arguments and outcomes, and those that are missing."""
    for name, node in definition.flow.nodes.items():
        if not isinstance(node, DoNode):
            continue
        spec = contract.effects.get(node.do)
        if spec is None:
            yield definition.source.fault(
                ("nodes", name, "do"), f"{name}: {node.do} is none of the effects"
            )
            continue
        for part, reason in _differences(node, spec):
            yield definition.source.fault(("nodes", name, part), f"{name}: {reason}")


def _differences(node: DoNode, spec: EffectSpec) -> Iterator[tuple[str, str]]:
    given, declared = set(node.arguments), set(spec.arguments)
    for argument in sorted(given - declared):
        yield "with", f"{node.do} takes no {argument}"
    for argument in sorted(declared - given):
        yield "with", f"{node.do} needs {argument}"
    for outcome in sorted(set(node.on) - set(spec.outcomes)):
        yield "on", f"{node.do} never ends in {outcome}"
    for outcome in sorted(set(spec.outcomes) - set(node.on)):
        yield "on", f"{node.do} may end in {outcome}, and nothing follows it"
