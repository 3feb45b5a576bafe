"""Placing calls: each intent rings once, and the carrier is asked before anything is done again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, case, func, or_, select, update

from gateway.db.models import Aftercare, Caller, Offer, OutboundCall
from gateway.domain.hours import Hours
from gateway.domain.rates import Traffic
from gateway.domain.states import AftercareStatus, OfferStatus, OutboundStatus
from gateway.services import aftercare, outbound
from gateway.services.outbound import CONFIRM_LEASE, PLACING_LEASE, RING_S
from gateway.services.ports import Ambiguous, Carrier, NotSent, Placed
from gateway.services.ports import Placing as PlacingResult
from gateway.services.rates import BOUNDLESS, Rates
from gateway.services.work import Job, Unit, Work

# A try of which the carrier tells nothing for so long after its lease rings no more.
UNTOLD_FOR: Final = timedelta(seconds=RING_S) + CONFIRM_LEASE
# A carrier may keep a call queued for hours (Twilio beyond one a second: up to a day). Whoever is
# called back waits so long for it; a doctor who is reserved waits no longer than a ring.
QUEUED_FOR: Final = timedelta(minutes=10)
# One that can be neither asked nor stopped is given up after this.
GIVEN_UP_AFTER: Final = timedelta(hours=1)
# She is on a line with us: we look again after this.
BUSY_FOR: Final = timedelta(minutes=1)


class Placing:
    """Places the calls that are meant, without ever ringing twice for one intent.

    default_carrier: places what was meant for a carrier whose account is gone since.
    """

    def __init__(
        self,
        *,
        work: Work,
        carriers: Mapping[str, Carrier],
        default_carrier: str,
        hours: Hours,
        rates: Rates,
    ) -> None:
        self._work = work
        self._rates = rates
        self._carriers = carriers
        self._default_carrier = default_carrier
        self._hours = hours

    def place(self, outbound_id: str) -> None:
        """Place the call if it is still meant; idempotent, and safe to run twice at once.

        Where the rate lets none go, it stays queued, and the sweeper hints it again.
        """
        with self._work.begin() as unit:
            claimed = self._claim(unit, outbound_id)
        if claimed is None:
            return
        phone, carrier = claimed
        result = self._carriers[carrier].place_call(phone, intent=outbound_id, ring_s=RING_S)
        with self._work.begin() as unit:
            _store(unit, outbound_id, result)

    def _claim(self, unit: Unit, outbound_id: str) -> tuple[str, str] | None:
        """Take it, if it may ring now; return its phone and the carrier to place it by."""
        call = unit.db.get_one(OutboundCall, outbound_id)
        if call.carrier not in self._carriers:
            call.carrier = self._default_carrier
            unit.db.flush()
        if not self._has_room(unit, call) or _waits_for_her_line(unit, call):
            return None
        claimed = unit.move(
            OutboundCall,
            outbound_id,
            OutboundStatus.PLACING,
            origins=(OutboundStatus.QUEUED,),
            lease_until=unit.now + PLACING_LEASE,
            due_at=unit.now,  # from now on the carrier may know of it
        )
        if not claimed:
            return None
        self._put_off_for_the_night(unit, call)
        if not _is_still_wanted(unit, call):
            outbound.unanswered(unit, outbound_id)
            return None
        self._rates.spend(unit, Traffic.CALLS, call.carrier, 1)
        return unit.db.get_one(Caller, call.caller_id).phone_e164, call.carrier

    def _put_off_for_the_night(self, unit: Unit, call: OutboundCall) -> None:
        """A call that the carrier did not take for hours would else wake a family."""
        if call.aftercare_id is not None:
            kind = unit.db.get_one(Aftercare, call.aftercare_id).kind
            if not self._hours.calls[kind].holds(unit.now):
                aftercare.put_off(unit, call.aftercare_id)

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
            carrier = self._carriers.get(call.carrier)
            if carrier is None:
                # It may have rung; nothing can be asked of an account that is no more.
                outbound.unanswered(unit, outbound_id)
                return
            phone = unit.db.get_one(Caller, call.caller_id).phone_e164
        found = carrier.find_call(phone, intent=outbound_id, since=call.due_at)
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
                case _ if unit.now >= (call.lease_until or unit.now) + UNTOLD_FOR:
                    outbound.unanswered(unit, outbound_id)
                case _:
                    return

    def look(self, outbound_id: str) -> None:
        """A placed call was neither answered nor ended when its lease ran out: is it still queued?

        It is waited for within a bound, then stopped; only what rings no more is tried again.
        """
        with self._work.begin() as unit:
            call = unit.db.get_one(OutboundCall, outbound_id)
            if not _is_silent(call, unit):
                return
            awaited = call.offer_id or call.joins_offer_id
            waits = awaited is None and unit.now < call.due_at + QUEUED_FOR
            gone = unit.now >= call.due_at + GIVEN_UP_AFTER
        rings_no_more = gone or self._rings_no_more(call, waits=waits)
        with self._work.begin() as unit:
            if rings_no_more:
                outbound.unanswered(unit, outbound_id)
                return
            held = (OutboundCall.id == outbound_id, OutboundCall.status == OutboundStatus.PLACED)
            unit.change(
                update(OutboundCall).where(*held).values(lease_until=unit.now + CONFIRM_LEASE)
            )

    def _rings_no_more(self, call: OutboundCall, *, waits: bool) -> bool:
        carrier = self._carriers.get(call.carrier)
        if carrier is None or call.provider_call_id is None:
            return True
        if carrier.has_ended(call.provider_call_id):
            return True
        return not waits and not isinstance(
            carrier.end_call(call.provider_call_id), Ambiguous | NotSent
        )


def _store(unit: Unit, outbound_id: str, result: PlacingResult) -> None:
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
            outbound.unanswered(unit, outbound_id)


def _is_silent(call: OutboundCall, unit: Unit) -> bool:
    return (
        call.status is OutboundStatus.PLACED
        and call.lease_until is not None
        and call.lease_until <= unit.now
    )


def _waits_for_her_line(unit: Unit, call: OutboundCall) -> bool:
    """Put it off while she is on the line with us: it would find her engaged."""
    if not outbound.is_return(call) or not outbound.is_on_the_line(unit, call.caller_id):
        return False
    queued = (OutboundCall.id == call.id, OutboundCall.status == OutboundStatus.QUEUED)
    unit.change(update(OutboundCall).where(*queued).values(due_at=unit.now + BUSY_FOR))
    return True


def urgency_rank() -> ColumnElement[int]:
    """Of calls to place: first where a doctor is reserved, then who waits, then aftercare."""
    return case(
        (or_(OutboundCall.offer_id.is_not(None), OutboundCall.joins_offer_id.is_not(None)), 0),
        (OutboundCall.aftercare_id.is_(None), 1),
        else_=2,
    )


def _rank_of(call: OutboundCall) -> int:
    if call.offer_id is not None or call.joins_offer_id is not None:
        return 0
    return 1 if call.aftercare_id is None else 2


def _is_still_wanted(unit: Unit, call: OutboundCall) -> bool:
    """Is there still what it is for?"""
    if call.joins_offer_id is not None:
        return unit.db.get_one(Offer, call.joins_offer_id).status is OfferStatus.ACCEPTED
    if call.aftercare_id is not None:
        row = unit.db.get_one(Aftercare, call.aftercare_id, populate_existing=True)
        return row.status is AftercareStatus.CALLING
    if call.offer_id is None:
        return not outbound.has_asked_since(unit, call)
    return unit.db.get_one(Offer, call.offer_id).status is OfferStatus.PENDING
