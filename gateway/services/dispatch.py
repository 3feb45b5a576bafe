"""Dispatch: free doctors meet those who wait; each match is claimed under a lease."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import and_, or_, select

from gateway.db.models import Call, Doctor, Offer, Ticket
from gateway.db.models.base import new_id
from gateway.domain.states import DoctorStatus, OfferStatus, Presence, TicketStatus
from gateway.domain.waiting_room import FreeDoctor, Waiting, next_ticket
from gateway.services import offers, outbound
from gateway.services.ports import Carrier
from gateway.services.tickets import line_is_engaged
from gateway.services.work import Job, Unit, Work

# Longer than the call may be without a word, so that an unanswered one climbs her ladder first.
CALL_BACK_LEASE: Final = (
    timedelta(seconds=outbound.RING_S) + outbound.CONFIRM_LEASE + 2 * outbound.PLACING_LEASE
)
# A doctor who let this patient go is not asked again for a while, so that another may answer.
SPARED_FOR: Final = timedelta(minutes=3)
CONSIDERED: Final = 200
_LET_GO: Final = (OfferStatus.DECLINED, OfferStatus.NO_ANSWER)


class Dispatch:
    """Claims and connects."""

    def __init__(self, *, work: Work, carriers: dict[str, Carrier], default_carrier: str) -> None:
        self._work = work
        self._carriers = carriers
        self._default_carrier = default_carrier

    def dispatch(self) -> int:
        """Offer as many waiting tickets as there are doctors free; return how many."""
        claimed = 0
        while self._claim_one():
            claimed += 1
        return claimed

    def _claim_one(self) -> bool:
        with self._work.begin() as unit:
            doctors = unit.db.scalars(
                select(Doctor).where(Doctor.status == DoctorStatus.AVAILABLE).order_by(Doctor.id)
            ).all()
            if not doctors:
                return False
            waiting = _waiting(unit)
            for doctor in doctors:
                free = FreeDoctor(doctor.id, doctor.languages)
                chosen = next_ticket(waiting, doctor=free, now=unit.now)
                if chosen is not None and self._claim(unit, chosen.ticket_id, doctor.id):
                    return True
        return False

    def _claim(self, unit: Unit, ticket_id: int, doctor_id: str) -> bool:
        """Reserve both or neither: a compare-and-set each, in one transaction."""
        held = unit.db.begin_nested()
        both = unit.move(
            Ticket, ticket_id, TicketStatus.ENGAGED, origins=(TicketStatus.WAITING,)
        ) and unit.move(Doctor, doctor_id, DoctorStatus.ENGAGED, origins=(DoctorStatus.AVAILABLE,))
        if not both:
            held.rollback()
            unit.events.clear()
            return False
        ticket = unit.db.get_one(Ticket, ticket_id, populate_existing=True)
        away = ticket.presence is Presence.AWAY
        offer = Offer(
            id=new_id(),
            ticket_id=ticket_id,
            doctor_id=doctor_id,
            status=OfferStatus.PENDING,
            lease_until=unit.now + (CALL_BACK_LEASE if away else offers.HOLDING_LEASE),
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
                lease_until=unit.now + offers.HOLDING_LEASE,
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


def _waiting(unit: Unit) -> list[Waiting]:
    rows = unit.db.execute(
        select(Ticket.id, Ticket.urgency, Ticket.language, Ticket.joined_at)
        .where(
            Ticket.status == TicketStatus.WAITING,
            ~line_is_engaged(),
            or_(
                Ticket.presence == Presence.HOLDING,
                and_(Ticket.presence == Presence.AWAY, Ticket.call_back_due_at <= unit.now),
            ),
        )
        .order_by(Ticket.urgency_rank, Ticket.joined_at)
        .limit(CONSIDERED)
    ).all()
    let_go: dict[int, set[str]] = {}
    for ticket_id, doctor_id in unit.db.execute(
        select(Offer.ticket_id, Offer.doctor_id).where(
            Offer.status.in_(_LET_GO), Offer.ended_at > unit.now - SPARED_FOR
        )
    ).all():
        let_go.setdefault(ticket_id, set()).add(doctor_id)
    return [
        Waiting(row.id, row.urgency, row.language, row.joined_at, let_go.get(row.id, set()))
        for row in rows
    ]
