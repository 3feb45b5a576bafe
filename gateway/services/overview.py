"""The service at a glance, for a supervisor: numbers and transitions, nobody's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from gateway.db.models import Aftercare, Consultation, Doctor, Event, Message, Ticket
from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import AftercareStatus, DoctorStatus, MessageStatus, TicketStatus
from gateway.domain.waiting_room import URGENCY_RANK
from gateway.services.work import Unit, Work

A_DAY: Final = timedelta(days=1)
RECENT: Final = 40
_LOST: Final = (MessageStatus.FAILED, MessageStatus.UNDELIVERED)


@dataclass(frozen=True, slots=True)
class Overview:
    """waiting: by urgency. oldest_wait: of a ticket that waits, None when none does.

    doctors: by status. lost_messages: those of the last day that did not reach a phone.
    unread: prescriptions of the last day, given or taken back, whose messages were lost and whose
    calls reached nobody.
    unsent_messages: due and not yet handed to the carrier. helped, not_helped: what patients said
    by key of the talks of the last day.
    """

    waiting: dict[str, int]
    oldest_wait: timedelta | None
    doctors: dict[str, int]
    lost_messages: int
    unsent_messages: int
    unread: int
    helped: int
    not_helped: int
    events: Sequence[Event]


def overview(work: Work) -> Overview:
    with work.begin() as unit:
        rows = unit.db.execute(
            select(Ticket.urgency, func.count(), func.min(Ticket.joined_at))
            .where(Ticket.status == TicketStatus.WAITING)
            .group_by(Ticket.urgency)
        ).all()
        oldest = min((joined for _, _, joined in rows), default=None)
        on_rota = unit.db.execute(select(Doctor.status, func.count()).group_by(Doctor.status)).all()
        return Overview(
            waiting={**dict.fromkeys(URGENCY_RANK, 0), **{row[0]: row[1] for row in rows}},
            oldest_wait=None if oldest is None else unit.now - oldest,
            doctors={
                **{status.value: 0 for status in DoctorStatus},
                **{row[0].value: row[1] for row in on_rota},
            },
            lost_messages=_count(
                unit, Message.status.in_(_LOST), Message.created_at > unit.now - A_DAY
            ),
            unsent_messages=_count(
                unit, Message.status == MessageStatus.QUEUED, Message.due_at <= unit.now
            ),
            unread=unit.db.scalar(
                select(func.count()).where(
                    Aftercare.kind.in_((AftercareKind.READING, AftercareKind.CANCELLED)),
                    Aftercare.status == AftercareStatus.OVER,
                    Aftercare.due_at > unit.now - A_DAY,
                )
            )
            or 0,
            helped=_talks(unit, helped=True),
            not_helped=_talks(unit, helped=False),
            events=unit.db.scalars(select(Event).order_by(Event.id.desc()).limit(RECENT)).all(),
        )


def _talks(unit: Unit, *, helped: bool) -> int:
    counted = (
        select(func.count())
        .select_from(Consultation)
        .where(Consultation.helped.is_(helped), Consultation.ended_at > unit.now - A_DAY)
    )
    return unit.db.scalar(counted) or 0


def _count(unit: Unit, *conditions: object) -> int:
    counted = select(func.count()).select_from(Message).where(*conditions)  # type: ignore[arg-type]  # any column expression
    return unit.db.scalar(counted) or 0
