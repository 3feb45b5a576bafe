"""What a node decides: where the turn goes from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ivr_flows.engine.session import Effect


@dataclass(frozen=True, slots=True)
class Goto:
    """On to another node of this flow."""

    node: str


@dataclass(frozen=True, slots=True)
class Enter:
    """On to the start of another flow, for good."""

    flow: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The gateway has to perform this before the turn can go on."""

    effect: Effect


@dataclass(frozen=True, slots=True)
class Await:
    """The turn is over: the last step hands the word to the caller, or ends the call."""


Move: TypeAlias = Goto | Enter | Ask | Await
