"""Consultations (FHIR Encounter), prescriptions (MedicationRequest), slips (ServiceRequest)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.crypto import EncryptedJson, EncryptedText
from gateway.db.models.base import Base, Status, new_id
from gateway.domain.states import ConsultationStatus


class Consultation(Base):
    """What happened between one patient and one doctor; talk time is measured, never claimed."""

    __tablename__ = "consultations"
    __table_args__ = (Index("ix_consultations_ended", "status", "ended_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offers.id"), unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    talk_s: Mapped[int | None]
    status: Mapped[ConsultationStatus] = mapped_column(
        Status(ConsultationStatus), default=ConsultationStatus.OPEN
    )
    # Did the talk help? By a key of the patient, right after it.
    helped: Mapped[bool | None]
    # After how many days the doctor wants to know how she is.
    review_days: Mapped[int | None]
    diagnosis: Mapped[str | None] = mapped_column(EncryptedText("consultations.diagnosis"))
    notes: Mapped[str | None] = mapped_column(EncryptedText("consultations.notes"))


class Prescription(Base):
    """An issued prescription; the document is the whole of it as it was issued."""

    __tablename__ = "prescriptions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), index=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"))
    document: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("prescriptions.document"))
    issued_at: Mapped[datetime]
    # The doctor took it back; it is neither dispensed nor read aloud any more.
    cancelled_at: Mapped[datetime | None]
    # The one that was taken back for this one.
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("prescriptions.id"))


class Dispensing(Base):
    """A medicine of a prescription that a pharmacist handed out; place: on it, from 1."""

    __tablename__ = "dispensings"

    prescription_id: Mapped[str] = mapped_column(ForeignKey("prescriptions.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class Regimen(Base):
    """Medicines that a doctor keeps under a name; nothing of a patient is in them.

    number: what she keys for it on her telephone, of two digits.
    """

    __tablename__ = "regimens"
    __table_args__ = (
        UniqueConstraint("doctor_id", "name"),
        UniqueConstraint("doctor_id", "number", name="uq_regimens_doctor_id_number"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"))
    name: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    medicines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class Slip(Base):
    """Where a doctor sent a patient, or the tests that she asked for; the document is the whole."""

    __tablename__ = "slips"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), index=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"))
    document: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("slips.document"))
    issued_at: Mapped[datetime]


class PrescriptionDraft(Base):
    """What a doctor texted or keyed, until she issues it or it is forgotten."""

    __tablename__ = "prescription_drafts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"), index=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"))
    told: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("prescription_drafts.told"))
    changed_at: Mapped[datetime]
