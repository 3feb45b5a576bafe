"""The clinic: what a doctor sees of her consultations, and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import undefer

from gateway.db.models import Consultation, Doctor, Patient, Recording, Ticket
from gateway.domain.pregnancy import may_be_pregnant
from gateway.domain.states import DoctorStatus, Presence, TicketStatus
from gateway.domain.waiting_room import URGENCY_RANK
from gateway.services import visits
from gateway.services.households import age_years, day_of_birth, tell_pregnancy
from gateway.services.visits import Visit
from gateway.services.work import Unit, Work


@dataclass(frozen=True, slots=True)
class ToldPerson:
    """What a patient says of herself to her doctor; pregnant: None where it was not asked."""

    age_years: int
    sex: str
    pregnant: bool | None


@dataclass(frozen=True, slots=True)
class Room:
    """The waiting room in numbers, by urgency; nobody in it is named."""

    waiting: dict[str, int]
    holding: int
    away: int
    on_duty: int


class Clinic:
    def __init__(self, *, work: Work) -> None:
        self._work = work

    def visits(self, doctor_id: str, *, limit: int = 30) -> Sequence[Visit]:
        """The doctor's consultations, the newest first."""
        with self._work.begin() as unit:
            return visits.visits(unit, Consultation.doctor_id == doctor_id, limit=limit)

    def visit(self, consultation_id: str, *, doctor_id: str) -> Visit | None:
        """One consultation with what was heard, issued and seen before; None if not hers."""
        with self._work.begin() as unit:
            mine = and_(Consultation.id == consultation_id, Consultation.doctor_id == doctor_id)
            return visits.visit(unit, mine)

    def audio(self, recording_id: str, *, doctor_id: str) -> tuple[bytes, str] | None:
        """A recording of a patient whom this doctor has had in consultation: body, content type."""
        with self._work.begin() as unit:
            recording = unit.db.scalar(
                select(Recording)
                .options(undefer(Recording.audio))
                .join(Consultation, Consultation.patient_id == Recording.patient_id)
                .where(Recording.id == recording_id, Consultation.doctor_id == doctor_id)
                .limit(1)
            )
            if recording is None or recording.audio is None:
                return None
            return recording.audio, recording.content_type or "audio/wav"

    def room(self) -> Room:
        with self._work.begin() as unit:
            counts = unit.db.execute(
                select(Ticket.urgency, Ticket.presence, func.count())
                .where(Ticket.status == TicketStatus.WAITING)
                .group_by(Ticket.urgency, Ticket.presence)
            ).all()
            on_duty = unit.db.scalar(
                select(func.count())
                .select_from(Doctor)
                .where(Doctor.status.not_in((DoctorStatus.OFF_DUTY, DoctorStatus.PAUSED)))
            )
        waiting = dict.fromkeys(URGENCY_RANK, 0)
        for urgency, _presence, count in counts:
            waiting[urgency] += count
        away = sum(count for _, presence, count in counts if presence is Presence.AWAY)
        return Room(waiting, sum(waiting.values()) - away, away, on_duty or 0)

    def record_in_person_visit(
        self, consultation_id: str, *, doctor_id: str, day: date | None
    ) -> bool:
        """Keep the last in-person visit as its own fact: it alone starts the follow-up clock."""
        with self._work.begin() as unit:
            return keep_in_person_visit(unit, consultation_id, doctor_id=doctor_id, day=day)

    def record_person(self, consultation_id: str, *, doctor_id: str, told: ToldPerson) -> bool:
        """Keep what the patient told the doctor of herself, over what a key had told before.

        All was asked here: without an answer it is not known any more whether she is pregnant.
        """
        with self._work.begin() as unit:
            if patient := _patient_of(unit, consultation_id, doctor_id):
                tell_pregnancy(unit, patient, pregnant=None)
            return keep_person(unit, consultation_id, doctor_id=doctor_id, told=told)


def keep_in_person_visit(
    unit: Unit, consultation_id: str, *, doctor_id: str, day: date | None
) -> bool:
    """As `Clinic.record_in_person_visit`, in a transaction that somebody else owns."""
    patient = _patient_of(unit, consultation_id, doctor_id)
    if patient is None:
        return False
    patient.last_in_person_on = day
    return True


def keep_person(unit: Unit, consultation_id: str, *, doctor_id: str, told: ToldPerson) -> bool:
    """Keep age and sex; what is known of pregnancy stays where it was not asked, and can be so.

    In a transaction that somebody else owns.
    """
    patient = _patient_of(unit, consultation_id, doctor_id)
    if patient is None:
        return False
    # The same age in years leaves the months of an infant as they are.
    if age_years(patient.born_on, unit.now) != told.age_years:
        patient.born_on = day_of_birth(unit.now, years=told.age_years)
    patient.sex = told.sex
    may_be = may_be_pregnant(sex=told.sex, age_years=told.age_years)
    if told.pregnant is not None or not may_be:
        tell_pregnancy(unit, patient, pregnant=told.pregnant if may_be else None)
    unit.note("patients", patient.id, "corrected")
    return True


def _patient_of(unit: Unit, consultation_id: str, doctor_id: str) -> Patient | None:
    return unit.db.scalar(
        select(Patient)
        .join(Consultation, Consultation.patient_id == Patient.id)
        .where(Consultation.id == consultation_id, Consultation.doctor_id == doctor_id)
    )
