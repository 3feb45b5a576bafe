"""Where each prompt is said: for whoever speaks it, and for whoever listens through them all."""

from __future__ import annotations

from collections.abc import Iterator

from ivr_flows.checks.families import family_of_items, prompts_of
from ivr_flows.engine.catalogue import PLAIN_FORMATS
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.nodes import AnyNode, PickNode


def places_of(book: FlowBook) -> dict[str, list[str]]:
    """Return, by prompt, `flow/node` in the newest flows' order, or the prompt it is a value of."""
    places: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for name, _ in book.flows):
        for node_name, node in book.newest(name).nodes.items():
            for prompt in dict.fromkeys(_said(node, book)):
                places.setdefault(prompt, []).append(f"{name}/{node_name}")
    first = next(iter(book.catalogues.values()))
    for key, template in first.templates.items():
        for placeholder in template.placeholders:
            if placeholder.format not in PLAIN_FORMATS:
                for prompt in sorted(prompts_of(placeholder.format, book)):
                    places.setdefault(prompt, []).append(key)
    return places


def _said(node: AnyNode, book: FlowBook) -> Iterator[str]:
    for line in node.lines():
        yield from [line.prompt] if line.prompt else sorted(prompts_of(line.family, book))
    if isinstance(node, PickNode):
        family = family_of_items(node)
        yield from sorted(prompts_of(family, book)) if family else [node.item]
