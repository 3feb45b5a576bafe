"""Households: the people behind one number, chosen before anything clinical is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, select, true

from gateway.db.models import Consultation, Patient, Presentation, Recording, Ticket
from gateway.db.models.base import new_id
from gateway.domain.pregnancy import known_pregnancy, may_be_pregnant
from gateway.domain.recording import RecordingPurpose
from gateway.domain.states import ConsultationStatus
from gateway.services import recordings
from gateway.services.turning import Turning
from gateway.services.work import Unit
from ivr_flows.engine.session import EffectDone, Json

LARGEST: Final = 12
# Of a village's people, those who were seen last.
MOST_LOOKED_AT: Final = 500
# An age that is told again may differ by a year, and by one more for each so many years of it.
YEARS_A_YEAR_OF_DOUBT: Final = 20
DAYS_A_YEAR: Final = 365.25
RECENT: Final = timedelta(days=30)
UNKNOWN: Final = "unknown"


def age_days(born_on: date, now: datetime) -> int:
    return max(0, (now.date() - born_on).days)


def age_years(born_on: date | None, now: datetime) -> int | None:
    """The age in whole years; None when nobody told it."""
    return None if born_on is None else int(age_days(born_on, now) / DAYS_A_YEAR)


def day_of_birth(now: datetime, *, years: int, months: int = 0) -> date:
    """The day to keep for an age; rounded, so that a birthday today counts as that many years."""
    days = years * DAYS_A_YEAR + months * DAYS_A_YEAR / 12
    return now.date() - timedelta(days=-int(-days // 1))


def list_members(turning: Turning) -> EffectDone:
    """The people registered behind this number, those who called last first.

    A health worker who keys a number hears only of those whom she has presented; whoever else is
    there is found by what the patient herself tells (`match`).
    """
    behind = _behind(turning)
    if behind is None:
        return EffectDone("none")
    hers = _presented_by_her(turning)
    return _offered(turning, _people(turning, behind if hers is None else behind & hers)[:LARGEST])


def match(turning: Turning, *, age_years: int, sex: str) -> EffectDone:
    """Those of this sex and about this age whom a health worker may mean, the nearest in age first.

    Of whom she has not presented, age and sex are said, which she has just keyed, and no name.
    """
    behind, now = _behind(turning), turning.unit.now
    if behind is None:
        return EffectDone("none")
    spare = 1 + age_years // YEARS_A_YEAR_OF_DOUBT
    youngest = day_of_birth(now, years=max(0, age_years - spare))
    oldest = day_of_birth(now, years=age_years + spare + 1)
    about = (Patient.sex == sex) & Patient.born_on.between(oldest, youngest)
    told = day_of_birth(now, years=age_years)
    found = sorted(
        _people(turning, behind & about),
        key=lambda it: abs(((it[0].born_on or told) - told).days),
    )
    return _offered(turning, found[:LARGEST])


def _people(turning: Turning, which: ColumnElement[bool]) -> list[tuple[Patient, str | None]]:
    """Each with the recording of the name, where it was said and may be played in this call."""
    hers = _presented_by_her(turning)
    rows = turning.unit.db.execute(
        select(Patient, Recording.id)
        .outerjoin(
            Recording,
            and_(
                Recording.id == Patient.name_recording_id,
                Recording.audio.is_not(None),
                true() if hers is None else hers,
            ),
        )
        .where(which)
        .order_by(func.coalesce(Patient.last_called_at, Patient.created_at).desc())
        .limit(MOST_LOOKED_AT)
    ).all()
    return [(row[0], row[1]) for row in rows]


def _offered(turning: Turning, people: Sequence[tuple[Patient, str | None]]) -> EffectDone:
    if not people:
        return EffectDone("none")
    members: list[Json] = [
        {
            "slot": patient.slot,
            "sex": patient.sex,
            "age_years": age_years(patient.born_on, turning.unit.now),
            "name": name_id or "",
        }
        for patient, name_id in people
    ]
    return EffectDone("some", {"members": members})


def _presented_by_her(turning: Turning) -> ColumnElement[bool] | None:
    """The people of another's number whom this health worker has presented; None where all that
    may be meant are the caller's own."""
    state = turning.state
    if state.health_worker_id is None or state.household_id is None:
        return None
    return exists().where(
        Ticket.patient_id == Patient.id,
        Presentation.ticket_id == Ticket.id,
        Presentation.health_worker_id == state.health_worker_id,
    )


def choose(turning: Turning, slot: int) -> EffectDone:
    behind = _behind(turning)
    if behind is None:
        return EffectDone("gone")
    patient = turning.unit.db.scalar(select(Patient).where(behind, Patient.slot == slot))
    if patient is None:
        return EffectDone("gone")
    return make_theirs(turning, patient)


def add(
    turning: Turning,
    *,
    age_years: int,
    sex: str,
    relation: str,
    guardian: bool,
    pregnant: bool = False,
    pregnant_told: bool = False,
    age_months: int = 0,
) -> EffectDone:
    """Register a person; the day of birth is kept, since an age grows wrong.

    pregnant_told: whether it was answered at all; without an answer it is not known, never "no".
    """
    # A health worker finds whom she means by age and sex, however many there are.
    presented = turning.state.health_worker_id is not None
    if not presented and _count(turning, Patient.sex != UNKNOWN) >= LARGEST:
        return EffectDone("full")
    born_on = day_of_birth(
        turning.unit.now, years=age_years, months=age_months if age_years == 0 else 0
    )
    patient = _new(turning, sex=sex, born_on=born_on)
    patient.relation, patient.guardian = relation, guardian
    tell_pregnancy(turning.unit, patient, pregnant=pregnant if pregnant_told else None)
    turning.unit.db.add(patient)
    done = make_theirs(turning, patient)
    # Whoever has just not answered is not asked once more in the same call.
    return EffectDone(done.outcome, {**done.facts, "ask_pregnant": False})


def add_unknown(turning: Turning) -> EffectDone:
    """A person of whom no key told anything; one whom no doctor met yet is taken again."""
    unit, caller_id = turning.unit, turning.call.caller_id
    left = (
        unit.db.scalar(
            select(Patient)
            .where(
                Patient.caller_id == caller_id,
                Patient.sex == UNKNOWN,
                ~exists().where(Ticket.patient_id == Patient.id),
            )
            .limit(1)
        )
        if caller_id
        else None
    )
    # Whoever can press no key is not turned away because the household is large.
    if left is None and _count(turning, Patient.sex == UNKNOWN) >= LARGEST:
        return EffectDone("full")
    patient = left or _new(turning, sex=UNKNOWN, born_on=None)
    unit.db.add(patient)
    make_theirs(turning, patient)
    return EffectDone("ok")


def keep_name(turning: Turning, recording_id: str) -> EffectDone:
    """Keep the name as it was said: it is fetched, and no machine listens to it."""
    patient_id = turning.state.patient_id
    kept = recordings.take_for(turning, recording_id, RecordingPurpose.NAME, patient_id=patient_id)
    if kept and patient_id is not None:
        turning.unit.db.get_one(Patient, patient_id).name_recording_id = recording_id
    return EffectDone("ok")


def keep_pregnant(turning: Turning, *, pregnant: bool) -> EffectDone:
    """Keep her answer of today; the order of her place may go by it."""
    if turning.state.patient_id is not None:
        patient = turning.unit.db.get_one(Patient, turning.state.patient_id)
        tell_pregnancy(turning.unit, patient, pregnant=pregnant)
        turning.state.pregnant = pregnant
    return EffectDone("ok")


def tell_pregnancy(unit: Unit, patient: Patient, *, pregnant: bool | None) -> None:
    """Keep what is told of it today; None: that it is not known."""
    patient.pregnant = pregnant
    patient.pregnant_told_at = None if pregnant is None else unit.now


def pregnancy_of(patient: Patient, now: datetime) -> bool | None:
    """Return what is known today; None where it has to be asked."""
    return known_pregnancy(patient.pregnant, told_at=patient.pregnant_told_at, now=now)


def set_sms(turning: Turning, *, wanted: bool) -> EffectDone:
    if turning.state.patient_id is not None:
        patient = turning.unit.db.get_one(Patient, turning.state.patient_id)
        patient.no_sms = turning.state.no_sms = not wanted
    return EffectDone("ok")


def make_theirs(turning: Turning, patient: Patient) -> EffectDone:
    """Make this call that person's."""
    now, state = turning.unit.now, turning.state
    patient.last_called_at = now
    state.patient_id = patient.id
    state.age_days = None if patient.born_on is None else age_days(patient.born_on, now)
    state.age_years = age_years(patient.born_on, now)
    # For the order of her place an old yes counts until she is asked again.
    state.sex, state.pregnant = patient.sex, bool(patient.pregnant)
    may_be = may_be_pregnant(sex=patient.sex, age_years=state.age_years)
    state.no_sms = bool(patient.no_sms)
    facts: dict[str, Json] = {
        "age_years": state.age_years,
        "sex": patient.sex,
        "pregnant": bool(patient.pregnant),
        "ask_pregnant": may_be and pregnancy_of(patient, now) is None,
        "recent": _was_seen_lately(turning.unit, patient.id),
    }
    return EffectDone("ok", facts)


def _was_seen_lately(unit: Unit, patient_id: str) -> bool:
    seen = exists().where(
        Consultation.patient_id == patient_id,
        Consultation.status == ConsultationStatus.TALKED,
        Consultation.started_at > unit.now - RECENT,
    )
    return bool(unit.db.scalar(select(seen)))


def _new(turning: Turning, *, sex: str, born_on: date | None) -> Patient:
    behind, state = _behind(turning), turning.state
    last = (
        turning.unit.db.scalar(select(func.max(Patient.slot)).where(behind))
        if behind is not None
        else None
    )
    # A village's people who have no number are no household.
    without_phone = state.health_worker_id is not None and state.household_id is None
    return Patient(
        id=new_id(),
        caller_id=None if without_phone else state.household_id or turning.call.caller_id,
        health_worker_id=state.health_worker_id if without_phone else None,
        slot=(last or 0) + 1,
        born_on=born_on,
        sex=sex,
        created_at=turning.unit.now,
    )


def _count(turning: Turning, condition: ColumnElement[bool]) -> int:
    behind = _behind(turning)
    if behind is None:
        return 0
    counted = select(func.count()).select_from(Patient)
    return turning.unit.db.scalar(counted.where(behind, condition)) or 0


def _behind(turning: Turning) -> ColumnElement[bool] | None:
    """The people who are meant: behind the patient's own number, behind no number but the health
    worker who presents them, or behind the number that calls; None where that is withheld."""
    state, caller_id = turning.state, turning.call.caller_id
    if state.household_id is not None:
        return Patient.caller_id == state.household_id
    if state.health_worker_id is not None:
        return Patient.health_worker_id == state.health_worker_id
    return None if caller_id is None else Patient.caller_id == caller_id
