"""Offers: a ticket held for a doctor under a lease, from the claim to the end of the talk."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update

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

# The event of a doctor whose number the carrier cannot ring; the board shows it.
DEAD_NUMBER: Final = "dead_number"
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
    offer = _live(unit, offer_id)
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
    offer = _live(unit, turning.call.offer_id)
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
    offer = _live(turning.unit, turning.call.offer_id)
    if offer is not None and offer.status is not OfferStatus.ACCEPTED:
        _end(turning.unit, offer, OfferStatus.DECLINED)
    return EffectDone("ok")


def finish_bridge(turning: Turning) -> EffectDone:
    """The dial has ended: a talk, or nobody took it and the place is as it was."""
    unit, leg = turning.unit, turning.leg
    offer = _locked(unit, turning.state.offer_id)
    if offer is None:
        return EffectDone("gone")
    joined = leg.dial_status == "completed" and leg.dial_bridged is not False
    if offer.status is OfferStatus.ACCEPTED and joined:
        finish_accepted(unit, ticket_id=offer.ticket_id, talk_s=leg.dial_s)
        return EffectDone("talked")
    if offer.status is OfferStatus.ENDED:
        return EffectDone("talked")
    if offer.status in LIVE_OFFERS:
        # When she hung up herself the doctor has let nobody ring in vain.
        to = OfferStatus.CANCELLED if turning.is_line_over else OfferStatus.NO_ANSWER
        dead = not turning.is_line_over and leg.dial_status == "failed"
        _end(unit, offer, to, dead_number=dead)
    return EffectDone("unanswered")


def keep_feedback(turning: Turning, *, helped: bool) -> EffectDone:
    """Her word on the talk that she just had."""
    unit = turning.unit
    kept = unit.change(
        update(Consultation)
        .where(
            Consultation.offer_id == turning.state.offer_id,
            Consultation.status == ConsultationStatus.TALKED,
        )
        .values(helped=helped)
    )
    if kept:
        unit.note("calls", turning.call.id, "helped" if helped else "not_helped")
    return EffectDone("ok")


def release(unit: Unit, *, ticket_id: int, to: OfferStatus) -> None:
    """Set free whatever doctor is reserved for the ticket; the ticket waits on."""
    offer = _live_of(unit, ticket_id)
    if offer is not None:
        _end(unit, offer, to)


def give_up(unit: Unit, offer_id: str) -> Ticket | None:
    """Nobody answered the call that was to bring the patient; return her ticket, which waits on.

    None when the offer waits for that call no more.
    """
    offer = _live(unit, offer_id)
    if offer is None or offer.status is not OfferStatus.PENDING:
        return None
    _end(unit, offer, OfferStatus.CANCELLED)
    return unit.db.get_one(Ticket, offer.ticket_id, populate_existing=True)


def expire(unit: Unit, offer_id: str) -> bool:
    """A lease ran out: a process died or a callback was lost. Nobody stays held by it.

    Tell whether it was so still.
    """
    offer = _live(unit, offer_id)
    if offer is None or offer.status is OfferStatus.ACCEPTED or offer.lease_until > unit.now:
        return False
    _end(unit, offer, OfferStatus.EXPIRED)
    return True


def look_at_talk(unit: Unit, offer_id: str, *, ended: bool | None) -> bool:
    """A talk's lease ran out; ended: what the carrier says of the patient's line.

    It goes on while it does, or while nobody knows, up to the longest talk, where the carrier cuts
    it. Tell whether it was ended here: the callbacks that should have told of it were lost.
    """
    offer = _live(unit, offer_id)
    if offer is None or offer.status is not OfferStatus.ACCEPTED or offer.lease_until > unit.now:
        return False
    since = offer.accepted_at or unit.now
    if ended or unit.now >= since + unit.rules.talk.longest:
        unit.note("offers", offer_id, "end_was_lost")
        return finish_accepted(unit, ticket_id=offer.ticket_id, talk_s=None)
    offer.lease_until = unit.now + unit.rules.talk.asked_after
    unit.db.flush()
    return False


def finish_accepted(unit: Unit, *, ticket_id: int, talk_s: int | None) -> bool:
    """End the talk of this ticket, if one runs; tell whether it did.

    talk_s: the carrier's figure in seconds; without one, the time since the doctor accepted.
    """
    offer = _live_of(unit, ticket_id)
    if offer is None or offer.status is not OfferStatus.ACCEPTED:
        return False
    unit.move(Offer, offer.id, OfferStatus.ENDED, ended_at=unit.now)
    since = unit.now - (offer.accepted_at or unit.now)
    unit.move(Ticket, ticket_id, TicketStatus.DONE, closed_at=unit.now)
    measured = round(since.total_seconds()) if talk_s is None else talk_s
    _end_consultation(unit, offer, ConsultationStatus.TALKED, talk_s=measured)
    unit.move(
        Doctor,
        offer.doctor_id,
        DoctorStatus.WRAP_UP,
        origins=(DoctorStatus.ENGAGED,),
        resumes_at=unit.now + unit.rules.doctor.wrap_up,
        unanswered_in_a_row=0,
    )
    shifts.settle(unit, offer.doctor_id)
    return True


def _live_of(unit: Unit, ticket_id: int) -> Offer | None:
    """The live offer of a ticket; the ticket is locked first, so nobody ends it meanwhile."""
    unit.lock(Ticket, Ticket.id == ticket_id)
    live = select(Offer).where(Offer.ticket_id == ticket_id, Offer.status.in_(LIVE_OFFERS))
    return unit.db.scalar(live.execution_options(populate_existing=True))


def _live(unit: Unit, offer_id: str | None) -> Offer | None:
    offer = _locked(unit, offer_id)
    return offer if offer is not None and offer.status in LIVE_OFFERS else None


def _locked(unit: Unit, offer_id: str | None) -> Offer | None:
    """The offer as it stays until the commit: its ticket is locked, as by all who change it."""
    ticket_id = unit.db.scalar(select(Offer.ticket_id).where(Offer.id == offer_id))
    if ticket_id is None:
        return None
    unit.lock(Ticket, Ticket.id == ticket_id)
    return unit.db.get(Offer, offer_id, populate_existing=True)


def _end_consultation(unit: Unit, offer: Offer, to: ConsultationStatus, *, talk_s: int) -> None:
    consultation_id = unit.db.scalar(
        select(Consultation.id).where(Consultation.offer_id == offer.id)
    )
    if consultation_id is not None:
        unit.move(Consultation, consultation_id, to, ended_at=unit.now, talk_s=talk_s)


def _end(unit: Unit, offer: Offer, to: OfferStatus, *, dead_number: bool = False) -> None:
    """End an offer without a talk: the ticket waits on, the doctor is free or paused."""
    was_accepted = offer.status is OfferStatus.ACCEPTED
    if not unit.move(Offer, offer.id, to, origins=(offer.status,), ended_at=unit.now):
        return
    unit.move(Ticket, offer.ticket_id, TicketStatus.WAITING)
    if was_accepted:
        # She dropped before the two were joined; nothing was talked about.
        _end_consultation(unit, offer, ConsultationStatus.NOT_JOINED, talk_s=0)
    unanswered = _unanswered(unit, offer.doctor_id, to)
    paused = dead_number or unanswered >= unit.rules.doctor.pause_after_unanswered
    if dead_number:
        unit.note("doctors", offer.doctor_id, DEAD_NUMBER)
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
    """Her unanswered rings in a row; a patient who hung up, or a lost callback, says nothing of
    her, and a key of hers ends the row."""
    row = select(Doctor.unanswered_in_a_row).where(Doctor.id == doctor_id)
    before = unit.db.scalar(row) or 0
    match to:
        case OfferStatus.NO_ANSWER:
            return before + 1
        case OfferStatus.DECLINED:
            return 0
        case _:
            return before
