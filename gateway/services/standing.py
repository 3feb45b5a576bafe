"""Where a ticket stands: who is before it, and how long that is.

Before it are those of its language and speciality whose turn is earlier. Doctors of several
languages serve other lines too, so the wait is worked out twice, for her own line with all the
doctors who can serve it, and for everyone of the speciality with everyone on duty in it; she is
told the longer. Its error is measured by `bench/waiting_room`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, literal, select
from sqlalchemy.orm import aliased

from gateway.db.models import Doctor, Ticket
from gateway.domain.states import DoctorStatus, TicketStatus
from gateway.domain.waiting_room import RoomRules
from ivr_flows.engine.session import Json

ON_DUTY: Final = (DoctorStatus.AVAILABLE, DoctorStatus.ENGAGED, DoctorStatus.WRAP_UP)

Figures = tuple[ScalarSelect[int], ...]


def of(language: str, speciality: str, turn_at: datetime) -> Figures:
    """The figures that `facts` takes, of a ticket that may not be there yet."""
    return _figures(language, speciality, turn_at)


def of_ticket() -> Figures:
    """The figures that `facts` takes, of each ticket of the query around them."""
    return _figures(Ticket.language, Ticket.speciality, Ticket.turn_at)


def facts(figures: Sequence[int], rules: RoomRules) -> dict[str, Json]:
    """Return the position, from 1, and the wait in minutes, as a call or message tells them.

    attended: whether a doctor who can serve her is on duty; without one the wait says nothing.
    """
    ahead, on_duty, free, all_ahead, all_on_duty, all_free = figures
    position = ahead + 1
    wait = max(
        rules.estimated_wait(position, doctors_on_duty=on_duty, doctors_free=free),
        rules.estimated_wait(all_ahead + 1, doctors_on_duty=all_on_duty, doctors_free=all_free),
    )
    return {
        "position": position,
        "wait_minutes": max(1, round(wait.total_seconds() / 60)),
        "attended": on_duty > 0,
    }


def _figures(language: Any, speciality: Any, turn_at: Any) -> Figures:
    other = aliased(Ticket)
    everyone = (other.speciality == speciality, other.turn_at < turn_at)
    all_doctors = _holds(Doctor.specialities, speciality)
    doctors = (all_doctors, _holds(Doctor.languages, language))
    return (
        _count_tickets(other, other.language == language, *everyone),
        _count_doctors(ON_DUTY, *doctors),
        _count_doctors((DoctorStatus.AVAILABLE,), *doctors),
        _count_tickets(other, *everyone),
        _count_doctors(ON_DUTY, all_doctors),
        _count_doctors((DoctorStatus.AVAILABLE,), all_doctors),
    )


def _holds(names: Any, name: Any) -> ColumnElement[bool]:
    """Tell whether a JSON list of plain names holds one, alike on every database."""
    return cast(names, String).like(literal('%"') + name + literal('"%'))


def _count_tickets(other: type[Ticket], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    waiting = other.status == TicketStatus.WAITING
    counted = select(func.count()).select_from(other).where(waiting, *conditions)
    return counted.correlate(Ticket).scalar_subquery()


def _count_doctors(
    statuses: tuple[DoctorStatus, ...], *conditions: ColumnElement[bool]
) -> ScalarSelect[int]:
    other = select(func.count()).select_from(Doctor).where(Doctor.status.in_(statuses), *conditions)
    return other.correlate(Ticket).scalar_subquery()
