"""Calls that we place: call-backs of tickets, of missed calls and of calls that we broke."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from gateway.db.models import Caller, Offer, OutboundCall, Ticket
from gateway.db.models.base import new_id
from gateway.domain.states import OfferStatus, OutboundStatus, Presence, TicketStatus
from gateway.domain.waiting_room import call_back_gap
from gateway.services import offers
from gateway.services.ports import Ambiguous, Carrier, NotSent, Placed
from gateway.services.turning import Turning
from gateway.services.work import Job, Unit, Work
from ivr_flows.engine.session import EffectDone

RING_S: Final = 30
PLACING_LEASE: Final = timedelta(seconds=30)
CONFIRM_LEASE: Final = timedelta(seconds=60)
_OPEN = (OutboundStatus.QUEUED, OutboundStatus.PLACING, OutboundStatus.PLACED)


def call_back(unit: Unit, caller_id: str, *, carrier: str, flow: str, after: timedelta) -> None:
    """Mean to call this number; a call that is already meant or ringing is not doubled."""
    open_call = unit.db.scalar(
        select(OutboundCall.id)
        .where(OutboundCall.caller_id == caller_id, OutboundCall.status.in_(_OPEN))
        .limit(1)
    )
    if open_call is None:
        _queue(unit, caller_id, carrier=carrier, flow=flow, after=after)


def call_for_offer(unit: Unit, offer_id: str, *, caller_id: str, carrier: str) -> None:
    """Mean to bring the patient to a doctor who is reserved for her."""
    _queue(unit, caller_id, carrier=carrier, flow="callback", after=timedelta(0), offer_id=offer_id)


def _queue(
    unit: Unit,
    caller_id: str,
    *,
    carrier: str,
    flow: str,
    after: timedelta,
    offer_id: str | None = None,
    earlier: OutboundCall | None = None,
) -> None:
    call = OutboundCall(
        id=new_id(),
        caller_id=caller_id,
        offer_id=offer_id,
        flow=flow,
        status=OutboundStatus.QUEUED,
        carrier=carrier,
        attempts=earlier.attempts + 1 if earlier else 0,
        due_at=unit.now + after,
        # The first of a chain of tries dates them all: the place counts from the missed call.
        created_at=earlier.created_at if earlier else unit.now,
    )
    unit.db.add(call)
    unit.db.flush()
    unit.note("outbound_calls", call.id, "queued")
    if not after:
        unit.hint(Job.PLACE_CALL, call.id)


class Placing:
    """Places the calls that are meant, without ever ringing twice for one intent."""

    def __init__(self, *, work: Work, carriers: dict[str, Carrier]) -> None:
        self._work = work
        self._carriers = carriers

    def place(self, outbound_id: str) -> None:
        """Place the call if it is still meant; idempotent, and safe to run twice at once."""
        with self._work.begin() as unit:
            claimed = unit.move(
                OutboundCall,
                outbound_id,
                OutboundStatus.PLACING,
                origins=(OutboundStatus.QUEUED,),
                lease_until=unit.now + PLACING_LEASE,
            )
            if not claimed:
                return
            call = unit.db.get_one(OutboundCall, outbound_id)
            phone = unit.db.get_one(Caller, call.caller_id).phone_e164
            offer = unit.db.get(Offer, call.offer_id) if call.offer_id else None
            if call.offer_id and (offer is None or offer.status is not OfferStatus.PENDING):
                unit.move(OutboundCall, outbound_id, OutboundStatus.FAILED)
                return
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
    offer = unit.db.get(Offer, call.offer_id) if call.offer_id else None
    if offer is not None and offer.status is OfferStatus.PENDING:
        _climb(unit, call)


def _climb(unit: Unit, call: OutboundCall) -> None:
    """Go up the ladder of tries: the doctor is free at once, the patient is tried again later."""
    if call.offer_id is None:
        gap = call_back_gap(call.attempts + 1)
        if gap is not None:
            _queue(
                unit, call.caller_id, carrier=call.carrier, flow=call.flow, after=gap, earlier=call
            )
        return
    offer = unit.db.get_one(Offer, call.offer_id)
    offers.release(unit, ticket_id=offer.ticket_id, to=OfferStatus.CANCELLED)
    ticket = unit.db.get_one(Ticket, offer.ticket_id, populate_existing=True)
    if ticket.status is not TicketStatus.WAITING or ticket.presence is not Presence.AWAY:
        return
    ticket.call_back_attempts += 1
    gap = call_back_gap(ticket.call_back_attempts)
    if gap is None:
        unit.db.flush()
        unit.move(Ticket, ticket.id, TicketStatus.UNREACHABLE, closed_at=unit.now)
    else:
        ticket.call_back_due_at = unit.now + gap


def open_call_back(turning: Turning) -> EffectDone:
    """An answered call-back: is her ticket still open, and the doctor still reserved?"""
    ticket = _ticket(turning)
    if ticket is None:
        return EffectDone("gone")
    return EffectDone("open", {"token": ticket.token})


def confirm_call_back(turning: Turning) -> EffectDone:
    """She is there: the reserved doctor is kept a while longer, and the hold loop rings her."""
    ticket = _ticket(turning)
    if ticket is None:
        return EffectDone("gone")
    unit = turning.unit
    ticket.call_id, ticket.presence = turning.call.id, Presence.ARRIVING
    ticket.call_back_due_at, ticket.call_back_attempts = None, 0
    ticket.seen_at = unit.now
    turning.state.ticket_id, turning.state.patient_id = ticket.id, ticket.patient_id
    offer = _offer(turning)
    if offer is not None and offer.status is OfferStatus.PENDING:
        offer.lease_until = unit.now + CONFIRM_LEASE
    return EffectDone("ok")


def decline_call_back(turning: Turning) -> EffectDone:
    """She no longer needs the call; her ticket is closed and the doctor is free."""
    ticket = _ticket(turning)
    if ticket is None:
        return EffectDone("gone")
    offers.release(turning.unit, ticket_id=ticket.id, to=OfferStatus.CANCELLED)
    turning.unit.move(Ticket, ticket.id, TicketStatus.CANCELLED, closed_at=turning.unit.now)
    return EffectDone("ok")


def _offer(turning: Turning) -> Offer | None:
    return turning.unit.db.scalar(
        select(Offer)
        .join(OutboundCall, OutboundCall.offer_id == Offer.id)
        .where(OutboundCall.id == turning.call.outbound_call_id)
    )


def _ticket(turning: Turning) -> Ticket | None:
    return turning.unit.db.scalar(
        select(Ticket)
        .join(Offer, Offer.ticket_id == Ticket.id)
        .join(OutboundCall, OutboundCall.offer_id == Offer.id)
        .where(
            OutboundCall.id == turning.call.outbound_call_id,
            Ticket.status.in_((TicketStatus.WAITING, TicketStatus.ENGAGED)),
        )
    )
