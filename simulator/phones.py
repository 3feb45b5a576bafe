"""A phone: a number that can be rung, its state, its inbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from simulator.calls import Call, CallStatus, Direction

if TYPE_CHECKING:
    from simulator.director import Performance


class PhoneState(StrEnum):
    IDLE = "idle"
    RINGING = "ringing"
    IN_CALL = "in_call"


@dataclass(frozen=True, slots=True)
class InboxItem:
    sid: str
    from_: str
    body: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        at = self.at.isoformat(timespec="milliseconds")
        return {"sid": self.sid, "from": self.from_, "body": self.body, "at": at}


@dataclass(slots=True, eq=False)
class Phone:
    """One phone; guarded by the exchange's lock."""

    number: str
    name: str
    role: str = ""
    call: Call | None = None
    inbox: list[InboxItem] = field(default_factory=list)
    performance: Performance | None = None

    @property
    def state(self) -> PhoneState:
        if self.call is None:
            return PhoneState.IDLE
        rings = self.call.status is CallStatus.RINGING
        if rings and self.call.direction is not Direction.INBOUND:
            return PhoneState.RINGING
        return PhoneState.IN_CALL

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "name": self.name,
            "role": self.role,
            "state": self.state,
            "call": None if self.call is None else _call_as_json(self.call),
            "inbox": [item.as_json() for item in self.inbox],
            "script": None if self.performance is None else self.performance.as_json(),
        }


def _call_as_json(call: Call) -> dict[str, Any]:
    inbound = call.direction is Direction.INBOUND
    return {
        "sid": call.sid,
        "with": call.to if inbound else call.from_,
        "direction": "outgoing" if inbound else "incoming",
        "status": call.status,
        "recording": call.recording,
        "bridged": bool(call.peers),
    }
