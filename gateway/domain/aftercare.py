"""When we call or text after a consultation: days later to ask, and at the times of medicines.

The gaps are those of the brief for the service, to be reviewed by a clinician: three calls at most,
with growing gaps, within the hours of `config/hours.yaml`; a reminder is worth nothing hours later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from gateway.domain.indian_time import IST, day_in_india
from sms.medicine import DayParts, MedicineLine, Pattern


class AftercareKind(StrEnum):
    """The flow that such a call runs has the same name."""

    FOLLOW_UP = "follow_up"
    REMINDER = "reminder"
    # Of a prescription whose texts did not arrive.
    READING = "reading"
    # Of one that was taken back, when the text that says so did not arrive.
    CANCELLED = "cancelled"


class ReachedBy(StrEnum):
    """How she wants to be reminded, or how we have begun to ask after her."""

    CALL = "call"
    TEXT = "text"


FOLLOW_UP_AT: Final = time(10)
# A reminder that comes later than this after its time would remind of the wrong thing.
WORTHLESS_AFTER: Final = timedelta(hours=1)
TIMES_OF_DAY: Final = {
    "morning": time(8),
    "noon": time(13),
    "evening": time(18),
    "night": time(20, 30),
}
GAPS: Final = {
    AftercareKind.FOLLOW_UP: (timedelta(hours=1), timedelta(hours=4)),
    AftercareKind.REMINDER: (timedelta(minutes=10), timedelta(minutes=15)),
    AftercareKind.READING: (timedelta(minutes=30), timedelta(hours=3)),
    AftercareKind.CANCELLED: (timedelta(minutes=30), timedelta(hours=3)),
}


@dataclass(frozen=True, slots=True)
class Dosing:
    """The next time at which a medicine is to be taken; part: morning, noon, evening or night."""

    at: datetime
    part: str


def follow_up_due(ended_at: datetime, *, days: int) -> datetime:
    """Return when to ask after a patient, that many days after her consultation."""
    return _in_india(day_in_india(ended_at) + timedelta(days=days), FOLLOW_UP_AT)


def next_try(kind: AftercareKind, *, attempts: int, now: datetime) -> datetime | None:
    """Return when to call again after that many tries; None when we have called often enough."""
    gaps = GAPS[kind]
    return None if attempts > len(gaps) else now + gaps[attempts - 1]


def next_dosing(
    lines: Sequence[MedicineLine], *, issued_on: date, after: datetime
) -> Dosing | None:
    """Return the next time that a medicine of the prescription is due; None after its last day."""
    last = last_day(lines, issued_on=issued_on)
    day = day_in_india(after)
    while last is not None and day <= last:
        for part, at in TIMES_OF_DAY.items():
            due = _in_india(day, at)
            if due > after and lines_at(lines, part, issued_on=issued_on, day=day):
                return Dosing(due, part)
        day += timedelta(days=1)
    return None


def last_day(lines: Sequence[MedicineLine], *, issued_on: date) -> date | None:
    """Return the last day of those medicines that are taken at times of the day."""
    days = [line.days for line in lines if line.pattern is Pattern.DAILY]
    return issued_on + timedelta(days=max(days) - 1) if days else None


def lines_at(
    lines: Sequence[MedicineLine], part: str, *, issued_on: date, day: date
) -> list[MedicineLine]:
    """Return the medicines of that time of that day, each with the amount of that time alone."""
    return [
        replace(line, parts=replace(DayParts(), **{part: getattr(line.parts, part)}))
        for line in lines
        if line.pattern is Pattern.DAILY
        and getattr(line.parts, part) != "0"
        and day < issued_on + timedelta(days=line.days)
    ]


def _in_india(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=IST)
