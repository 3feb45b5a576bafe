"""The waiting room: joining, holding, leaving; the place counts from the first time asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, and_, exists, select, update

from gateway.db.models import Call, Consultation, Offer, OutboundCall, Ticket
from gateway.domain.states import (
    LIVE_OFFERS,
    OPEN_TICKETS,
    ConsultationStatus,
    OfferStatus,
    Presence,
    TicketStatus,
)
from gateway.domain.tips import Tips
from gateway.domain.waiting_room import URGENCY_RANK
from gateway.services import doctor_phones, offers, openings, outbound, standing, talks, tickets
from gateway.services.areas import Numbers
from gateway.services.messages import Texts
from gateway.services.presenting import Presenting
from gateway.services.turning import CallState, Turning
from gateway.services.work import Job, Unit
from ivr_flows.engine.session import EffectDone, Json


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """The effects of a patient's call on her ticket."""

    texts: Texts
    numbers: Numbers
    presenting: Presenting
    tips: Tips

    def join(self, turning: Turning) -> EffectDone:
        """Take a token, or keep the one that waits for this patient; text it.

        Others of the household who wait already wait on this line with her. Of people who had
        everything erased since a health worker opened them, nothing is kept anew.
        """
        unit, state = turning.unit, turning.state
        if state.patient_id is None:
            raise ValueError("nobody was chosen before joining the waiting room")
        if openings.is_erased(unit, state.household_id):
            return EffectDone("gone")
        joined_at = _first_asked(turning)
        turn_at = unit.rules.turn_at(joined_at, state.urgency)
        speciality = state.speciality or unit.rules.usual_speciality
        elsewhere, returned, waiting, usual_doctor, *stands = unit.db.execute(
            select(
                tickets.waits_elsewhere(turning.call),
                exists().where(*outbound.returns_of(turning.call.caller_id)),
                exists().where(
                    Ticket.patient_id == state.patient_id, Ticket.status.in_(OPEN_TICKETS)
                ),
                _usual_doctor(unit, state.patient_id),
                *standing.of(unit, turning.language, speciality, turn_at),
            )
        ).one()
        if elsewhere:
            tickets.bring_onto(unit, turning.call)
        ticket = tickets.open_of(unit, state.patient_id) if elsewhere or waiting else None
        if ticket is None:
            ticket = _new_ticket(turning, joined_at, usual_doctor)
            ticket.state = self.numbers.area_of(turning.call.our_number).state
            unit.db.add(ticket)
            unit.db.flush()
            unit.note("tickets", ticket.id, "joined")
        else:
            _rejoin(ticket, turning)
        self.presenting.keep(turning, ticket)
        state.ticket_id = ticket.id
        if returned and ticket.caller_id is not None:
            outbound.drop_returns(unit, ticket.caller_id)
        facts = standing.facts(stands, unit)
        # A token tells nothing of the patient, and the health worker's telephone is not hers.
        if not state.no_sms or state.health_worker_id is not None:
            self.texts.token(unit, ticket, caller=turning.caller, stands=standing.as_text(facts))
        return EffectDone("joined", {"token": ticket.token, **facts})

    def look(self, turning: Turning, heard: Sequence[str] = ()) -> EffectDone:
        """Where she stands; when a doctor is reserved for her, this turn is the one that rings."""
        unit, state = turning.unit, turning.state
        mine = tickets.of_line(state.ticket_id, turning.call.id)
        if turning.is_line_over or not unit.lock(Ticket, mine):
            return EffectDone("gone")
        rows = unit.db.execute(
            select(Ticket, Offer, *standing.of_ticket(unit))
            .outerjoin(Offer, and_(Offer.ticket_id == Ticket.id, Offer.status.in_(LIVE_OFFERS)))
            .where(mine)
            # Of a household that waits together, whoever has a doctor, then whoever is first.
            .order_by(Offer.id.is_(None), Ticket.turn_at)
        ).all()
        for row in rows:
            _hold(turning, row[0])
        ticket, offer, *stands = rows[0]
        state.ticket_id = ticket.id
        facts = {**standing.facts(stands, unit), "callable": ticket.caller_id is not None}
        facts["tips"] = self._tips([row[0] for row in rows], heard)
        if offer is None:
            return EffectDone("waiting", facts)
        if offer.status is OfferStatus.CONNECTING and not turning.redirected:
            asked_at = offer.lease_until - unit.rules.holding.lease
            if unit.now - asked_at < unit.rules.holding.redirect_window:
                return EffectDone("connecting", facts)
        rings = unit.move(
            Offer,
            offer.id,
            OfferStatus.RINGING,
            origins=(OfferStatus.PENDING, OfferStatus.CONNECTING),
        )
        if not rings:
            return EffectDone("connecting", facts)
        state.offer_id = offer.id
        turning.bridge = doctor_phones.ring_next(turning, offer)
        return EffectDone("offered", {**facts, "offer_id": offer.id})

    def _tips(self, waiting: Sequence[Ticket], heard: Sequence[str]) -> list[Json]:
        """The next tip in turn, beginning with another for each ticket; none beside danger."""
        if any(ticket.urgency == "red" for ticket in waiting):
            return []
        return [key for key in [self.tips.after(*heard[-1:], start=waiting[0].id)] if key]


def _usual_doctor(unit: Unit, patient_id: str) -> ScalarSelect[str]:
    """The doctor of the patient's last talk, if that was lately."""
    since = unit.now - timedelta(days=unit.rules.same_doctor.within_days)
    return (
        select(Consultation.doctor_id)
        .where(
            Consultation.patient_id == patient_id,
            Consultation.status == ConsultationStatus.TALKED,
            Consultation.ended_at > since,
        )
        .order_by(Consultation.ended_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _new_ticket(turning: Turning, joined_at: datetime, usual_doctor_id: str | None) -> Ticket:
    state, rules = turning.state, turning.unit.rules
    return Ticket(
        patient_id=state.patient_id,
        caller_id=turning.call.caller_id,
        call_id=turning.call.id,
        language=turning.language,
        urgency=state.urgency,
        urgency_rank=URGENCY_RANK[state.urgency],
        speciality=state.speciality or rules.usual_speciality,
        usual_doctor_id=usual_doctor_id,
        turn_at=rules.turn_at(joined_at, state.urgency),
        complaint=_complaint(state),
        status=TicketStatus.WAITING,
        presence=Presence.ARRIVING,
        joined_at=joined_at,
        seen_at=turning.unit.now,
    )


def recall(turning: Turning) -> EffectDone:
    """The ticket of this number that still waits; she resumes her place by calling again."""
    unit, caller_id = turning.unit, turning.call.caller_id
    if caller_id is None:
        return EffectDone("none")
    tickets.bring_onto(unit, turning.call)
    ticket = unit.db.scalar(
        select(Ticket)
        .where(Ticket.caller_id == caller_id, Ticket.status.in_(OPEN_TICKETS))
        .order_by(Ticket.turn_at)
        .limit(1)
    )
    if ticket is None:
        return EffectDone("none")
    stands = unit.db.execute(
        select(*standing.of(unit, ticket.language, ticket.speciality, ticket.turn_at))
    ).one()
    turning.state.ticket_id, turning.state.patient_id = ticket.id, ticket.patient_id
    return EffectDone("waiting", {"token": ticket.token, **standing.facts(stands, unit)})


def _hold(turning: Turning, ticket: Ticket) -> None:
    if ticket.presence is not Presence.HOLDING:
        turning.unit.hint(Job.DISPATCH)
    ticket.presence, ticket.seen_at = Presence.HOLDING, turning.unit.now
    ticket.call_id = turning.call.id


def call_me_back(turning: Turning) -> EffectDone:
    """She hangs up and keeps her place; with a withheld number there is nobody to call."""
    if turning.call.caller_id is None:
        return EffectDone("gone")
    unit, mine = turning.unit, tickets.of_line(turning.state.ticket_id, turning.call.id)
    unit.lock(Ticket, mine)
    moved = unit.change(
        update(Ticket)
        .where(mine, Ticket.status == TicketStatus.WAITING)
        .values(presence=Presence.AWAY, call_back_due_at=unit.now, call_id=None)
        .execution_options(synchronize_session=False)
    )
    if not moved:
        return EffectDone("gone")
    unit.note("tickets", turning.state.ticket_id or 0, "call_me_back")
    unit.hint(Job.DISPATCH)
    return EffectDone("ok")


def cancel(turning: Turning) -> EffectDone:
    """She does not want to wait; a doctor reserved for her is set free."""
    mine = tickets.of_line(turning.state.ticket_id, turning.call.id)
    return EffectDone("ok" if tickets.cancel(turning.unit, mine) else "gone")


def line_ended(unit: Unit, call: Call) -> None:
    """A leg has ended: the place is kept and she is called back, or the consultation is over."""
    placed = outbound.end(unit, call.outbound_call_id) if call.outbound_call_id else None
    # All of the line before any doctor, who comes last in the order of locks.
    mine = unit.lock(Ticket, Ticket.call_id == call.id, Ticket.status.in_(OPEN_TICKETS))
    if placed is not None:
        outbound.line_ended(unit, placed)
    for ticket in mine:
        if talks.finish_accepted(unit, ticket_id=ticket.id, talk_s=None):
            continue
        was_helped = ticket.presence is Presence.HELPLINE
        gaps = unit.rules.call_back
        step_out(unit, ticket, after=gaps.after_helpline if was_helped else gaps.after_drop)


def step_out(unit: Unit, ticket: Ticket, *, after: timedelta) -> None:
    """The patient is off the line: her place waits for her, and a ringing doctor is let go."""
    offers.release(unit, ticket_id=ticket.id, to=OfferStatus.CANCELLED)
    if ticket.caller_id is None:
        unit.move(Ticket, ticket.id, TicketStatus.CANCELLED, closed_at=unit.now)
        return
    ticket.presence, ticket.call_id = Presence.AWAY, None
    ticket.call_back_due_at = unit.now + after
    unit.note("tickets", ticket.id, "stepped_out")


def _complaint(state: CallState) -> dict[str, Any]:
    return {
        "symptoms": state.symptoms,
        "recording_ids": state.recording_ids,
        "duration_days": state.duration_days,
        "severity": state.severity,
        "reasons": state.reasons,
    }


def _rejoin(ticket: Ticket, turning: Turning) -> None:
    """A second join adds what was said now; urgency only rises, and the place stays."""
    state = turning.state
    before = ticket.complaint
    known = {symptom["code"] for symptom in before["symptoms"]}
    ticket.complaint = {
        **before,
        "symptoms": before["symptoms"] + [x for x in state.symptoms if x["code"] not in known],
        "recording_ids": before["recording_ids"] + state.recording_ids,
        "duration_days": state.duration_days or before["duration_days"],
        "severity": state.severity or before.get("severity", ""),
        "reasons": sorted({*before["reasons"], *state.reasons}),
    }
    rank = URGENCY_RANK[state.urgency]
    if rank < ticket.urgency_rank:
        ticket.urgency, ticket.urgency_rank = state.urgency, rank
        ticket.turn_at = turning.unit.rules.turn_at(ticket.joined_at, state.urgency)
    # Of a withheld number nothing was brought onto this line.
    ticket.call_id, ticket.seen_at = turning.call.id, turning.unit.now


def _first_asked(turning: Turning) -> datetime:
    """The time that counts: of a missed call that we returned, when it was missed."""
    if turning.call.outbound_call_id is None:
        return turning.unit.now
    asked = turning.unit.db.scalar(
        select(OutboundCall.created_at).where(OutboundCall.id == turning.call.outbound_call_id)
    )
    return asked or turning.unit.now
