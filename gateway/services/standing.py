"""Where a ticket stands: who is before it, how long that is, and when a doctor is expected.

Before it are those of its language and speciality whose turn is earlier. Doctors of several
languages serve other lines too, so the wait is worked out twice, for her own line with all the
doctors who can serve it, and for everyone of the speciality with everyone on duty in it; she is
told the longer. Its error is measured by `bench/waiting_room`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, literal, select
from sqlalchemy.orm import aliased

from gateway.db.models import Doctor, Ticket
from gateway.domain.indian_time import IST, day_in_india
from gateway.domain.states import DoctorStatus, TicketStatus
from gateway.services.work import Unit
from ivr_flows.engine.session import Json

ON_DUTY: Final = (DoctorStatus.AVAILABLE, DoctorStatus.ENGAGED, DoctorStatus.WRAP_UP)

Figures = tuple[ScalarSelect[Any], ...]


def of(unit: Unit, language: str, speciality: str, turn_at: datetime) -> Figures:
    """The figures that `facts` takes, of a ticket that may not be there yet."""
    return _figures(unit.now, language, speciality, turn_at)


def of_ticket(unit: Unit) -> Figures:
    """The figures that `facts` takes, of each ticket of the query around them."""
    return _figures(unit.now, Ticket.language, Ticket.speciality, Ticket.turn_at)


def facts(figures: Sequence[Any], unit: Unit) -> dict[str, Json]:
    """Return the position, from 1, and the wait in minutes, as a call or message tells them.

    attended: whether a doctor who can serve her is on duty; without one the wait says nothing.
    opens: then, when one comes by the rota, as the prompts' format `when` takes it; empty where no
    rota tells. late: by the rota one should be there now.
    """
    ahead, on_duty, free, all_ahead, all_on_duty, all_free, should_be_here, comes_at = figures
    position, rules = ahead + 1, unit.rules
    wait = max(
        rules.estimated_wait(position, doctors_on_duty=on_duty, doctors_free=free),
        rules.estimated_wait(all_ahead + 1, doctors_on_duty=all_on_duty, doctors_free=all_free),
    )
    return {
        "position": position,
        "wait_minutes": max(1, round(wait.total_seconds() / 60)),
        "attended": on_duty > 0,
        "opens": "" if on_duty or comes_at is None else _when(comes_at, unit.now),
        "late": not on_duty and should_be_here > 0,
    }


def as_text(stands: Mapping[str, Json]) -> tuple[str, dict[str, str]]:
    """Return the kind of the text that tells these facts, and its values."""
    if stands["attended"]:
        return "token", {"minutes": str(stands["wait_minutes"])}
    if stands["opens"] and not stands["late"]:
        at = datetime.fromisoformat(str(stands["opens"]).split()[1])
        return "token_opens", {"opens": f"{at:%d/%m %H:%M}"}
    return "token_unattended", {}


def _when(at: datetime, now: datetime) -> str:
    there = at.astimezone(IST)
    days = (there.date() - day_in_india(now)).days
    word = {0: "today", 1: "tomorrow"}.get(days, "on")
    return f"{word} {there:%Y-%m-%dT%H:%M}"


def _figures(now: datetime, language: Any, speciality: Any, turn_at: Any) -> Figures:
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
        # Within a shift its end is nearer than the next beginning.
        _of_doctors(
            func.count(), Doctor.goes_at > now, Doctor.goes_at <= Doctor.comes_at, *doctors
        ),
        _of_doctors(func.min(Doctor.comes_at), Doctor.comes_at > now, *doctors),
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
    return _of_doctors(func.count(), Doctor.status.in_(statuses), *conditions)


def _of_doctors(figure: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    found = select(figure).select_from(Doctor).where(*conditions)
    return found.correlate(Ticket).scalar_subquery()
