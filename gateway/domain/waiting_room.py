"""Whose turn is next: the earliest time of asking, put earlier by the head start of its urgency;
and how long doctors and patients are kept for one another."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_COUNCIL: Final = re.compile(r"\s*([A-Za-z]+)")
_STATE_LETTERS: Final = 2

URGENCY_RANK: Final = {"red": 0, "urgent": 1, "routine": 2}


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SameDoctor(_Figures):
    """Who comes back within so many days is put so many minutes earlier for the same doctor."""

    within_days: int = Field(ge=0)
    head_start_minutes: int = Field(ge=0)


class Registration(_Figures):
    """How much earlier a doctor of the patient's state sees her; councils → their state."""

    head_start_minutes: int = Field(ge=0)
    councils: Mapping[str, str]

    def state_of(self, registration: str) -> str:
        """Return the state, as ISO 3166-2:IN abbreviates it, of a registration number or a code of
        a state; empty where it tells none."""
        found = _COUNCIL.match(registration)
        council = found[1].upper() if found else ""
        return self.councils.get(council, council if len(council) == _STATE_LETTERS else "")


class DoctorFigures(_Figures):
    """How long she is rung, and when she is not."""

    ring_seconds: int = Field(ge=10, le=60)
    pause_after_unanswered: int = Field(ge=1)
    wrap_up_minutes: int = Field(ge=0)
    break_minutes: int = Field(ge=1)

    @property
    def wrap_up(self) -> timedelta:
        return timedelta(minutes=self.wrap_up_minutes)

    @property
    def usual_break(self) -> timedelta:
        return timedelta(minutes=self.break_minutes)


class TalkFigures(_Figures):
    shortest_seconds: int = Field(ge=1, le=60)
    usual_seconds: int = Field(ge=30)
    write_up_seconds: int = Field(ge=0)
    longest_minutes: int = Field(ge=5, le=240)
    asked_after_minutes: int = Field(ge=1)

    @property
    def takes(self) -> timedelta:
        """What a patient takes of a doctor's time."""
        return timedelta(seconds=self.usual_seconds + self.write_up_seconds)

    @property
    def longest(self) -> timedelta:
        return timedelta(minutes=self.longest_minutes)

    @property
    def asked_after(self) -> timedelta:
        return timedelta(minutes=self.asked_after_minutes)


class HoldingFigures(_Figures):
    lease_seconds: int = Field(ge=20)
    redirect_seconds: int = Field(ge=1)

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.redirect_seconds >= self.lease_seconds:
            raise ValueError("holding: redirect_seconds is less than lease_seconds")
        return self

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)

    @property
    def redirect_window(self) -> timedelta:
        return timedelta(seconds=self.redirect_seconds)


class CallBackFigures(_Figures):
    gaps_minutes: tuple[int, ...] = Field(min_length=1)
    after_drop_seconds: int = Field(ge=0)
    after_helpline_minutes: int = Field(ge=0)

    @model_validator(mode="after")
    def _growing(self) -> Self:
        if list(self.gaps_minutes) != sorted(self.gaps_minutes) or self.gaps_minutes[0] < 1:
            raise ValueError("call_back: gaps_minutes grow, from a minute upwards")
        return self

    def gap(self, attempts: int) -> timedelta | None:
        """Return the gap after that many unanswered tries; None when the ladder has ended."""
        if attempts > len(self.gaps_minutes):
            return None
        return timedelta(minutes=self.gaps_minutes[attempts - 1])

    @property
    def after_drop(self) -> timedelta:
        return timedelta(seconds=self.after_drop_seconds)

    @property
    def after_helpline(self) -> timedelta:
        return timedelta(minutes=self.after_helpline_minutes)


class RoomRules(_Figures):
    """`config/waiting_room.yaml`."""

    version: int
    review: str
    source: str
    head_start_minutes: dict[str, int]
    same_doctor: SameDoctor
    registration: Registration
    spared_minutes: int = Field(ge=0)
    specialities: tuple[str, ...] = Field(min_length=1)
    doctor: DoctorFigures
    talk: TalkFigures
    holding: HoldingFigures
    call_back: CallBackFigures

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

    @property
    def same_state_head_start(self) -> timedelta:
        return timedelta(minutes=self.registration.head_start_minutes)

    def estimated_wait(
        self, position: int, *, doctors_on_duty: int, doctors_free: int
    ) -> timedelta:
        """Return the wait to tell a caller; position counts from 1.

        Free doctors take the first in line at once; those behind wait for a usual consultation
        each, shared by the doctors on duty who can serve her. With nobody on duty it is as with one
        doctor, who must come.
        """
        before_her = max(0, position - doctors_free)
        return self.talk.takes * before_her / max(1, doctors_on_duty)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket as the order sees it; usual_doctor_id: whom she talked with lately. state: that of
    the number she dialled, empty where that tells none."""

    ticket_id: int
    turn_at: datetime
    language: str
    speciality: str
    usual_doctor_id: str | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class FreeDoctor:
    """let_go: the tickets that she let go so lately that they are left to others. state: where she
    is registered, empty where her number tells none."""

    doctor_id: str
    languages: Collection[str]
    specialities: Collection[str]
    let_go: Collection[int] = ()
    state: str = ""


def next_ticket(
    tickets: Sequence[Waiting], *, doctor: FreeDoctor, rules: RoomRules
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


def place_for(ticket: Waiting, doctor: FreeDoctor, rules: RoomRules) -> datetime:
    """Return the turn of a ticket as this doctor sees it: earlier for a patient of hers, and for
    one of the state where she is registered."""
    place = ticket.turn_at
    if ticket.usual_doctor_id == doctor.doctor_id:
        place -= rules.same_doctor_head_start
    if same_state(ticket, doctor):
        place -= rules.same_state_head_start
    return place


def same_state(ticket: Waiting, doctor: FreeDoctor) -> bool:
    return ticket.state == doctor.state != ""
