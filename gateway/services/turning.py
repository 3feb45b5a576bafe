"""One turn of a call as its effects see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from gateway.db.models import Call, Caller
from gateway.services.work import Unit

FINAL_STATUSES: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Leg:
    """What the carrier said about a call, in our words; empty where it said nothing."""

    provider_call_id: str
    from_number: str = ""
    to_number: str = ""
    status: str = ""
    digits: str = ""
    recording_url: str = ""
    recording_s: int = 0
    dial_status: str = ""
    dial_s: int | None = None
    dial_bridged: bool | None = None
    duration_s: int | None = None


@dataclass(slots=True)
class CallState:
    """What the gateway itself keeps between the turns of one call, beside the flow's session."""

    # Chosen in this call; of a known number it is the caller's row that counts.
    language: str | None = None
    patient_id: str | None = None
    age_years: int | None = None
    age_days: int | None = None
    sex: str | None = None
    pregnant: bool = False
    no_sms: bool = False
    symptoms: list[dict[str, str]] = field(default_factory=list)
    recording_ids: list[str] = field(default_factory=list)
    # Both by key: a duration that the machine heard stays with its recording.
    duration_days: int | None = None
    severity: str = ""
    urgency: str = "routine"
    reasons: list[str] = field(default_factory=list)
    ticket_id: int | None = None
    offer_id: str | None = None
    # The doctor who has keyed her PIN in this call.
    doctor_id: str | None = None
    # The health worker who has keyed hers, the patient's own number where it is not the caller's,
    # when the patient agreed (ISO 8601), and what was told of her: signs by question, as keyed.
    health_worker_id: str | None = None
    household_id: str | None = None
    consented_at: str | None = None
    vitals: dict[str, int] = field(default_factory=dict)
    speciality: str | None = None
    # The patient is on another telephone, and is rung when the doctor has taken her.
    apart: bool = False
    # What she prescribes from, and what she has keyed of it.
    consultation_id: str | None = None
    draft_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> CallState:
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class BridgeLeg:
    """The doctor's leg that a bridge is to ring, for how long, and how long the talk may be."""

    offer_id: str
    doctor_phone: str
    ring_s: int
    longest_s: int


@dataclass(frozen=True, slots=True)
class RoomLeg:
    """The room that this leg is to join; ends: the talk is over when it leaves."""

    offer_id: str
    longest_s: int
    ends: bool


@dataclass(slots=True)
class Turning:
    """A turn being taken; `bridge` or `room` is filled by the effect that finds the offer."""

    unit: Unit
    call: Call
    caller: Caller | None
    state: CallState
    leg: Leg
    number: int
    language: str
    redirected: bool = False
    bridge: BridgeLeg | None = None
    room: RoomLeg | None = None

    @property
    def is_line_over(self) -> bool:
        """Nobody hears the answer: the carrier asks for the end of a bridge after she hung up.

        A call that only the sweeper took for dead is alive again as soon as it speaks.
        """
        return self.leg.status in FINAL_STATUSES or self.call.end_reason in FINAL_STATUSES
