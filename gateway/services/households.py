"""Households: the people behind one number, chosen before anything clinical is said."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from gateway.db.models import Patient
from gateway.db.models.base import new_id
from gateway.services.turning import Turning
from ivr_flows.engine.session import EffectDone, Json

LISTED: Final = 4
LARGEST: Final = 12
DAYS_A_YEAR: Final = 365.25


def age_days(born_on: date, now: datetime) -> int:
    return max(0, (now.date() - born_on).days)


def age_years(born_on: date, now: datetime) -> int:
    return int(age_days(born_on, now) / DAYS_A_YEAR)


def list_members(turning: Turning) -> EffectDone:
    """The people registered behind this number, the most recent first."""
    if turning.call.caller_id is None:
        return EffectDone("none")
    patients = turning.unit.db.scalars(
        select(Patient)
        .where(Patient.caller_id == turning.call.caller_id)
        .order_by(Patient.created_at.desc())
        .limit(LISTED)
    ).all()
    if not patients:
        return EffectDone("none")
    members: list[Json] = [
        {"slot": p.slot, "sex": p.sex, "age_years": age_years(p.born_on, turning.unit.now)}
        for p in patients
    ]
    return EffectDone("some", {"members": members})


def choose(turning: Turning, slot: int) -> EffectDone:
    patient = turning.unit.db.scalar(
        select(Patient).where(Patient.caller_id == turning.call.caller_id, Patient.slot == slot)
    )
    if patient is None:
        return EffectDone("gone")
    return _chosen(turning, patient)


def add(
    turning: Turning, *, age_years: int, sex: str, pregnant: bool = False, age_months: int = 0
) -> EffectDone:
    """Register a person; the day of birth is kept, since an age grows wrong."""
    caller_id = turning.call.caller_id
    count = 0
    if caller_id is not None:
        count = (
            turning.unit.db.scalar(
                select(func.count()).select_from(Patient).where(Patient.caller_id == caller_id)
            )
            or 0
        )
    if count >= LARGEST:
        return EffectDone("full")
    days = age_years * DAYS_A_YEAR + (age_months * DAYS_A_YEAR / 12 if age_years == 0 else 0)
    patient = Patient(
        id=new_id(),
        caller_id=caller_id,
        slot=count + 1,
        # Rounded up, so that a birthday today counts as that many years.
        born_on=turning.unit.now.date() - timedelta(days=-int(-days // 1)),
        sex=sex,
        pregnant=pregnant,
        created_at=turning.unit.now,
    )
    turning.unit.db.add(patient)
    return _chosen(turning, patient)


def _chosen(turning: Turning, patient: Patient) -> EffectDone:
    now, state = turning.unit.now, turning.state
    state.patient_id = patient.id
    state.age_days = age_days(patient.born_on, now)
    state.age_years = age_years(patient.born_on, now)
    state.sex, state.pregnant = patient.sex, bool(patient.pregnant)
    state.no_sms = bool(patient.no_sms)
    return EffectDone("ok", {"age_years": state.age_years, "sex": patient.sex})
