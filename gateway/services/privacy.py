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
    Opening,
    Patient,
    Prescription,
    Presentation,
    Recording,
    Slip,
    Ticket,
    Turn,
)
from gateway.domain.recording import RecordingPurpose
from gateway.services import (
    aftercare,
    cancellation,
    messages,
    openings,
    outbound,
    recordings,
    slips,
    tickets,
)
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
    recordings of them. The rest is emptied in place, since events and receipts refer to it. What
    a line that is still open has of it, a health worker's too, goes when that line ends.
    """
    caller, unit = turning.caller, turning.unit
    if caller is None:
        return EffectDone(ERASED)
    # Before what is hers is read: whoever presents one of them, or ends a call, is before or after.
    unit.lock(Caller, Caller.id == caller.id)
    _withdraw(turning, caller, why=ERASED)
    unit.db.flush()
    _empty_turns(unit, or_(Call.caller_id == caller.id, _opened(caller.id)))
    _forget_texts_to_others(unit, caller.id)
    seen = _empty_people(unit, caller.id)
    unit.change(
        update(Message).where(Message.caller_id == caller.id).values(phone_e164="", body="")
    )
    caller.phone_e164, caller.phone_hash = "", f"{ERASED}:{caller.id}"
    caller.language, caller.script = None, "native"
    caller.erased_at = unit.now
    unit.note("callers", caller.id, ERASED)
    return EffectDone("kept" if seen else ERASED)


def line_ended(unit: Unit, call: Call) -> None:
    """A call in which she had everything erased, or that was of her people meanwhile, is over, and
    is forgotten too, with whatever it told of them after that."""
    unit.db.flush()
    caller = unit.db.get(Caller, call.caller_id) if call.caller_id else None
    erased = openings.erased_in(unit, call.id)
    for household_id in erased:
        _empty_people(unit, household_id)
        # What was said of those of them who are nobody's any more since.
        nobodys = Patient.caller_id.is_(None), Patient.health_worker_id.is_(None)
        said = Recording.patient_id.in_(select(Patient.id).where(*nobodys))
        recordings.empty(unit, Recording.call_id == call.id, said, why=ERASED)
    if erased or (caller is not None and caller.erased_at is not None):
        _empty_turns(unit, Call.id == call.id)


def _opened(household_id: str) -> ColumnElement[bool]:
    """Calls of others in which these people were spoken of. Nothing tells there which turn was of
    whom, so the whole of such a call goes."""
    return Call.id.in_(select(Opening.call_id).where(Opening.household_id == household_id))


def _empty_turns(unit: Unit, which: ColumnElement[bool]) -> None:
    """Forget what was asked and answered in those of these calls that are over.

    The first answer stays, for its repetition, but for a doctor's, who hears at once of whom.
    """
    ended = select(Call.id).where(which, Call.ended_at.is_not(None))
    unit.change(delete(Turn).where(Turn.call_id.in_(ended), Turn.number > 0))
    unit.change(update(Turn).where(Turn.call_id.in_(ended)).values(session={}))
    of_doctors = ended.where(Call.offer_id.is_not(None))
    unit.change(update(Turn).where(Turn.call_id.in_(of_doctors)).values(answer=""))


def _forget_texts_to_others(unit: Unit, caller_id: str) -> None:
    """What was written for them went to the health worker who presented them as well."""
    issued = (Prescription, cancellation.purpose_of), (Slip, slips.purpose_of)
    for model, purpose_of in issued:
        ids = unit.db.scalars(select(model.id).where(model.patient_id.in_(_people(caller_id))))
        for issued_id in ids.all():
            purpose = cancellation.to_health_worker(purpose_of(issued_id))
            messages.forget(unit, purpose, why=ERASED)


def _empty_people(unit: Unit, caller_id: str) -> frozenset[str]:
    """Empty what is told of them; return those whom a doctor met, of whom more is kept."""
    seen = _seen(unit, caller_id)
    _empty_recordings(unit, caller_id)
    _empty_tickets(unit, caller_id)
    for patient in unit.db.scalars(select(Patient).where(Patient.caller_id == caller_id)):
        patient.name = patient.address = patient.name_recording_id = None
        if patient.id not in seen:
            _empty_patient(patient)
    return seen


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
