"""The calls of aftercare: what is said and keyed in them, and where it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from gateway.db.models import Aftercare, OutboundCall, Patient, Prescription
from gateway.domain.aftercare import AftercareKind, ReachedBy
from gateway.domain.indian_time import day_in_india
from gateway.domain.states import AftercareStatus
from gateway.services import aftercare, readings
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.households import age_years, make_theirs
from gateway.services.prescription_reading import Reading, newest_of
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone, Json


def stop(turning: Turning) -> EffectDone:
    """No more reminders and follow-up calls to this number."""
    if turning.caller is not None:
        turning.caller.no_calls = True
        aftercare.stop_all(turning.unit, turning.caller.id)
        turning.unit.note("callers", turning.caller.id, "no_calls")
    return EffectDone("ok")


def open_call(turning: Turning) -> EffectDone:
    """A call to ask after her, or to read to her, was answered."""
    found = _called_for(turning)
    return EffectDone("gone") if found is None else EffectDone("open", _whom(turning, found[1]))


def begin(turning: Turning) -> EffectDone:
    """She is there: this call is hers, as if she had chosen herself."""
    found = _called_for(turning)
    return EffectDone("gone") if found is None else make_theirs(turning, found[1])


def answer_follow_up(turning: Turning, answer: str) -> EffectDone:
    """Keep how she is, sealed, for the doctor."""
    found = _called_for(turning, AftercareKind.FOLLOW_UP)
    if found is not None:
        aftercare.keep_answer(turning.unit, found[0], answer)
    return EffectDone("ok")


def ask_later(turning: Turning) -> EffectDone:
    """The patient is not there, or nobody pressed a key."""
    found = _called_for(turning)
    again = found is not None and aftercare.not_reached(turning.unit, found[0].id)
    return EffectDone("later" if again else "over")


def end_reminders(turning: Turning) -> EffectDone:
    """No more reminders of the prescription that was just heard."""
    newest = newest_of(turning.unit, turning.state.patient_id)
    if newest is not None:
        aftercare.end_reminders(turning.unit, Aftercare.prescription_id == newest.id)
    return EffectDone("ok")


def answer_reminder(turning: Turning, *, taken: bool) -> EffectDone:
    """Whether it was taken; the reminder itself went on when it was opened."""
    aftercare_id = _aftercare_id(turning)
    if aftercare_id is not None:
        turning.unit.note("aftercare", aftercare_id, "taken" if taken else "not_taken")
    return EffectDone("ok")


@dataclass(frozen=True, slots=True)
class Reminders:
    """The effects that begin reminders, and that say what is to be taken now."""

    reading: Reading
    texts: AftercareTexts

    def start(self, turning: Turning, by: str) -> EffectDone:
        """Remind of the prescription that was just heard, by call or by text."""
        newest = newest_of(turning.unit, turning.state.patient_id)
        caller = turning.caller
        if newest is None or caller is None:
            return EffectDone("none")
        way = ReachedBy(by)
        days = aftercare.remind(turning.unit, newest, caller_id=caller.id, by=way)
        if days and way is ReachedBy.TEXT:
            self.texts.begin_reminders(turning.unit, newest, caller, days=days)
        return EffectDone("ok", {"days": days}) if days else EffectDone("none")

    def open(self, turning: Turning) -> EffectDone:
        """The medicines of this time of the day. Whoever picked up is not rung for them again."""
        found = _called_for(turning, AftercareKind.REMINDER)
        if found is None:
            return EffectDone("gone")
        row, patient = found
        unit = turning.unit
        prescription = unit.db.get_one(Prescription, row.prescription_id)
        due = aftercare.lines_due(prescription, row)
        aftercare.roll_on(unit, row)
        if not due:
            return EffectDone("gone")
        lines = self.reading.say_lines(due, turning.language)
        return EffectDone("open", {**_whom(turning, patient), "lines": lines})


@dataclass(frozen=True, slots=True)
class CancelledCalls:
    """The effects of the call that says that a prescription was taken back."""

    reading: Reading

    def begin(self, turning: Turning) -> EffectDone:
        """She is there: which prescription it is, by its day and its code."""
        found = _called_for(turning, AftercareKind.CANCELLED)
        if found is None:
            return EffectDone("gone")
        prescription = turning.unit.db.get_one(Prescription, found[0].prescription_id)
        issued_on = self.reading.day(day_in_india(prescription.issued_at), turning.language)
        theirs = make_theirs(turning, found[1])
        return replace(
            theirs, facts={**theirs.facts, "code": prescription.code, "issued_on": issued_on}
        )

    def told(self, turning: Turning) -> EffectDone:
        """She has heard it to its end."""
        found = _called_for(turning, AftercareKind.CANCELLED)
        if found is not None:
            turning.unit.move(Aftercare, found[0].id, AftercareStatus.DONE)
        return EffectDone("ok")


def _aftercare_id(turning: Turning) -> str | None:
    return turning.unit.db.scalar(
        select(OutboundCall.aftercare_id).where(OutboundCall.id == turning.call.outbound_call_id)
    )


def heard(turning: Turning) -> EffectDone:
    """A prescription was read to its end; if this call was placed to read it, it is done."""
    turning.unit.note("calls", turning.call.id, "prescription_heard")
    found = _called_for(turning, AftercareKind.READING)
    if found is not None:
        turning.unit.move(Aftercare, found[0].id, AftercareStatus.DONE)
    return EffectDone("ok")


def _called_for(
    turning: Turning, kind: AftercareKind | None = None
) -> tuple[Aftercare, Patient] | None:
    """What this call was placed for, and of whom it is; None when it is not wanted any more."""
    kinds = AftercareKind if kind is None else (kind,)
    found = turning.unit.db.execute(
        select(Aftercare, Patient)
        .join(OutboundCall, OutboundCall.aftercare_id == Aftercare.id)
        .join(Patient, Patient.id == Aftercare.patient_id)
        .where(
            OutboundCall.id == turning.call.outbound_call_id,
            Aftercare.kind.in_(kinds),
            Aftercare.status == AftercareStatus.CALLING,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or not readings.stands(turning.unit, found[0]):
        return None
    return found[0], found[1]


def _whom(turning: Turning, patient: Patient) -> dict[str, Json]:
    return {"sex": patient.sex, "age_years": age_years(patient.born_on, turning.unit.now)}
