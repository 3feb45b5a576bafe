"""Whose turn is next: the earliest time of asking, put earlier by the head start of its urgency."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Gaps before the second and third call-back; Kilkari reached 76 % by the third attempt
# (domain/triage-and-vocabulary.md), so fewer than three would lose one family in four.
CALL_BACK_GAPS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))

# What a patient takes of a doctor's time, the talk and the write-up after it, until the service
# has its own figures. Without the write-up, the wait told was a third too short on a busy day
# (bench/waiting_room).
USUAL_CONSULTATION: Final = timedelta(minutes=6) + timedelta(seconds=90)

URGENCY_RANK: Final = {"red": 0, "urgent": 1, "routine": 2}


class SameDoctor(BaseModel):
    """Who comes back within so many days is put so many minutes earlier for the same doctor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    within_days: int = Field(ge=0)
    head_start_minutes: int = Field(ge=0)


class OrderRules(BaseModel):
    """`config/waiting_room.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    source: str
    head_start_minutes: dict[str, int]
    same_doctor: SameDoctor
    spared_minutes: int = Field(ge=0)
    specialities: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        starts = self.head_start_minutes
        if starts.keys() != URGENCY_RANK.keys():
            raise ValueError(f"head_start_minutes names {', '.join(URGENCY_RANK)}, each once")
        if not starts["red"] >= starts["urgent"] >= starts["routine"] >= 0:
            raise ValueError("head_start_minutes: red has the longest, routine the shortest")
        return self

    @property
    def usual_speciality(self) -> str:
        return self.specialities[0]

    @property
    def spared_for(self) -> timedelta:
        """How long a doctor who let a patient go is not asked for her again."""
        return timedelta(minutes=self.spared_minutes)

    def turn_at(self, joined_at: datetime, urgency: str) -> datetime:
        """Return the time by which tickets are ordered; joined_at: when she first asked."""
        return joined_at - timedelta(minutes=self.head_start_minutes[urgency])

    @property
    def same_doctor_head_start(self) -> timedelta:
        return timedelta(minutes=self.same_doctor.head_start_minutes)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket as the order sees it; usual_doctor_id: whom she talked with lately."""

    ticket_id: int
    turn_at: datetime
    language: str
    speciality: str
    usual_doctor_id: str | None = None


@dataclass(frozen=True, slots=True)
class FreeDoctor:
    """let_go: the tickets that she let go so lately that they are left to others."""

    doctor_id: str
    languages: Collection[str]
    specialities: Collection[str]
    let_go: Collection[int] = ()


def next_ticket(
    tickets: Sequence[Waiting], *, doctor: FreeDoctor, rules: OrderRules
) -> Waiting | None:
    """Return the ticket to offer this doctor next, or None when none suits her.

    This is what the database's own search must agree with (`services/turns.py`).
    """
    suitable = [ticket for ticket in tickets if suits(ticket, doctor)]
    return min(suitable, key=lambda it: (place_for(it, doctor, rules), it.ticket_id), default=None)


def suits(ticket: Waiting, doctor: FreeDoctor) -> bool:
    """Tell whether she has the language and the skill, and did not let the ticket go lately."""
    return (
        ticket.language in doctor.languages
        and ticket.speciality in doctor.specialities
        and ticket.ticket_id not in doctor.let_go
    )


def place_for(ticket: Waiting, doctor: FreeDoctor, rules: OrderRules) -> datetime:
    """Return the turn of a ticket as this doctor sees it: earlier for a patient of hers."""
    hers = ticket.usual_doctor_id == doctor.doctor_id
    return ticket.turn_at - rules.same_doctor_head_start if hers else ticket.turn_at


def estimated_wait(position: int, *, doctors_on_duty: int, doctors_free: int) -> timedelta:
    """Return the wait to tell a caller; position counts from 1.

    Free doctors take the first in line at once; those behind wait for a usual consultation each,
    shared by the doctors on duty who can serve her. With nobody on duty it is as with one doctor,
    who must come.
    """
    before_her = max(0, position - doctors_free)
    return USUAL_CONSULTATION * before_her / max(1, doctors_on_duty)


def call_back_gap(attempts: int) -> timedelta | None:
    """Return the gap after that many unanswered call-backs; None when the ladder has ended."""
    return CALL_BACK_GAPS[attempts - 1] if attempts - 1 < len(CALL_BACK_GAPS) else None
