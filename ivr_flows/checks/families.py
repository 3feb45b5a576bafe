"""Families of prompts: the keys that begin alike, such as `symptom.`."""

from __future__ import annotations

from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.nodes import PickNode
from ivr_flows.engine.nodes.pick import WHOLE_ITEM


def prompts_of(family: str, book: FlowBook) -> set[str]:
    """The keys of the family, as the first language has them."""
    first = next(iter(book.catalogues.values()))
    return {key for key in first.templates if key.startswith(f"{family}.")}


def family_of_items(node: PickNode) -> str:
    """The family that the items of a list name; empty where one prompt serves them all."""
    return node.item.removesuffix(f".{WHOLE_ITEM}") if node.item.endswith(WHOLE_ITEM) else ""
