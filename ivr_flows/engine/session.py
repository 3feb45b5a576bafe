"""Where a call stands in its flow, and what can happen to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Session:
    """One call's place in a flow; a JSON-serialisable value.

    trail: the questions that 9 walks back through, each as flow@version/node. tries: failed
    answers at this node.
    """

    flow: str
    version: int
    node: str
    language: str
    variables: Mapping[str, Json] = field(default_factory=dict)
    tries: int = 0
    trail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """The call has begun, or comes back from a redirect."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Digits keyed: 0-9, * and #; empty when the caller let the time run out."""

    digits: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording was made; `recording_id` names the gateway's row, None when nothing was said.

    key: the key that ended it, 0-9, * or #; empty when silence or the longest time did.
    """

    recording_id: str | None
    seconds: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class BridgeEnded:
    """The carrier has come back from `Bridge`."""


@dataclass(frozen=True, slots=True)
class EffectDone:
    """The gateway performed an effect: one of its declared outcomes, and facts for the session."""

    outcome: str
    facts: Mapping[str, Json] = field(default_factory=dict)


Event: TypeAlias = Arrived | Keys | Recorded | BridgeEnded | EffectDone


@dataclass(frozen=True, slots=True)
class Effect:
    """Work that the flow asks of the gateway; declared in `ivr_flows/effects.yaml`."""

    name: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
