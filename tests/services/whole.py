"""What must hold at every moment, whatever happened in whatever order, and also at once."""

from __future__ import annotations

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gateway.db.models import Consultation, Doctor, Offer, Ticket
from gateway.domain.states import (
    LIVE_OFFERS,
    ConsultationStatus,
    DoctorStatus,
    OfferStatus,
    Presence,
    TicketStatus,
)


def assert_whole(engine: Engine) -> None:
    """Nobody is held twice, or by nothing; nobody who waits is forgotten; no talk stays open."""
    one_moment = engine.execution_options(isolation_level=_ONE_MOMENT[engine.dialect.name])
    with Session(one_moment) as db:
        live = db.execute(
            select(Offer.id, Offer.ticket_id, Offer.doctor_id, Offer.status).where(
                Offer.status.in_(LIVE_OFFERS)
            )
        ).all()
        engaged = db.scalars(select(Ticket.id).where(Ticket.status == TicketStatus.ENGAGED))
        assert sorted(offer.ticket_id for offer in live) == sorted(engaged), "tickets held"
        busy = db.scalars(select(Doctor.id).where(Doctor.status == DoctorStatus.ENGAGED))
        assert sorted(offer.doctor_id for offer in live) == sorted(busy), "doctors held"
        is_open = Consultation.status == ConsultationStatus.OPEN
        talks = db.scalars(select(Consultation.offer_id).where(is_open))
        accepted = [offer.id for offer in live if offer.status is OfferStatus.ACCEPTED]
        assert sorted(accepted) == sorted(talks), "talks open"
        away = (Ticket.status == TicketStatus.WAITING, Ticket.presence == Presence.AWAY)
        forgotten = select(Ticket.id).where(*away, Ticket.call_back_due_at.is_(None))
        assert not db.scalars(forgotten).all(), "never called back"


_ONE_MOMENT = {"postgresql": "REPEATABLE READ", "sqlite": "SERIALIZABLE"}
