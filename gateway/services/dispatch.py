"""Dispatch: free doctors meet those who wait; each match is claimed under a lease."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.db.models import Call, Doctor, Offer, Ticket
from gateway.db.models.base import new_id
from gateway.domain.states import DoctorStatus, OfferStatus, Presence, TicketStatus
from gateway.domain.waiting_room import FreeDoctor, Waiting
from gateway.services import lines, offers, outbound, rota, tickets, waiting_room
from gateway.services.ports import AlreadyEnded, Carrier
from gateway.services.turns import Turns, is_there
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
        """Offer as many waiting tickets as there are doctors free; return how many.

        Whoever's pause is over is free, whether or not the sweeper has come round.
        """
        self._work.run(rota.end_pauses)
        claimed = lost = 0
        while lost < MOST_LOST:
            match self._work.run(self._claim_one):
                case True:
                    claimed += 1
                case False:
                    lost += 1
                case None:
                    break
        return claimed

    def _claim_one(self, unit: Unit) -> bool | None:
        """Claim one match; False when another was quicker, None when nobody can be matched."""
        turns = Turns(unit)
        for doctor, ticket in turns.matches():
            return self._claim(unit, turns, doctor, ticket)
        return None

    def _claim(self, unit: Unit, turns: Turns, doctor: FreeDoctor, next_: Waiting) -> bool:
        """Reserve both or neither, as they are once they are locked."""
        ticket, doctor_id = tickets.lock_next(unit, next_.ticket_id), doctor.doctor_id
        if ticket is None or not is_there(ticket, unit.now):
            return False
        free = (DoctorStatus.AVAILABLE,)
        if not unit.move(Doctor, doctor_id, DoctorStatus.ENGAGED, origins=free):
            return False
        unit.move(Ticket, ticket.id, TicketStatus.ENGAGED)
        away = ticket.presence is Presence.AWAY
        offer = Offer(
            id=new_id(),
            ticket_id=ticket.id,
            doctor_id=doctor_id,
            status=OfferStatus.PENDING,
            lease_until=unit.now + (CALL_BACK_LEASE if away else unit.rules.holding.lease),
            reasons=turns.reasons(doctor, next_, urgency=ticket.urgency),
            created_at=unit.now,
        )
        unit.db.add(offer)
        unit.db.flush()
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

        Losing this request is harmless: the hold loop finds the offer when the lease is over. When
        her line is gone the doctor is free at once, and she is called back.
        """
        line = self._work.run(lambda unit: self._line_of(unit, offer_id))
        if line is None:
            return
        call_id, carrier, provider_call_id = line
        told = self._carriers[carrier].redirect_to_offer(provider_call_id, offer_id=offer_id)
        if isinstance(told, AlreadyEnded):
            self._work.run(lambda unit: lines.lose(unit, call_id))

    def _line_of(self, unit: Unit, offer_id: str) -> tuple[str, str, str] | None:
        """Claim the request for this offer; return the line: its id, carrier and the carrier's id.

        None when the offer is not there to be connected, or no line is.
        """
        ticket = offers.begin_to_connect(unit, offer_id)
        if ticket is None:
            return None
        call = unit.db.get(Call, ticket.call_id) if ticket.call_id else None
        if call is None or call.ended_at is not None:
            waiting_room.step_out(unit, ticket, after=unit.rules.call_back.after_drop)
            return None
        return call.id, call.carrier, call.provider_call_id
