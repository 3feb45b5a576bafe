"""Dispatch: free doctors meet those who wait; each match is claimed under a lease."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from gateway.db.models import Call, Doctor, Offer, Ticket
from gateway.db.models.base import new_id
from gateway.domain.states import DoctorStatus, OfferStatus, Presence, TicketStatus
from gateway.domain.waiting_room import FreeDoctor, Waiting
from gateway.services import outbound
from gateway.services.ports import Carrier
from gateway.services.tickets import line_is_engaged
from gateway.services.turns import Turns
from gateway.services.work import Job, Unit, Work

# Longer than the call may be without a word, so that an unanswered one climbs her ladder first.
CALL_BACK_LEASE: Final = (
    timedelta(seconds=outbound.RING_S) + outbound.CONFIRM_LEASE + 2 * outbound.PLACING_LEASE
)
# Another dispatcher may be quicker; after so many lost claims the next hint goes on.
MOST_LOST: Final = 20


class Dispatch:
    """Claims and connects."""

    def __init__(
        self,
        *,
        work: Work,
        carriers: dict[str, Carrier],
        default_carrier: str,
    ) -> None:
        self._work = work
        self._carriers = carriers
        self._default_carrier = default_carrier

    def dispatch(self) -> int:
        """Offer as many waiting tickets as there are doctors free; return how many."""
        claimed = lost = 0
        while lost < MOST_LOST:
            match self._claim_one():
                case True:
                    claimed += 1
                case False:
                    lost += 1
                case None:
                    break
        return claimed

    def _claim_one(self) -> bool | None:
        """Claim one match; False when another was quicker, None when nobody can be matched."""
        with self._work.begin() as unit:
            turns = Turns(unit)
            for doctor, ticket in turns.matches():
                return self._claim(unit, turns, doctor, ticket)
        return None

    def _claim(self, unit: Unit, turns: Turns, doctor: FreeDoctor, next_: Waiting) -> bool:
        """Reserve both or neither: a compare-and-set each, in one transaction."""
        ticket_id, doctor_id, noted = next_.ticket_id, doctor.doctor_id, len(unit.events)
        held = unit.db.begin_nested()
        both = unit.move(
            Ticket, ticket_id, TicketStatus.ENGAGED, origins=(TicketStatus.WAITING,)
        ) and unit.move(Doctor, doctor_id, DoctorStatus.ENGAGED, origins=(DoctorStatus.AVAILABLE,))
        if not both:
            held.rollback()
            del unit.events[noted:]
            return False
        ticket = unit.db.get_one(Ticket, ticket_id, populate_existing=True)
        away = ticket.presence is Presence.AWAY
        offer = Offer(
            id=new_id(),
            ticket_id=ticket_id,
            doctor_id=doctor_id,
            status=OfferStatus.PENDING,
            lease_until=unit.now + (CALL_BACK_LEASE if away else unit.rules.holding.lease),
            reasons=turns.reasons(doctor, next_, urgency=ticket.urgency),
            created_at=unit.now,
        )
        unit.db.add(offer)
        unit.db.flush()
        held.commit()
        unit.note("offers", offer.id, "pending")
        if away and ticket.caller_id is not None:
            outbound.call_for_offer(
                unit, offer.id, caller_id=ticket.caller_id, carrier=self._default_carrier
            )
        else:
            unit.hint(Job.CONNECT_OFFER, offer.id)
        return True

    def connect(self, offer_id: str) -> None:
        """Bring the holding patient to her doctor at once, not at the end of her hold music.

        Losing this request is harmless: the hold loop finds the offer when the lease is over.
        """
        with self._work.begin() as unit:
            claimed = unit.move(
                Offer,
                offer_id,
                OfferStatus.CONNECTING,
                origins=(OfferStatus.PENDING,),
                lease_until=unit.now + unit.rules.holding.lease,
            )
            row = unit.db.execute(
                select(Call.carrier, Call.provider_call_id)
                .join(Ticket, Ticket.call_id == Call.id)
                .join(Offer, Offer.ticket_id == Ticket.id)
                # Two that were claimed at once for one line would cut each other off.
                .where(Offer.id == offer_id, Call.ended_at.is_(None), ~line_is_engaged())
            ).one_or_none()
            if not claimed or row is None:
                return
            carrier, provider_call_id = row
        self._carriers[carrier].redirect_to_offer(provider_call_id, offer_id=offer_id)
