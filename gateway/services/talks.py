"""Talks: how one ends, by the carrier's word or without it, and what was none."""

from __future__ import annotations

from sqlalchemy import update

from gateway.db.models import Consultation, Doctor, Offer, Ticket
from gateway.domain.states import (
    LIVE_OFFERS,
    ConsultationStatus,
    DoctorStatus,
    OfferStatus,
    TicketStatus,
)
from gateway.services import doctor_phones, offers, shifts
from gateway.services.reopening import reopened
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone


def finish_bridge(turning: Turning) -> EffectDone:
    """The dial has ended: a talk, or her next telephone rings, or the place is as it was."""
    unit, leg = turning.unit, turning.leg
    offer = offers.locked(unit, turning.state.offer_id)
    if offer is None:
        return EffectDone("gone")
    # Our redirect cuts a dial, and then nothing is said of it.
    joined = turning.redirected or (
        leg.dial_status == "completed" and leg.dial_bridged is not False
    )
    if offer.status is OfferStatus.ACCEPTED and joined:
        talked = finish_accepted(unit, ticket_id=offer.ticket_id, talk_s=leg.dial_s)
        return EffectDone("talked" if talked else "unanswered")
    if offer.status is OfferStatus.ENDED:
        talked = joined and not _is_too_short(unit, leg.dial_s)
        return EffectDone("talked" if talked or not _undo(unit, offer) else "unanswered")
    if offer.status in LIVE_OFFERS:
        # When she hung up herself, or we cut it, the doctor has let nobody ring in vain.
        cut = turning.is_line_over or turning.redirected
        if offer.status is OfferStatus.RINGING and not cut and not leg.dial_bridged:
            turning.bridge = doctor_phones.ring_on(turning, offer)
            if turning.bridge is not None:
                return EffectDone("rings_on")
        to = OfferStatus.CANCELLED if cut else OfferStatus.NO_ANSWER
        offers.end(unit, offer, to, dead_number=not cut and doctor_phones.are_dead(offer))
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


def look_at_talk(unit: Unit, offer_id: str, *, ended: bool | None) -> bool:
    """A talk's lease ran out; ended: what the carrier says of the patient's line.

    It goes on while it does, or while nobody knows, up to the longest talk, where the carrier cuts
    it. Tell whether it was ended here: the callbacks that should have told of it were lost.
    """
    offer = offers.live(unit, offer_id)
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
    """End the talk of this ticket, if one runs; tell whether it was one.

    talk_s: the carrier's figure in seconds; without one, the time since the doctor accepted. After
    less than the shortest talk she waits on: the line was cut before anything was said.
    """
    offer = offers.live_of(unit, ticket_id)
    if offer is None or offer.status is not OfferStatus.ACCEPTED:
        return False
    since = unit.now - (offer.accepted_at or unit.now)
    measured = round(since.total_seconds()) if talk_s is None else talk_s
    if _is_too_short(unit, measured):
        offers.end(unit, offer, OfferStatus.CANCELLED)
        return False
    unit.move(Offer, offer.id, OfferStatus.ENDED, ended_at=unit.now)
    unit.move(Ticket, ticket_id, TicketStatus.DONE, closed_at=unit.now)
    offers.end_consultation(unit, offer, ConsultationStatus.TALKED, talk_s=measured)
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


def _is_too_short(unit: Unit, talk_s: int | None) -> bool:
    return talk_s is not None and talk_s < unit.rules.talk.shortest_seconds


def _undo(unit: Unit, offer: Offer) -> bool:
    """The dial says, after the end of her line, that there was no talk: she is called back.

    Tell whether it could be undone: not when it is old news, nor when nobody can be called.
    """
    if unit.now - (offer.ended_at or unit.now) > unit.rules.talk.asked_after:
        return False
    ticket = unit.db.get_one(Ticket, offer.ticket_id)
    if not reopened(unit, ticket, due_at=unit.now + unit.rules.call_back.after_drop):
        return False
    offers.end_consultation(unit, offer, ConsultationStatus.NOT_JOINED, talk_s=0)
    return True
