"""What the gateway can be asked for: the effects, their arguments, outcomes and facts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ValueKind = Literal["text", "int", "bool", "list"]


class EffectSpec(BaseModel):
    """One effect as `ivr_flows/effects.yaml` declares it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: str
    arguments: dict[str, ValueKind] = Field(default_factory=dict)
    outcomes: tuple[str, ...] = Field(min_length=1)
    facts: dict[str, ValueKind] = Field(default_factory=dict)


class Contract(BaseModel):
    """All effects by name; `entries` are the flows with which the gateway begins a call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    entries: tuple[str, ...] = Field(min_length=1)
    effects: dict[str, EffectSpec]
