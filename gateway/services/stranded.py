"""What nothing holds any more and nothing lets go: by the order of locks it cannot come about, and
what an older version or a hand in the database left is set right all the same (docs/states.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import exists, select

from gateway.db.models import Consultation, Doctor, Offer, Ticket
from gateway.domain.states import (
    LIVE_OFFERS,
    ConsultationStatus,
    DoctorStatus,
    OfferStatus,
    TicketStatus,
)
from gateway.services.work import Job, Unit

BATCH: Final = 200
_IS_LIVE: Final = Offer.status.in_(LIVE_OFFERS)


def doctors(unit: Unit) -> Sequence[str]:
    """Engaged without a live offer."""
    held = exists().where(Offer.doctor_id == Doctor.id, _IS_LIVE)
    lost = select(Doctor.id).where(Doctor.status == DoctorStatus.ENGAGED, ~held)
    return unit.db.scalars(lost.limit(BATCH)).all()


def free_doctor(unit: Unit, doctor_id: str) -> bool:
    """Free her if she is held by nothing; tell whether.

    Her row is locked before her offers are looked at: whoever claims her writes it too, so no claim
    can come between the look and the move.
    """
    unit.lock(Doctor, Doctor.id == doctor_id)
    held = select(Offer.id).where(Offer.doctor_id == doctor_id, _IS_LIVE)
    if unit.db.scalar(held.limit(1)) is not None:
        return False
    return unit.move(Doctor, doctor_id, DoctorStatus.AVAILABLE, origins=(DoctorStatus.ENGAGED,))


def tickets(unit: Unit) -> Sequence[int]:
    """Engaged without a live offer."""
    held = exists().where(Offer.ticket_id == Ticket.id, _IS_LIVE)
    lost = select(Ticket.id).where(Ticket.status == TicketStatus.ENGAGED, ~held)
    return unit.db.scalars(lost.limit(BATCH)).all()


def free_ticket(unit: Unit, ticket_id: int) -> bool:
    """Let her wait on if she is held by nothing; tell whether."""
    unit.lock(Ticket, Ticket.id == ticket_id)
    held = select(Offer.id).where(Offer.ticket_id == ticket_id, _IS_LIVE)
    if unit.db.scalar(held.limit(1)) is not None:
        return False
    unit.hint(Job.DISPATCH)
    return unit.move(Ticket, ticket_id, TicketStatus.WAITING, origins=(TicketStatus.ENGAGED,))


def consultations(unit: Unit) -> Sequence[str]:
    """Open, though their talk is over."""
    over = (
        select(Consultation.id)
        .join(Offer, Offer.id == Consultation.offer_id)
        .where(Consultation.status == ConsultationStatus.OPEN, Offer.status != OfferStatus.ACCEPTED)
    )
    return unit.db.scalars(over.limit(BATCH)).all()


def end_consultation(unit: Unit, consultation_id: str) -> bool:
    """End it as its offer ended, of which nobody measured the talk; tell whether."""
    offer, ended_as = unit.db.execute(
        select(Offer.ended_at, Offer.status)
        .join(Consultation, Consultation.offer_id == Offer.id)
        .where(Consultation.id == consultation_id)
    ).one()
    talked = ended_as is OfferStatus.ENDED
    return unit.move(
        Consultation,
        consultation_id,
        ConsultationStatus.TALKED if talked else ConsultationStatus.NOT_JOINED,
        ended_at=offer or unit.now,
    )
