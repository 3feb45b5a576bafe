"""Consultations as their doctor sees them: who it is, what was said and issued, the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, and_, select

from gateway.db.models import (
    Aftercare,
    Consultation,
    Offer,
    Patient,
    Prescription,
    Presentation,
    Recording,
    Ticket,
)
from gateway.domain.pregnancy import may_be_pregnant
from gateway.domain.recording import RecordingPurpose
from gateway.domain.states import ConsultationStatus
from gateway.services.households import age_years, pregnancy_of
from gateway.services.work import Unit

HISTORY: Final = 10

_Row: TypeAlias = tuple[Consultation, Ticket, Patient]


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording beside what the machine made of it; confirmed codes are the patient's own.

    is_case: a health worker tells it to the doctor, and no machine has listened.
    """

    recording_id: str
    outcome: str | None
    transcript: str
    confidence: float | None
    has_audio: bool
    model: str
    duration_days: int | None
    is_case: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One consultation as its doctor sees it.

    age_years, born_on: None, and sex "unknown", where nobody told. relation: of the patient to the
    caller. guardian: one was on the line when she was registered. duration_days, severity: by key.
    helped: what she said of the talk. since: how she was when we asked later, empty when unknown.
    allergies, long_term_medicines: as they were told; None where nobody told.
    pregnant: None where it is not known today. asked_at: when she first asked for a doctor.
    why_next: what the order went by; empty when old.
    presented: by whom, and what was measured; empty where the patient called herself.
    """

    id: str
    asked_at: datetime
    started_at: datetime
    ended_at: datetime | None
    talk_s: int | None
    outcome: ConsultationStatus
    age_years: int | None
    sex: str
    pregnant: bool | None
    may_be_pregnant: bool
    born_on: date | None
    last_in_person_on: date | None
    language: str
    token: str
    urgency: str
    reasons: Sequence[str]
    symptoms: Sequence[dict[str, str]]
    duration_days: int | None
    severity: str
    diagnosis: str
    notes: str
    patient_id: str
    name: str
    address: str
    allergies: Sequence[str] | None
    long_term_medicines: Sequence[str] | None
    relation: str
    guardian: bool
    helped: bool | None
    review_days: int | None
    since: str
    name_recording_id: str
    name_spoken: bool
    why_next: Mapping[str, Any]
    presented: Mapping[str, Any]
    prescriptions: Sequence[Prescription] = ()
    heard: Sequence[Heard] = ()
    history: Sequence[Visit] = ()


def visits(unit: Unit, condition: ColumnElement[bool], *, limit: int) -> Sequence[Visit]:
    """Return these consultations, the newest first, as a list shows them."""
    return [_visit(unit, row) for row in _rows(unit, condition, limit)]


def visit(unit: Unit, condition: ColumnElement[bool]) -> Visit | None:
    """Return this consultation with what was heard, issued and seen before; None for none."""
    rows = _rows(unit, condition, 1)
    return _visit(unit, rows[0], whole=True) if rows else None


def _rows(unit: Unit, condition: ColumnElement[bool], limit: int) -> Sequence[_Row]:
    rows = unit.db.execute(
        select(Consultation, Ticket, Patient)
        .join(Ticket, Ticket.id == Consultation.ticket_id)
        .join(Patient, Patient.id == Consultation.patient_id)
        .where(condition)
        .order_by(Consultation.started_at.desc())
        .limit(limit)
    ).all()
    return [(row[0], row[1], row[2]) for row in rows]


def _visit(unit: Unit, row: _Row, *, whole: bool = False) -> Visit:
    consultation, ticket, patient = row
    complaint = ticket.complaint
    return Visit(
        id=consultation.id,
        asked_at=ticket.joined_at,
        started_at=consultation.started_at,
        ended_at=consultation.ended_at,
        talk_s=consultation.talk_s,
        outcome=consultation.status,
        age_years=age_years(patient.born_on, unit.now),
        sex=patient.sex,
        pregnant=pregnancy_of(patient, unit.now),
        may_be_pregnant=may_be_pregnant(
            sex=patient.sex, age_years=age_years(patient.born_on, unit.now)
        ),
        born_on=patient.born_on,
        last_in_person_on=patient.last_in_person_on,
        language=ticket.language,
        token=ticket.token,
        urgency=ticket.urgency,
        reasons=complaint["reasons"],
        symptoms=complaint["symptoms"],
        # Complaints without a severity are older than the question, and their duration was heard.
        duration_days=complaint["duration_days"] if "severity" in complaint else None,
        severity=complaint.get("severity", ""),
        diagnosis=consultation.diagnosis or "",
        notes=consultation.notes or "",
        patient_id=patient.id,
        name=patient.name or "",
        address=patient.address or "",
        allergies=patient.allergies,
        long_term_medicines=patient.long_term_medicines,
        relation=patient.relation or "",
        guardian=bool(patient.guardian),
        helped=consultation.helped,
        review_days=consultation.review_days,
        since=_since(unit, consultation.id),
        name_recording_id=_name(unit, patient) if whole else "",
        name_spoken=patient.name_recording_id is not None,
        why_next=_why_next(unit, consultation) if whole else {},
        presented=_presented(unit, ticket) if whole else {},
        prescriptions=_prescriptions(unit, consultation.id),
        heard=_heard(unit, complaint["recording_ids"]) if whole else (),
        history=_history(unit, consultation) if whole else (),
    )


def _history(unit: Unit, consultation: Consultation) -> Sequence[Visit]:
    """Earlier consultations of the same patient, with whomever: the record is hers."""
    earlier = and_(
        Consultation.patient_id == consultation.patient_id,
        Consultation.started_at < consultation.started_at,
        Consultation.status == ConsultationStatus.TALKED,
    )
    return visits(unit, earlier, limit=HISTORY)


def _prescriptions(unit: Unit, consultation_id: str) -> Sequence[Prescription]:
    return unit.db.scalars(
        select(Prescription)
        .where(Prescription.consultation_id == consultation_id)
        .order_by(Prescription.issued_at)
    ).all()


def _why_next(unit: Unit, consultation: Consultation) -> Mapping[str, Any]:
    return unit.db.get_one(Offer, consultation.offer_id).reasons or {}


def _presented(unit: Unit, ticket: Ticket) -> Mapping[str, Any]:
    row = unit.db.get(Presentation, ticket.id)
    return row.document if row is not None else {}


def _since(unit: Unit, consultation_id: str) -> str:
    answer = unit.db.scalar(
        select(Aftercare.answer).where(Aftercare.consultation_id == consultation_id)
    )
    return answer or ""


def _name(unit: Unit, patient: Patient) -> str:
    """The recording of her name, once it has come from the carrier."""
    fetched = select(Recording.id).where(
        Recording.id == patient.name_recording_id, Recording.audio.is_not(None)
    )
    return unit.db.scalar(fetched) or ""


def _heard(unit: Unit, recording_ids: Sequence[str]) -> Sequence[Heard]:
    rows = unit.db.execute(
        select(
            Recording.id,
            Recording.outcome,
            Recording.heard,
            Recording.audio.is_not(None),
            Recording.purpose,
        ).where(Recording.id.in_(recording_ids))
    ).all()
    return [
        Heard(
            recording_id=row[0],
            outcome=row[1],
            transcript=(row[2] or {}).get("text", ""),
            confidence=(row[2] or {}).get("confidence"),
            has_audio=bool(row[3]),
            model=(row[2] or {}).get("model", ""),
            duration_days=(row[2] or {}).get("duration_days"),
            is_case=row[4] is RecordingPurpose.CASE,
        )
        for row in rows
    ]
