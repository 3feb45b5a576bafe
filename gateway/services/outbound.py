"""Calls that we place: call-backs of tickets, of missed calls and of calls that we broke, and the
calls of aftercare.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, case, func, select

from gateway.db.models import Aftercare, Caller, Offer, OutboundCall, Ticket
from gateway.db.models.base import new_id
from gateway.domain.aftercare import AftercareKind
from gateway.domain.hours import Hours
from gateway.domain.rates import Traffic
from gateway.domain.states import (
    AftercareStatus,
    OfferStatus,
    OutboundStatus,
    Presence,
    TicketStatus,
)
from gateway.services import aftercare, offers
from gateway.services.ports import Ambiguous, Carrier, NotSent, Placed
from gateway.services.rates import BOUNDLESS, Rates
from gateway.services.work import Job, Unit, Work

RING_S: Final = 30
PLACING_LEASE: Final = timedelta(seconds=30)
CONFIRM_LEASE: Final = timedelta(seconds=60)
CALL_BACK_AFTER_FAILURE: Final = timedelta(minutes=1)
_OPEN = (OutboundStatus.QUEUED, OutboundStatus.PLACING, OutboundStatus.PLACED)


def call_back(
    unit: Unit, caller_id: str, *, carrier: str, after: timedelta, our_number: str | None
) -> None:
    """Mean to call this number; a call that is already meant or ringing is not doubled."""
    if not has_open_call(unit, caller_id):
        call = _new(unit, caller_id, carrier=carrier, flow="inbound", due_at=unit.now + after)
        call.our_number = our_number
        _queue(unit, call)


def call_for_offer(unit: Unit, offer_id: str, *, caller_id: str, carrier: str) -> None:
    """Mean to bring the patient to a doctor who is reserved for her."""
    call = _new(unit, caller_id, carrier=carrier, flow="callback", due_at=unit.now)
    call.offer_id = offer_id
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


class Placing:
    """Places the calls that are meant, without ever ringing twice for one intent."""

    def __init__(
        self, *, work: Work, carriers: dict[str, Carrier], hours: Hours, rates: Rates
    ) -> None:
        self._work = work
        self._rates = rates
        self._carriers = carriers
        self._hours = hours

    def place(self, outbound_id: str) -> None:
        """Place the call if it is still meant; idempotent, and safe to run twice at once.

        Where the rate lets none go, it stays queued, and the sweeper hints it again.
        """
        with self._work.begin() as unit:
            call = unit.db.get_one(OutboundCall, outbound_id)
            if not self._has_room(unit, call):
                return
            claimed = unit.move(
                OutboundCall,
                outbound_id,
                OutboundStatus.PLACING,
                origins=(OutboundStatus.QUEUED,),
                lease_until=unit.now + PLACING_LEASE,
            )
            if not claimed:
                return
            phone = unit.db.get_one(Caller, call.caller_id).phone_e164
            if not _is_still_wanted(unit, call, self._hours):
                unanswered(unit, outbound_id)
                return
            self._rates.spend(unit, Traffic.CALLS, call.carrier, 1)
        result = self._carriers[call.carrier].place_call(phone, intent=outbound_id, ring_s=RING_S)
        with self._work.begin() as unit:
            match result:
                case Placed(provider_id):
                    unit.move(
                        OutboundCall,
                        outbound_id,
                        OutboundStatus.PLACED,
                        provider_call_id=provider_id,
                        lease_until=unit.now + timedelta(seconds=RING_S) + CONFIRM_LEASE,
                    )
                case NotSent():
                    unit.move(
                        OutboundCall,
                        outbound_id,
                        OutboundStatus.QUEUED,
                        due_at=unit.now + timedelta(seconds=5),
                    )
                case Ambiguous():
                    # It may ring already: the lease runs on, then the sweeper asks the carrier.
                    unit.note("outbound_calls", outbound_id, "ambiguous")
                case _:
                    unanswered(unit, outbound_id)

    def _has_room(self, unit: Unit, call: OutboundCall) -> bool:
        """May one more be placed now, besides those that are due and more urgent?"""
        room = self._rates.room(unit, Traffic.CALLS, call.carrier)
        if room == BOUNDLESS:
            return True
        before_it = unit.db.scalar(
            select(func.count()).where(
                OutboundCall.status == OutboundStatus.QUEUED,
                OutboundCall.due_at <= unit.now,
                OutboundCall.carrier == call.carrier,
                urgency_rank() < _rank_of(call),
            )
        )
        return room.free >= 1 + (before_it or 0)

    def reconcile(self, outbound_id: str) -> None:
        """The lease of a try ran out without a word: ask the carrier, never dial blindly."""
        with self._work.begin() as unit:
            call = unit.db.get_one(OutboundCall, outbound_id)
            if call.status is not OutboundStatus.PLACING:
                return
            phone = unit.db.get_one(Caller, call.caller_id).phone_e164
        found = self._carriers[call.carrier].find_call(phone, intent=outbound_id, since=call.due_at)
        with self._work.begin() as unit:
            match found:
                case Placed(provider_id):
                    unit.move(
                        OutboundCall,
                        outbound_id,
                        OutboundStatus.PLACED,
                        provider_call_id=provider_id,
                        lease_until=unit.now + CONFIRM_LEASE,
                    )
                case None:
                    unit.move(OutboundCall, outbound_id, OutboundStatus.QUEUED, due_at=unit.now)
                    unit.hint(Job.PLACE_CALL, outbound_id)
                case _:
                    return


def urgency_rank() -> ColumnElement[int]:
    """Of calls to place: first where a doctor is reserved, then who waits, then aftercare."""
    return case(
        (OutboundCall.offer_id.is_not(None), 0),
        (OutboundCall.aftercare_id.is_(None), 1),
        else_=2,
    )


def _rank_of(call: OutboundCall) -> int:
    if call.offer_id is not None:
        return 0
    return 1 if call.aftercare_id is None else 2


def unanswered(unit: Unit, outbound_id: str) -> None:
    """The try failed: busy, no answer, a dead number, or hung up before she said she is there."""
    moved = unit.move(OutboundCall, outbound_id, OutboundStatus.FAILED)
    if moved:
        _climb(unit, unit.db.get_one(OutboundCall, outbound_id))


def line_ended(unit: Unit, outbound_id: str) -> None:
    """The leg of an outbound call has ended; unconfirmed, it counts as a failed try."""
    if not unit.move(OutboundCall, outbound_id, OutboundStatus.ENDED):
        return
    call = unit.db.get_one(OutboundCall, outbound_id)
    if call.offer_id is not None or call.aftercare_id is not None:
        _climb(unit, call)


def _is_still_wanted(unit: Unit, call: OutboundCall, hours: Hours) -> bool:
    """Is there still what it is for, and is it a time at which it may ring?

    A call that the carrier did not take for hours would else wake a family at night.
    """
    if call.aftercare_id is not None:
        row = unit.db.get_one(Aftercare, call.aftercare_id)
        return row.status is AftercareStatus.CALLING and hours.calls[row.kind].holds(unit.now)
    offer = unit.db.get(Offer, call.offer_id) if call.offer_id else None
    return call.offer_id is None or (offer is not None and offer.status is OfferStatus.PENDING)


def _climb(unit: Unit, call: OutboundCall) -> None:
    """Go up the ladder of tries: the doctor is free at once, the patient is tried again later."""
    if call.aftercare_id is not None:
        aftercare.not_reached(unit, call.aftercare_id)
        return
    if call.offer_id is None:
        gap = unit.rules.call_back.gap(call.attempts + 1)
        if gap is not None:
            again = _new(
                unit, call.caller_id, carrier=call.carrier, flow=call.flow, due_at=unit.now + gap
            )
            again.attempts, again.our_number = call.attempts + 1, call.our_number
            # The first of a chain of tries dates them all: the place counts from the missed call.
            again.created_at = call.created_at
            _queue(unit, again)
        return
    offer = unit.db.get_one(Offer, call.offer_id)
    if offer.status is not OfferStatus.PENDING:
        # She came to the doctor by another line meanwhile, or the offer has ended.
        return
    offers.release(unit, ticket_id=offer.ticket_id, to=OfferStatus.CANCELLED)
    ticket = unit.db.get_one(Ticket, offer.ticket_id, populate_existing=True)
    if ticket.status is not TicketStatus.WAITING or ticket.presence is not Presence.AWAY:
        return
    ticket.call_back_attempts += 1
    gap = unit.rules.call_back.gap(ticket.call_back_attempts)
    if gap is None:
        unit.db.flush()
        unit.move(Ticket, ticket.id, TicketStatus.UNREACHABLE, closed_at=unit.now)
    else:
        ticket.call_back_due_at = unit.now + gap
