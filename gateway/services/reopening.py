"""A closed ticket that comes back, with the time at which she first asked: she was not reached, or
the talk that closed it was none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, select

from gateway.db.models import Caller, Message, Patient, Ticket
from gateway.domain.states import OPEN_TICKETS, Presence, TicketStatus
from gateway.services.messages import Texts
from gateway.services.work import Job, Unit

# She is told "until tomorrow".
KEPT_FOR: Final = timedelta(days=1)
# A place that was lost longer ago is told of no more.
TOLD_WITHIN: Final = timedelta(hours=1)
BATCH: Final = 200
_KIND: Final = "unreachable"


def reopened(unit: Unit, ticket: Ticket, *, due_at: datetime) -> bool:
    """Let her wait again, to be called at `due_at`, in her old place; tell whether she does.

    Not when the patient has another ticket by now, nor without a number to call. The ticket is
    locked by whoever asks.
    """
    other = select(Ticket.id).where(
        Ticket.patient_id == ticket.patient_id, Ticket.status.in_(OPEN_TICKETS)
    )
    if ticket.caller_id is None or unit.db.scalar(other.limit(1)) is not None:
        return False
    moved = unit.move(
        Ticket,
        ticket.id,
        TicketStatus.WAITING,
        origins=(TicketStatus.DONE, TicketStatus.UNREACHABLE),
        presence=Presence.AWAY,
        call_id=None,
        call_back_attempts=0,
        call_back_due_at=due_at,
        closed_at=None,
    )
    unit.hint(Job.DISPATCH)
    return moved


def may_reopen(now: datetime) -> ColumnElement[bool]:
    """She was not reached within a day, so that a call of hers brings her place back."""
    lately = Ticket.closed_at > now - KEPT_FOR
    return and_(Ticket.status == TicketStatus.UNREACHABLE, lately)


def tell_unreached(unit: Unit, texts: Texts) -> int:
    """Mean to text everyone whom the last call-back did not reach, once; return how many.

    It says honestly that we called, and how she keeps her place.
    """
    rows = unit.db.execute(
        select(Ticket, Caller)
        .join(Caller, Caller.id == Ticket.caller_id)
        .join(Patient, Patient.id == Ticket.patient_id)
        .where(
            Ticket.status == TicketStatus.UNREACHABLE,
            Ticket.closed_at > unit.now - TOLD_WITHIN,
            Patient.no_sms.is_(False),
            Caller.withdrawn_at.is_(None),
            Caller.texts_stopped_at.is_(None),
            ~exists().where(
                Message.caller_id == Caller.id,
                Message.kind == _KIND,
                Message.created_at >= Ticket.closed_at,
            ),
        )
        .limit(BATCH)
    ).all()
    for ticket, caller in rows:
        texts.queue(
            unit,
            _KIND,
            key=f"{_KIND}:{ticket.id}:{ticket.closed_at:%Y%m%d%H%M}",
            caller=caller,
            language=ticket.language,
            values={"token": ticket.token, "number": texts.toll_free},
        )
    return len(rows)
