"""Offers: a ticket held for a doctor under a lease, from the claim to the end of the talk."""

from __future__ import annotations

from sqlalchemy import select

from gateway.db.models import Consultation, Doctor, Offer, Patient, Presentation, Ticket
from gateway.db.models.base import new_id
from gateway.domain.states import (
    LIVE_OFFERS,
    ConsultationStatus,
    DoctorStatus,
    OfferStatus,
    TicketStatus,
)
from gateway.services import shifts
from gateway.services.households import age_years
from gateway.services.presenting import whispered
from gateway.services.turning import Turning
from gateway.services.work import Job, Unit
from ivr_flows.engine.session import EffectDone

_RINGING = (OfferStatus.PENDING, OfferStatus.CONNECTING, OfferStatus.RINGING)


def brief(turning: Turning) -> EffectDone:
    """What the doctor hears before she decides: no name and no number of the patient.

    An age that nobody told is null, and a sex "unknown".
    """
    unit = turning.unit
    row = unit.db.execute(
        select(Ticket, Patient, Presentation)
        .join(Offer, Offer.ticket_id == Ticket.id)
        .join(Patient, Patient.id == Ticket.patient_id)
        .outerjoin(Presentation, Presentation.ticket_id == Ticket.id)
        .where(Offer.id == turning.call.offer_id, Offer.status == OfferStatus.RINGING)
    ).one_or_none()
    if row is None:
        return EffectDone("gone")
    ticket, patient, presentation = row
    waited = unit.now - ticket.joined_at
    return EffectDone(
        "open",
        {
            "age_years": age_years(patient.born_on, unit.now),
            "sex": patient.sex,
            "symptoms": [symptom["code"] for symptom in ticket.complaint["symptoms"]],
            "urgency": ticket.urgency,
            "wait_minutes": round(waited.total_seconds() / 60),
            **whispered(presentation),
        },
    )


def begin_to_connect(unit: Unit, offer_id: str) -> Ticket | None:
    """Ask for her line to be brought to the doctor, once; return the ticket, which is locked."""
    offer = live(unit, offer_id)
    if offer is None or not unit.move(
        Offer,
        offer_id,
        OfferStatus.CONNECTING,
        lease_until=unit.now + unit.rules.holding.lease,
    ):
        return None
    return unit.db.get_one(Ticket, offer.ticket_id)


def accept(turning: Turning) -> EffectDone:
    """The doctor takes the patient: the compare-and-set that lets only one do so."""
    unit = turning.unit
    offer = live(unit, turning.call.offer_id)
    accepted = offer is not None and unit.move(
        Offer,
        offer.id,
        OfferStatus.ACCEPTED,
        accepted_at=unit.now,
        lease_until=unit.now + unit.rules.talk.asked_after,
    )
    if offer is None or not accepted:
        return EffectDone("gone")
    consultation_id = new_id()
    unit.db.add(
        Consultation(
            id=consultation_id,
            offer_id=offer.id,
            ticket_id=offer.ticket_id,
            patient_id=unit.db.get_one(Ticket, offer.ticket_id).patient_id,
            doctor_id=offer.doctor_id,
            started_at=unit.now,
        )
    )
    unit.db.flush()
    unit.note("consultations", consultation_id, ConsultationStatus.OPEN)
    return EffectDone("accepted")


def decline(turning: Turning) -> EffectDone:
    """The doctor does not take her now; the carrier's dial ends and the patient goes on waiting."""
    offer = live(turning.unit, turning.call.offer_id)
    if offer is not None and offer.status is not OfferStatus.ACCEPTED:
        end(turning.unit, offer, OfferStatus.DECLINED)
    return EffectDone("ok")


def release(unit: Unit, *, ticket_id: int, to: OfferStatus) -> None:
    """Set free whatever doctor is reserved for the ticket; the ticket waits on."""
    offer = live_of(unit, ticket_id)
    if offer is not None:
        end(unit, offer, to)


def give_up(unit: Unit, offer_id: str) -> Ticket | None:
    """Nobody answered the call that was to bring the patient; return her ticket, which waits on.

    None when the offer waits for that call no more.
    """
    offer = live(unit, offer_id)
    if offer is None or offer.status is not OfferStatus.PENDING:
        return None
    end(unit, offer, OfferStatus.CANCELLED)
    return unit.db.get_one(Ticket, offer.ticket_id, populate_existing=True)


def expire(unit: Unit, offer_id: str) -> bool:
    """A lease ran out: a process died or a callback was lost. Nobody stays held by it.

    Tell whether it was so still.
    """
    offer = live(unit, offer_id)
    if offer is None or offer.status is OfferStatus.ACCEPTED or offer.lease_until > unit.now:
        return False
    end(unit, offer, OfferStatus.EXPIRED)
    return True


def live_of(unit: Unit, ticket_id: int) -> Offer | None:
    """The live offer of a ticket; the ticket is locked first, so nobody ends it meanwhile."""
    unit.lock(Ticket, Ticket.id == ticket_id)
    live = select(Offer).where(Offer.ticket_id == ticket_id, Offer.status.in_(LIVE_OFFERS))
    return unit.db.scalar(live.execution_options(populate_existing=True))


def live(unit: Unit, offer_id: str | None) -> Offer | None:
    offer = locked(unit, offer_id)
    return offer if offer is not None and offer.status in LIVE_OFFERS else None


def locked(unit: Unit, offer_id: str | None) -> Offer | None:
    """The offer as it stays until the commit: its ticket is locked, as by all who change it."""
    ticket_id = unit.db.scalar(select(Offer.ticket_id).where(Offer.id == offer_id))
    if ticket_id is None:
        return None
    unit.lock(Ticket, Ticket.id == ticket_id)
    return unit.db.get(Offer, offer_id, populate_existing=True)


def end_consultation(unit: Unit, offer: Offer, to: ConsultationStatus, *, talk_s: int) -> None:
    consultation_id = unit.db.scalar(
        select(Consultation.id).where(Consultation.offer_id == offer.id)
    )
    if consultation_id is not None:
        unit.move(Consultation, consultation_id, to, ended_at=unit.now, talk_s=talk_s)


def end(unit: Unit, offer: Offer, to: OfferStatus, *, dead_number: bool = False) -> None:
    """End an offer without a talk: the ticket waits on, the doctor is free or paused."""
    was_accepted = offer.status is OfferStatus.ACCEPTED
    if not unit.move(Offer, offer.id, to, origins=(offer.status,), ended_at=unit.now):
        return
    unit.move(Ticket, offer.ticket_id, TicketStatus.WAITING)
    if was_accepted:
        # One dropped before the two were joined; nothing was talked about.
        end_consultation(unit, offer, ConsultationStatus.NOT_JOINED, talk_s=0)
    unanswered = 0 if was_accepted else _unanswered(unit, offer.doctor_id, to)
    dead_number = dead_number and not was_accepted
    paused = dead_number or unanswered >= unit.rules.doctor.pause_after_unanswered
    unit.move(
        Doctor,
        offer.doctor_id,
        DoctorStatus.PAUSED if paused else DoctorStatus.AVAILABLE,
        origins=(DoctorStatus.ENGAGED,),
        unanswered_in_a_row=unanswered,
        # She comes back when she says so, not by a clock that knows nothing of her telephone.
        resumes_at=None,
    )
    shifts.settle(unit, offer.doctor_id)
    unit.hint(Job.DISPATCH)


def _unanswered(unit: Unit, doctor_id: str, to: OfferStatus) -> int:
    """Her unanswered rings in a row, if she keyed nothing; a patient who hung up, or a lost
    callback, says nothing of her."""
    row = select(Doctor.unanswered_in_a_row).where(Doctor.id == doctor_id)
    before = unit.db.scalar(row) or 0
    match to:
        case OfferStatus.NO_ANSWER:
            return before + 1
        case OfferStatus.DECLINED:
            return 0
        case _:
            return before
