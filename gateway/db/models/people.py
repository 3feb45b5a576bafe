"""Callers (telephone numbers) and patients (people); a caller is never the patient."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.crypto import EncryptedJson, EncryptedText
from gateway.db.models.base import Base, new_id


class Caller(Base):
    """A telephone number that has called; the number itself is sealed, its hash looks it up."""

    __tablename__ = "callers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    phone_e164: Mapped[str] = mapped_column(EncryptedText("callers.phone_e164"))
    phone_hash: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str | None] = mapped_column(String(12))
    script: Mapped[str] = mapped_column(String(12), default="native")
    consented_at: Mapped[datetime | None]
    # She took her consent back; until she gives it again nothing is texted.
    withdrawn_at: Mapped[datetime | None]
    # She texted STOP; nothing is texted until START.
    texts_stopped_at: Mapped[datetime | None]
    # The number was taken out of the row at her wish; what had to stay is reachable by no number.
    erased_at: Mapped[datetime | None]
    # No reminders and no follow-up calls.
    no_calls: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class Patient(Base):
    """A person behind a number; caller_id is empty when the number was withheld, or when she has
    none and is known to a health worker."""

    __tablename__ = "patients"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    caller_id: Mapped[str | None] = mapped_column(ForeignKey("callers.id"), index=True)
    # Who presented her, where she has no number of her own.
    health_worker_id: Mapped[str | None] = mapped_column(
        ForeignKey("health_workers.id"), index=True
    )
    slot: Mapped[int]
    name: Mapped[str | None] = mapped_column(EncryptedText("patients.name"))
    address: Mapped[str | None] = mapped_column(EncryptedText("patients.address"))
    # Her name as she said it; recordings refer to patients, so a foreign key would close a circle.
    name_recording_id: Mapped[str | None] = mapped_column(String(32))
    # The day that the age was told for: an age alone would be wrong a year later.
    born_on: Mapped[date | None]
    # "unknown" where no key came through; then nothing below was asked either.
    sex: Mapped[str] = mapped_column(String(8))
    # None where it was not asked or not answered; an answer is believed for a while only.
    pregnant: Mapped[bool | None]
    pregnant_told_at: Mapped[datetime | None]
    # In words, as she or her doctor told them; None where nobody did.
    allergies: Mapped[list[str] | None] = mapped_column(EncryptedJson("patients.allergies"))
    long_term_medicines: Mapped[list[str] | None] = mapped_column(
        EncryptedJson("patients.long_term_medicines")
    )
    no_sms: Mapped[bool] = mapped_column(default=False)
    # Of the patient to the caller: self, child or other.
    relation: Mapped[str | None] = mapped_column(String(8))
    # A parent or guardian was on the line when she was registered.
    guardian: Mapped[bool] = mapped_column(default=False, server_default=false())
    last_in_person_on: Mapped[date | None]
    last_called_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
