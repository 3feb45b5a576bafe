"""What every graph of OpenFst is made of: arcs, their costs, and the silence between words."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import pywrapfst

Fst: TypeAlias = Any

SILENCE_ID: Final = 1
SILENCE_CHANCE: Final = 0.5


def add_arc(graph: Fst, start: int, left: int, right: int, cost: float, end: int) -> None:
    """Add an arc from start to end. cost: a negative natural logarithm."""
    graph.add_arc(start, pywrapfst.Arc(left, right, cost_of(cost), end))


def cost_of(cost: float) -> Any:
    return pywrapfst.Weight("tropical", cost)
