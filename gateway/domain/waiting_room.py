"""Whose turn is next: red first, then overdue, then urgency, then arrival."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MAX_WAIT: Final = timedelta(minutes=45)

# Gaps before the second and third call-back; Kilkari reached 76 % by the third attempt
# (domain/triage-and-vocabulary.md), so fewer than three would lose one family in four.
CALL_BACK_GAPS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))

# What a consultation takes until the service has its own figures.
USUAL_CONSULTATION: Final = timedelta(minutes=6)

URGENCY_RANK: Final = {"red": 0, "urgent": 1, "routine": 2}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket as the order sees it; joined_at is the first time the patient asked, in UTC."""

    ticket_id: int
    urgency: str
    language: str
    joined_at: datetime
    refused_by: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class FreeDoctor:
    doctor_id: str
    languages: Collection[str]


def next_ticket(
    tickets: Sequence[Waiting], *, doctor: FreeDoctor, now: datetime, max_wait: timedelta = MAX_WAIT
) -> Waiting | None:
    """Return the ticket to offer this doctor next, or None when none suits her.

    A ticket that she let go lately is left to others; a language she lacks is not hers to take.
    """
    suitable = [
        ticket
        for ticket in tickets
        if ticket.language in doctor.languages and doctor.doctor_id not in ticket.refused_by
    ]
    return min(suitable, key=lambda ticket: _rank(ticket, now, max_wait), default=None)


def _rank(ticket: Waiting, now: datetime, max_wait: timedelta) -> tuple[int, int, datetime]:
    urgency = URGENCY_RANK[ticket.urgency]
    overdue = now - ticket.joined_at >= max_wait
    group = 0 if urgency == 0 else 1 if overdue else 2
    return (group, 0 if group == 1 else urgency, ticket.joined_at)


def estimated_wait(position: int, *, doctors_on_duty: int, doctors_free: int) -> timedelta:
    """Return the wait to tell a caller; position counts from 1.

    Free doctors take the first in line at once; those behind wait for a usual consultation each,
    shared by the doctors on duty. With nobody on duty it is as with one doctor, who must come.
    """
    before_her = max(0, position - doctors_free)
    return USUAL_CONSULTATION * before_her / max(1, doctors_on_duty)


def call_back_gap(attempts: int) -> timedelta | None:
    """Return the gap after that many unanswered call-backs; None when the ladder has ended."""
    return CALL_BACK_GAPS[attempts - 1] if attempts - 1 < len(CALL_BACK_GAPS) else None
