"""The rota: which doctors are on duty, by hand and by their shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from gateway.db.models import Doctor
from gateway.db.models.base import new_id
from gateway.domain.phone_numbers import UnknownCaller, parse_phone
from gateway.domain.shifts import Shift, hours_text, next_beginning
from gateway.domain.states import DoctorStatus
from gateway.services import doctor_phones, shifts
from gateway.services.callers import Directory
from gateway.services.doctor_phones import BadPhone
from gateway.services.pins import make_pin
from gateway.services.work import Job, Unit, Work


@dataclass(frozen=True, slots=True)
class NewDoctor:
    """What is needed to put a doctor on the rota; phone in any Indian form.

    address: of her practice, as it stands on prescriptions.
    """

    name: str
    qualification: str
    registration_number: str
    phone: str
    languages: Sequence[str]
    account_id: str | None = None
    address: str = ""
    specialities: Sequence[str] = ("general",)


@dataclass(frozen=True, slots=True)
class OnRota:
    """A doctor as supervisors see her; hours as `parse_hours` reads them, empty without a rota."""

    doctor_id: str
    name: str
    status: DoctorStatus
    hours: str
    comes_at: datetime | None


class Rota:
    def __init__(self, *, work: Work, directory: Directory) -> None:
        self._work = work
        self._directory = directory

    def enrol(self, doctor: NewDoctor) -> str | BadPhone:
        """Add a doctor, off duty; return her id. A number that is on the rota already is hers."""
        phone = parse_phone(doctor.phone)
        if isinstance(phone, UnknownCaller):
            return BadPhone(phone.reason)
        hashed = self._directory.phone_hash(phone)
        with self._work.begin() as unit:
            known = doctor_phones.owner_of(unit, hashed)
            if known is not None:
                return known.id
            row = Doctor(
                id=new_id(),
                account_id=doctor.account_id,
                name=doctor.name,
                qualification=doctor.qualification,
                registration_number=doctor.registration_number,
                address=doctor.address,
                languages=list(doctor.languages),
                specialities=list(doctor.specialities),
                status=DoctorStatus.OFF_DUTY,
                created_at=unit.now,
            )
            unit.db.add(row)
            unit.db.flush()
            doctor_phones.enter(unit, row.id, phone, hashed)
            return row.id

    def go_on_duty(self, doctor_id: str) -> bool:
        with self._work.begin() as unit:
            return go_on_duty(unit, doctor_id)

    def take_break(self, doctor_id: str) -> bool:
        with self._work.begin() as unit:
            return take_break(unit, doctor_id)

    def go_off_duty(self, doctor_id: str) -> bool:
        with self._work.begin() as unit:
            return go_off_duty(unit, doctor_id)

    def make_pin(self, doctor_id: str) -> str:
        """Return a new PIN for her telephone, to be shown once; the one before opens nothing."""
        with self._work.begin() as unit:
            return make_pin(unit, doctor_id)

    def hours(self, doctor_id: str) -> tuple[Shift, ...]:
        with self._work.begin() as unit:
            return shifts.hours_of(unit, doctor_id)

    def set_hours(self, doctor_id: str, hours: Sequence[Shift]) -> datetime | None:
        """Replace her shifts; return when she comes on duty next, None with no shift."""
        with self._work.begin() as unit:
            shifts.set_hours(unit, doctor_id, hours)
            return next_beginning(hours, unit.now)

    def doctors(self) -> Sequence[OnRota]:
        """Everyone on the rota, by name."""
        with self._work.begin() as unit:
            rows = unit.db.scalars(select(Doctor)).all()
            found = [
                OnRota(
                    row.id,
                    row.name,
                    row.status,
                    hours_text(shifts.hours_of(unit, row.id)),
                    row.comes_at,
                )
                for row in rows
            ]
        return sorted(found, key=lambda it: it.name)

    def doctor_of(self, account_id: str) -> Doctor | None:
        with self._work.begin() as unit:
            return doctor_of(unit, account_id)


def go_on_duty(unit: Unit, doctor_id: str) -> bool:
    """She takes calls from now on: from off duty, a pause or wrap-up."""
    if shifts.settle(unit, doctor_id) is DoctorStatus.AVAILABLE:
        return True
    moved = unit.move(
        Doctor,
        doctor_id,
        DoctorStatus.AVAILABLE,
        origins=(DoctorStatus.OFF_DUTY, DoctorStatus.PAUSED, DoctorStatus.WRAP_UP),
        unanswered_in_a_row=0,
        resumes_at=None,
    )
    if moved:
        unit.hint(Job.DISPATCH)
    return moved


_PAUSES: Final = (DoctorStatus.WRAP_UP, DoctorStatus.PAUSED)


def a_pause_is_over(unit: Unit) -> bool:
    """Tell whether somebody's wrap-up or break has ended, of whom nobody has taken note."""
    due = Doctor.status.in_(_PAUSES), Doctor.resumes_at <= unit.now
    return unit.db.scalar(select(Doctor.id).where(*due).limit(1)) is not None


def end_pauses(unit: Unit) -> int:
    """Put on duty whose wrap-up or break is over; return how many."""
    due = unit.lock(Doctor, Doctor.status.in_(_PAUSES), Doctor.resumes_at <= unit.now)
    return sum(
        unit.move(Doctor, doctor.id, DoctorStatus.AVAILABLE, origins=_PAUSES, resumes_at=None)
        for doctor in due
    )


def take_break(unit: Unit, doctor_id: str) -> bool:
    """She is not rung until it is over or she says so; refused while a patient is hers.

    A pause that she has already becomes this one.
    """
    shifts.settle(unit, doctor_id)
    until = {"unanswered_in_a_row": 0, "resumes_at": unit.now + unit.rules.doctor.usual_break}
    origins = (DoctorStatus.AVAILABLE, DoctorStatus.WRAP_UP)
    if unit.move(Doctor, doctor_id, DoctorStatus.PAUSED, origins=origins, **until):
        return True
    paused = Doctor.id == doctor_id, Doctor.status == DoctorStatus.PAUSED
    return unit.change(update(Doctor).where(*paused).values(**until)) == 1


def go_off_duty(unit: Unit, doctor_id: str) -> bool:
    """She takes no more calls; refused while a patient is reserved for her or talking."""
    if shifts.settle(unit, doctor_id) is DoctorStatus.OFF_DUTY:
        return True
    return unit.move(
        Doctor,
        doctor_id,
        DoctorStatus.OFF_DUTY,
        origins=(DoctorStatus.AVAILABLE, DoctorStatus.PAUSED, DoctorStatus.WRAP_UP),
    )


def doctor_of(unit: Unit, account_id: str) -> Doctor | None:
    return unit.db.scalar(select(Doctor).where(Doctor.account_id == account_id))
