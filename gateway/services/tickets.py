"""Tickets of one telephone: a household may have several, and they hold on the same line."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import aliased

from gateway.db.models import Call, Offer, Patient, Ticket
from gateway.domain.states import OPEN_TICKETS, OfferStatus, Presence, TicketStatus
from gateway.services import offers, openings, talks
from gateway.services.reopening import may_reopen, reopened
from gateway.services.work import Unit


def bring_onto(unit: Unit, call: Call) -> None:
    """She is on this line now: all that waits for this number waits here, and is not called back.

    So does whoever of it could not be reached lately, in her own old place.
    A talk of hers on another line is over, whether or not the carrier has said so yet.
    """
    if call.caller_id is None:
        return
    hers, is_open = Ticket.caller_id == call.caller_id, Ticket.status.in_(OPEN_TICKETS)
    held = unit.lock(Ticket, hers, is_open | may_reopen(unit.now))
    # The newest first: of one patient the last that she heard of is the one that comes back.
    for ticket in reversed(held):
        if ticket.status is TicketStatus.UNREACHABLE:
            reopened(unit, ticket, due_at=unit.now)
    for ticket in held:
        if ticket.call_id != call.id:
            talks.finish_accepted(unit, ticket_id=ticket.id, talk_s=None)
    unit.change(
        update(Ticket)
        .where(hers, is_open)
        .values(
            call_id=call.id,
            presence=Presence.ARRIVING,
            call_back_due_at=None,
            seen_at=unit.now,
        )
    )
    # Whom a health worker presented has a number of her own.
    others = select(Patient.caller_id).join(Ticket, Ticket.patient_id == Patient.id)
    presented = others.where(hers, is_open, Patient.caller_id != call.caller_id).distinct()
    for household_id in unit.db.scalars(presented).all():
        openings.note(unit, call.id, str(household_id))


def open_of(unit: Unit, patient_id: str) -> Ticket | None:
    """The ticket of a patient who waits, locked; of one patient there is one at most."""
    held = unit.lock(Ticket, Ticket.patient_id == patient_id, Ticket.status.in_(OPEN_TICKETS))
    return held[0] if held else None


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


def lock_next(unit: Unit, ticket_id: int) -> Ticket | None:
    """Lock a waiting ticket with all that is open of its telephone, so that one rings at a time.

    None when it waits no more, or a doctor is reserved for another of them.
    """
    caller_id, call_id = unit.db.execute(
        select(Ticket.caller_id, Ticket.call_id).where(Ticket.id == ticket_id)
    ).one()
    one_telephone = [Ticket.id == ticket_id]
    if caller_id is not None:
        one_telephone.append(Ticket.caller_id == caller_id)
    if call_id is not None:
        one_telephone.append(Ticket.call_id == call_id)
    found = unit.lock(Ticket, or_(*one_telephone), Ticket.status.in_(OPEN_TICKETS))
    if any(ticket.status is TicketStatus.ENGAGED for ticket in found):
        return None
    return next((ticket for ticket in found if ticket.id == ticket_id), None)


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
    """Cancel these tickets, and set free whatever doctor is reserved; a talk is not cut off.

    One whose patient was not reached does not come back either.
    """
    may_come = Ticket.status.in_((*OPEN_TICKETS, TicketStatus.UNREACHABLE))
    held = [ticket.id for ticket in unit.lock(Ticket, condition, may_come)]
    accepted = Offer.ticket_id.in_(held), Offer.status == OfferStatus.ACCEPTED
    talking = set(unit.db.scalars(select(Offer.ticket_id).where(*accepted)))
    waiting = [ticket_id for ticket_id in held if ticket_id not in talking]
    for ticket_id in waiting:
        offers.release(unit, ticket_id=ticket_id, to=OfferStatus.CANCELLED)
    return sum(
        unit.move(Ticket, ticket_id, TicketStatus.CANCELLED, closed_at=unit.now)
        for ticket_id in waiting
    )
