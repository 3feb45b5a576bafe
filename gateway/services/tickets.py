"""Tickets of one telephone: a household may have several, and they hold on the same line."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import aliased

from gateway.db.models import Call, Offer, Ticket
from gateway.domain.states import OPEN_TICKETS, OfferStatus, Presence, TicketStatus
from gateway.services import offers
from gateway.services.work import Unit


def bring_onto(unit: Unit, call: Call) -> None:
    """She is on this line now: all that waits for this number waits here, and is not called back.

    A talk of hers on another line is over, whether or not the carrier has said so yet.
    """
    if call.caller_id is None:
        return
    mine = (Ticket.caller_id == call.caller_id, Ticket.status.in_(OPEN_TICKETS))
    talking = unit.db.scalars(
        select(Ticket.id)
        .join(Offer, Offer.ticket_id == Ticket.id)
        .where(*mine, Offer.status == OfferStatus.ACCEPTED, Ticket.call_id != call.id)
    ).all()
    for ticket_id in talking:
        offers.finish_accepted(unit, ticket_id=ticket_id, talk_s=None)
    unit.change(
        update(Ticket)
        .where(*mine)
        .values(
            call_id=call.id,
            presence=Presence.ARRIVING,
            call_back_due_at=None,
            seen_at=unit.now,
        )
    )


def waits_elsewhere(call: Call) -> ColumnElement[bool]:
    """Does somebody of this number wait, or talk, on no line or on another?"""
    return exists().where(
        Ticket.caller_id == call.caller_id,
        Ticket.status.in_(OPEN_TICKETS),
        or_(Ticket.call_id.is_(None), Ticket.call_id != call.id),
    )


def of_line(ticket_id: int | None, call_id: str) -> ColumnElement[bool]:
    """The open tickets of a call: the one that it spoke of last, and all others on its line."""
    on_line = or_(Ticket.id == ticket_id, Ticket.call_id == call_id)
    return on_line & Ticket.status.in_(OPEN_TICKETS)


def line_is_engaged() -> ColumnElement[bool]:
    """A doctor is reserved for another ticket of the same telephone; two would meet on one line."""
    other = aliased(Ticket)
    return exists().where(
        other.status == TicketStatus.ENGAGED,
        other.id != Ticket.id,
        or_(other.caller_id == Ticket.caller_id, other.call_id == Ticket.call_id),
    )


def has_open(unit: Unit, caller_id: str) -> bool:
    """Tell whether this number waits already, so that it will be called anyway."""
    found = unit.db.scalar(
        select(Ticket.id)
        .where(Ticket.caller_id == caller_id, Ticket.status.in_(OPEN_TICKETS))
        .limit(1)
    )
    return found is not None


def cancel(unit: Unit, condition: ColumnElement[bool]) -> int:
    """Cancel these tickets, and set free whatever doctor is reserved; a talk is not cut off."""
    talking = exists().where(Offer.ticket_id == Ticket.id, Offer.status == OfferStatus.ACCEPTED)
    ids = unit.db.scalars(
        select(Ticket.id).where(condition, Ticket.status.in_(OPEN_TICKETS), ~talking)
    ).all()
    for ticket_id in ids:
        offers.release(unit, ticket_id=ticket_id, to=OfferStatus.CANCELLED)
    return sum(
        unit.move(Ticket, ticket_id, TicketStatus.CANCELLED, closed_at=unit.now)
        for ticket_id in ids
    )
