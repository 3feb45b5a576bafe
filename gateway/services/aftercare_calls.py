"""The calls of aftercare: rung when due, and what is said and keyed in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update

from gateway.db.models import Aftercare, Caller, OutboundCall, Patient, Prescription
from gateway.domain.aftercare import AftercareKind, lines_at
from gateway.domain.hours import Hours, Window
from gateway.domain.indian_time import day_in_india
from gateway.domain.states import AftercareStatus
from gateway.services import aftercare, outbound, readings, tickets
from gateway.services.households import age_years, make_theirs
from gateway.services.prescription_document import lines_of
from gateway.services.prescription_reading import Reading, newest_of
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone, Json

# Nobody is rung who is on the line, or whom we call for something else; we look again after this.
BUSY_FOR: Final = timedelta(minutes=10)
# A reminder that comes later than this after its time would remind of the wrong thing.
WORTHLESS_AFTER: Final = timedelta(hours=1)


def ring_due(unit: Unit, *, carrier: str, hours: Hours) -> int:
    """Queue a call for everything that is due; return for how much. Safe to run twice at once."""
    rows = unit.db.scalars(
        select(Aftercare)
        .where(Aftercare.status == AftercareStatus.PLANNED, Aftercare.due_at <= unit.now)
        .order_by(Aftercare.due_at)
        .limit(aftercare.BATCH)
    ).all()
    for row in rows:
        _ring(unit, row, carrier, hours.calls[row.kind])
    return len(rows)


def end_lost(unit: Unit) -> int:
    """Calls of whose end the carrier never told: they count as tries that reached nobody."""
    ids = unit.db.scalars(
        select(Aftercare.id)
        .where(
            Aftercare.status == AftercareStatus.CALLING,
            Aftercare.due_at <= unit.now - outbound.LONGEST_CALL,
        )
        .limit(aftercare.BATCH)
    ).all()
    for aftercare_id in ids:
        aftercare.not_reached(unit, aftercare_id)
    return len(ids)


def _ring(unit: Unit, row: Aftercare, carrier: str, window: Window) -> None:
    is_reminder = row.kind is AftercareKind.REMINDER
    if not _is_wanted(unit, row):
        unit.move(Aftercare, row.id, AftercareStatus.STOPPED)
    elif is_reminder and unit.now - row.due_at > WORTHLESS_AFTER:
        aftercare.roll_on(unit, row)
    elif not window.holds(unit.now):
        if is_reminder:
            aftercare.roll_on(unit, row)
        else:
            _wait(unit, row, window.next_opening(unit.now) - unit.now)
    elif _is_busy(unit, row.caller_id):
        # A reminder keeps its time, so that it does not come hours late.
        if not is_reminder:
            _wait(unit, row, BUSY_FOR)
    elif unit.move(
        Aftercare,
        row.id,
        AftercareStatus.CALLING,
        origins=(AftercareStatus.PLANNED,),
        attempts=Aftercare.attempts + 1,
    ):
        outbound.call_for_aftercare(unit, row, carrier=carrier)


def _is_wanted(unit: Unit, row: Aftercare) -> bool:
    caller = unit.db.get_one(Caller, row.caller_id)
    if caller.withdrawn_at is not None or not readings.is_wanted(unit, row, caller):
        return False
    # Reminders were asked for by a key, whatever is said of texts.
    if row.kind is AftercareKind.REMINDER:
        return True
    return not caller.no_calls and not unit.db.get_one(Patient, row.patient_id).no_sms


def _wait(unit: Unit, row: Aftercare, gap: timedelta) -> None:
    unit.change(
        update(Aftercare)
        .where(Aftercare.id == row.id, Aftercare.status == AftercareStatus.PLANNED)
        .values(due_at=unit.now + gap)
    )


def _is_busy(unit: Unit, caller_id: str) -> bool:
    return (
        outbound.has_open_call(unit, caller_id)
        or tickets.has_open(unit, caller_id)
        or outbound.is_on_the_line(unit, caller_id)
    )


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
        row, unit = found[0], turning.unit
        row.answer, row.answered_at = answer, unit.now
        unit.db.flush()
        unit.move(Aftercare, row.id, AftercareStatus.DONE)
    return EffectDone("ok")


def ask_later(turning: Turning) -> EffectDone:
    """The patient is not there, or nobody pressed a key."""
    found = _called_for(turning)
    again = found is not None and aftercare.not_reached(turning.unit, found[0].id)
    return EffectDone("later" if again else "over")


def start_reminders(turning: Turning) -> EffectDone:
    newest = newest_of(turning.unit, turning.state.patient_id)
    caller = turning.caller
    if newest is None or caller is None:
        return EffectDone("none")
    days = aftercare.remind(turning.unit, newest, caller_id=caller.id)
    return EffectDone("ok", {"days": days}) if days else EffectDone("none")


def answer_reminder(turning: Turning, *, taken: bool) -> EffectDone:
    """Whether it was taken; the reminder itself went on when it was opened."""
    aftercare_id = _aftercare_id(turning)
    if aftercare_id is not None:
        turning.unit.note("aftercare", aftercare_id, "taken" if taken else "not_taken")
    return EffectDone("ok")


@dataclass(frozen=True, slots=True)
class Reminders:
    """The effect that says what is to be taken now."""

    reading: Reading

    def open(self, turning: Turning) -> EffectDone:
        """The medicines of this time of the day. Whoever picked up is not rung for them again."""
        found = _called_for(turning, AftercareKind.REMINDER)
        if found is None:
            return EffectDone("gone")
        row, patient = found
        unit = turning.unit
        prescription = unit.db.get_one(Prescription, row.prescription_id)
        due = lines_at(
            lines_of(prescription.document),
            row.part or "",
            issued_on=day_in_india(prescription.issued_at),
            day=day_in_india(row.due_at),
        )
        aftercare.roll_on(unit, row)
        if not due:
            return EffectDone("gone")
        lines = self.reading.say_lines(due, turning.language)
        return EffectDone("open", {**_whom(turning, patient), "lines": lines})


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
