"""What a caller may take back: her consent, and what we keep of her (docs/adr/0010)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, Select, delete, or_, select, update

from gateway.db.models import (
    Call,
    Caller,
    Consultation,
    Message,
    Patient,
    Presentation,
    Recording,
    Ticket,
    Turn,
)
from gateway.domain.recording import RecordingPurpose
from gateway.services import aftercare, messages, outbound, recordings, tickets
from gateway.services.households import UNKNOWN
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone

ERASED: Final = "erased"
_NOTHING: Final[Mapping[str, object]] = {
    "symptoms": [],
    "recording_ids": [],
    "duration_days": None,
    "reasons": [],
}


def withdraw_consent(turning: Turning) -> EffectDone:
    """Nothing more is asked, called or texted; a later call begins with the consent line."""
    if turning.caller is not None:
        _withdraw(turning, turning.caller, why="withdrawn")
        turning.unit.note("callers", turning.caller.id, "consent_withdrawn")
    return EffectDone("ok")


def erase(turning: Turning) -> EffectDone:
    """Take the number out of our rows, and with it all that no law has us keep.

    Kept, and reachable by no number: consultations, their prescriptions, complaints and the
    recordings of them. The rest is emptied in place, since events and receipts refer to it.
    """
    caller, unit = turning.caller, turning.unit
    if caller is None:
        return EffectDone(ERASED)
    _withdraw(turning, caller, why=ERASED)
    unit.db.flush()
    seen = _seen(unit, caller.id)
    _empty_recordings(unit, caller.id)
    _empty_tickets(unit, caller.id)
    for patient in unit.db.scalars(select(Patient).where(Patient.caller_id == caller.id)):
        patient.name = patient.address = patient.name_recording_id = None
        if patient.id not in seen:
            _empty_patient(patient)
    unit.change(
        update(Message).where(Message.caller_id == caller.id).values(phone_e164="", body="")
    )
    _empty_turns(unit, caller.id, but=turning.call.id)
    caller.phone_e164, caller.phone_hash = "", f"{ERASED}:{caller.id}"
    caller.language, caller.script = None, "native"
    caller.erased_at = unit.now
    unit.note("callers", caller.id, ERASED)
    return EffectDone("kept" if seen else ERASED)


def line_ended(unit: Unit, call: Call) -> None:
    """The call in which she had everything erased is over, and is forgotten too."""
    caller = unit.db.get(Caller, call.caller_id) if call.caller_id else None
    if caller is not None and caller.erased_at is not None:
        _empty_turns(unit, caller.id, but="")


def _empty_turns(unit: Unit, caller_id: str, *, but: str) -> None:
    """Forget what was asked and answered; the first answer of a call stays, for its repetition."""
    calls = select(Call.id).where(Call.caller_id == caller_id, Call.id != but)
    unit.change(delete(Turn).where(Turn.call_id.in_(calls), Turn.number > 0))
    unit.change(update(Turn).where(Turn.call_id.in_(calls)).values(session={}))


def _withdraw(turning: Turning, caller: Caller, *, why: str) -> None:
    unit = turning.unit
    caller.consented_at, caller.withdrawn_at = None, unit.now
    tickets.cancel(unit, _of_hers(caller.id))
    aftercare.stop_all(unit, caller.id)
    outbound.drop_all(unit, caller.id)
    messages.drop_unsent(unit, caller.id, why=why)


def _seen(unit: Unit, caller_id: str) -> frozenset[str]:
    """The people of this number with whom a doctor was joined, or may still be."""
    return frozenset(
        unit.db.scalars(
            select(Consultation.patient_id)
            .join(Ticket, Ticket.id == Consultation.ticket_id)
            .where(_of_hers(caller_id))
        )
    )


def _of_hers(caller_id: str) -> ColumnElement[bool]:
    """Tickets of the people behind this number, on whatever line they wait: a health worker
    presents people who are not hers."""
    return Ticket.patient_id.in_(_people(caller_id))


def _people(caller_id: str) -> Select[str]:
    return select(Patient.id).where(Patient.caller_id == caller_id)


def _empty_patient(patient: Patient) -> None:
    patient.caller_id = patient.born_on = patient.relation = patient.last_in_person_on = None
    patient.sex, patient.guardian = UNKNOWN, False
    patient.pregnant = patient.pregnant_told_at = None
    patient.allergies = patient.long_term_medicines = None


def _empty_tickets(unit: Unit, caller_id: str) -> None:
    """Those that led to no doctor tell nothing any more."""
    unseen = (_of_hers(caller_id), Ticket.id.not_in(select(Consultation.ticket_id)))
    unit.change(
        delete(Presentation).where(Presentation.ticket_id.in_(select(Ticket.id).where(*unseen)))
    )
    unit.change(
        update(Ticket)
        .where(*unseen)
        .values(complaint=_NOTHING)
        .execution_options(synchronize_session=False)
    )


def _empty_recordings(unit: Unit, caller_id: str) -> None:
    """Names, and what was said before no consultation."""
    complaints = unit.db.scalars(
        select(Ticket.complaint)
        .join(Consultation, Consultation.ticket_id == Ticket.id)
        .where(_of_hers(caller_id))
    )
    kept = {recording for complaint in complaints for recording in complaint["recording_ids"]}
    hers = (
        select(Recording.id)
        .join(Call, Call.id == Recording.call_id)
        .where(
            or_(
                Recording.patient_id.in_(_people(caller_id)),
                (Call.caller_id == caller_id) & Recording.patient_id.is_(None),
            )
        )
    )
    recordings.empty(
        unit,
        Recording.id.in_(hers),
        or_(Recording.id.not_in(kept), Recording.purpose == RecordingPurpose.NAME),
        why=ERASED,
    )
