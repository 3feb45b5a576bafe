"""Calls that we place: call-backs of tickets, of missed calls and of calls that we broke, and the
calls of aftercare.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select

from gateway.db.models import Aftercare, Call, Caller, OutboundCall, Ticket
from gateway.db.models.base import new_id
from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import (
    AftercareStatus,
    OutboundStatus,
    Presence,
    TicketStatus,
)
from gateway.services import aftercare, offers
from gateway.services.work import Job, Unit

RING_S: Final = 30
PLACING_LEASE: Final = timedelta(seconds=30)
CONFIRM_LEASE: Final = timedelta(seconds=60)
CALL_BACK_AFTER_FAILURE: Final = timedelta(minutes=1)
# A call that is older has lost its end.
LONGEST_CALL: Final = timedelta(hours=2)
_OPEN = (OutboundStatus.QUEUED, OutboundStatus.PLACING, OutboundStatus.PLACED)


def call_back(
    unit: Unit, caller_id: str, *, carrier: str, after: timedelta, our_number: str | None
) -> None:
    """Mean to call this number; a call that is already meant or ringing is not doubled."""
    # Whoever else means to call her at this moment comes after us, and finds ours.
    unit.db.execute(select(Caller.id).where(Caller.id == caller_id).with_for_update(key_share=True))
    if not has_open_call(unit, caller_id):
        call = _new(unit, caller_id, carrier=carrier, flow="inbound", due_at=unit.now + after)
        call.our_number = our_number
        _queue(unit, call)


def call_for_offer(unit: Unit, offer_id: str, *, caller_id: str, carrier: str) -> None:
    """Mean to bring the patient to a doctor who is reserved for her."""
    call = _new(unit, caller_id, carrier=carrier, flow="callback", due_at=unit.now)
    call.offer_id = offer_id
    _queue(unit, call)


def call_to_join(
    unit: Unit, offer_id: str, *, caller_id: str, carrier: str, our_number: str | None
) -> None:
    """Mean to bring a patient into a talk that runs; no ladder, since it will not wait for her."""
    call = _new(unit, caller_id, carrier=carrier, flow="party", due_at=unit.now)
    call.joins_offer_id, call.our_number = offer_id, our_number
    _queue(unit, call)


def call_for_aftercare(unit: Unit, row: Aftercare, *, carrier: str) -> None:
    """Mean to call for what is due; its ladder of tries is its own."""
    call = _new(unit, row.caller_id, carrier=carrier, flow=row.kind.value, due_at=unit.now)
    call.aftercare_id = row.id
    _queue(unit, call)


def call_again(unit: Unit, broken: OutboundCall) -> None:
    """A call that we placed broke on a failure of ours: try again, as its ladder has rungs.

    A call of aftercare is tried again by its own ladder when its line ends; the patient who had
    answered it and wanted a doctor is called back as a caller of her own.
    """
    if broken.aftercare_id is None:
        _climb(unit, broken)
        return
    row = unit.db.get_one(Aftercare, broken.aftercare_id)
    if row.kind is AftercareKind.FOLLOW_UP and row.status is AftercareStatus.DONE:
        call_back(
            unit,
            broken.caller_id,
            carrier=broken.carrier,
            after=CALL_BACK_AFTER_FAILURE,
            our_number=broken.our_number,
        )


def has_open_call(unit: Unit, caller_id: str) -> bool:
    """Tell whether we mean to call this number, or are ringing it."""
    found = unit.db.scalar(
        select(OutboundCall.id)
        .where(OutboundCall.caller_id == caller_id, OutboundCall.status.in_(_OPEN))
        .limit(1)
    )
    return found is not None


def drop_all(unit: Unit, caller_id: str) -> None:
    """Place no call any more that is meant for this number, and try none again that rings."""
    ids = unit.db.scalars(
        select(OutboundCall.id).where(
            OutboundCall.caller_id == caller_id, OutboundCall.status.in_(_OPEN)
        )
    ).all()
    for outbound_id in ids:
        unit.move(OutboundCall, outbound_id, OutboundStatus.FAILED)


def is_return(call: OutboundCall) -> bool:
    """It returns a call of hers: nobody is reserved for her, and nothing else is due."""
    return (call.offer_id, call.joins_offer_id, call.aftercare_id) == (None, None, None)


def returns_of(caller_id: str | None) -> tuple[ColumnElement[bool], ...]:
    """The calls that are queued to return one of this number's."""
    return (
        OutboundCall.caller_id == caller_id,
        OutboundCall.status == OutboundStatus.QUEUED,
        OutboundCall.offer_id.is_(None),
        OutboundCall.joins_offer_id.is_(None),
        OutboundCall.aftercare_id.is_(None),
    )


def drop_returns(unit: Unit, caller_id: str) -> None:
    """She has joined the waiting room by a call of her own: none needs to be returned."""
    ids = unit.db.scalars(select(OutboundCall.id).where(*returns_of(caller_id))).all()
    for outbound_id in ids:
        unit.move(OutboundCall, outbound_id, OutboundStatus.FAILED)


def has_asked_since(unit: Unit, call: OutboundCall) -> bool:
    """Was she in the waiting room since the call that this one returns?"""
    asked = select(Ticket.id).where(
        Ticket.caller_id == call.caller_id,
        Ticket.seen_at >= call.created_at,
    )
    return unit.db.scalar(asked.limit(1)) is not None


def is_on_the_line(unit: Unit, caller_id: str) -> bool:
    """Is a call of this number with us going on, as far as we were told?

    A missed call is refused unanswered.
    """
    going_on = select(Call.id).where(
        Call.caller_id == caller_id,
        Call.flow != "missed",
        Call.ended_at.is_(None),
        Call.started_at > unit.now - LONGEST_CALL,
    )
    return unit.db.scalar(going_on.limit(1)) is not None


def _new(unit: Unit, caller_id: str, *, carrier: str, flow: str, due_at: datetime) -> OutboundCall:
    return OutboundCall(
        id=new_id(),
        caller_id=caller_id,
        flow=flow,
        status=OutboundStatus.QUEUED,
        carrier=carrier,
        attempts=0,
        due_at=due_at,
        created_at=unit.now,
    )


def _queue(unit: Unit, call: OutboundCall) -> None:
    unit.db.add(call)
    unit.db.flush()
    unit.note("outbound_calls", call.id, "queued")
    if call.due_at <= unit.now:
        unit.hint(Job.PLACE_CALL, call.id)


def unanswered(unit: Unit, outbound_id: str) -> bool:
    """The try failed: busy, no answer, a dead number, or hung up before she said she is there.

    Tell whether it is that; one that was answered, or had ended, is left as it is.
    """
    moved = unit.move(OutboundCall, outbound_id, OutboundStatus.FAILED)
    if moved:
        _climb(unit, unit.db.get_one(OutboundCall, outbound_id))
    return moved


def end(unit: Unit, outbound_id: str) -> OutboundCall | None:
    """Its leg has ended; return it once, so that the waiting room may lock what hangs on it."""
    if not unit.move(OutboundCall, outbound_id, OutboundStatus.ENDED):
        return None
    return unit.db.get_one(OutboundCall, outbound_id)


def line_ended(unit: Unit, call: OutboundCall) -> None:
    """Unconfirmed, it counts as a failed try."""
    if call.offer_id is not None or call.aftercare_id is not None:
        _climb(unit, call)


def _climb(unit: Unit, call: OutboundCall) -> None:
    """Go up the ladder of tries: the doctor is free at once, the patient is tried again later."""
    if call.joins_offer_id is not None:
        return
    if call.aftercare_id is not None:
        aftercare.not_reached(unit, call.aftercare_id)
        return
    if call.offer_id is None:
        gap = unit.rules.call_back.gap(call.attempts + 1)
        if gap is not None and not has_asked_since(unit, call):
            again = _new(
                unit, call.caller_id, carrier=call.carrier, flow=call.flow, due_at=unit.now + gap
            )
            again.attempts, again.our_number = call.attempts + 1, call.our_number
            # The first of a chain of tries dates them all: the place counts from the missed call.
            again.created_at = call.created_at
            _queue(unit, again)
        return
    ticket = offers.give_up(unit, call.offer_id)
    # None: she came to the doctor by another line meanwhile, or the offer has ended.
    if ticket is None or ticket.presence is not Presence.AWAY:
        return
    ticket.call_back_attempts += 1
    gap = unit.rules.call_back.gap(ticket.call_back_attempts)
    if gap is None:
        unit.db.flush()
        unit.move(Ticket, ticket.id, TicketStatus.UNREACHABLE, closed_at=unit.now)
    else:
        ticket.call_back_due_at = unit.now + gap
