"""Where a ticket stands: who is before it, and how long that is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ScalarSelect, and_, func, or_, select

from gateway.db.models import Doctor, Ticket
from gateway.domain import waiting_room as order
from gateway.domain.states import DoctorStatus, TicketStatus
from ivr_flows.engine.session import Json

ON_DUTY: Final = (DoctorStatus.AVAILABLE, DoctorStatus.ENGAGED, DoctorStatus.WRAP_UP)


def ahead(rank: int, joined_at: datetime) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(Ticket)
        .where(
            Ticket.status == TicketStatus.WAITING,
            or_(
                Ticket.urgency_rank < rank,
                and_(Ticket.urgency_rank == rank, Ticket.joined_at < joined_at),
            ),
        )
        .scalar_subquery()
    )


def ahead_of_ticket() -> ScalarSelect[int]:
    other = Ticket.__table__.alias("other")
    return (
        select(func.count())
        .select_from(other)
        .where(
            other.c.status == TicketStatus.WAITING,
            or_(
                other.c.urgency_rank < Ticket.urgency_rank,
                and_(
                    other.c.urgency_rank == Ticket.urgency_rank,
                    other.c.joined_at < Ticket.joined_at,
                ),
            ),
        )
        .correlate(Ticket)
        .scalar_subquery()
    )


def staffing() -> tuple[ScalarSelect[int], ScalarSelect[int]]:
    """The numbers of doctors on duty, and of those who are free."""
    return _doctors(*ON_DUTY), _doctors(DoctorStatus.AVAILABLE)


def _doctors(*statuses: DoctorStatus) -> ScalarSelect[int]:
    counted = select(func.count()).select_from(Doctor).where(Doctor.status.in_(statuses))
    return counted.scalar_subquery()


def facts(ahead: int, on_duty: int, free: int) -> dict[str, Json]:
    position = ahead + 1
    wait = order.estimated_wait(position, doctors_on_duty=on_duty, doctors_free=free)
    return {"position": position, "wait_minutes": max(1, round(wait.total_seconds() / 60))}
