"""Staff accounts, and doctors as the waiting room sees them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.db.crypto import EncryptedText
from gateway.db.models.base import Base, Status, new_id
from gateway.domain.states import DoctorStatus


class Account(Base):
    """Someone who signs in; role is a value of gateway.domain.roles.Role."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    doctor: Mapped[Doctor | None] = relationship(back_populates="account")


class Doctor(Base):
    __tablename__ = "doctors"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), unique=True)
    name: Mapped[str] = mapped_column(EncryptedText("doctors.name"))
    qualification: Mapped[str] = mapped_column(String(60))
    registration_number: Mapped[str] = mapped_column(String(40))
    # Of her practice, as it stands on prescriptions.
    address: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # With it she is known on the telephone; of no use to whoever has not the installation's keys.
    pin_hash: Mapped[str | None] = mapped_column(String(64))
    languages: Mapped[list[str]]
    specialities: Mapped[list[str]] = mapped_column(
        default=lambda: ["general"], server_default='["general"]'
    )
    status: Mapped[DoctorStatus] = mapped_column(
        Status(DoctorStatus), default=DoctorStatus.OFF_DUTY, index=True
    )
    # When wrap-up or a break ends by itself; no other state of a doctor is held by a clock.
    resumes_at: Mapped[datetime | None]
    unanswered_in_a_row: Mapped[int] = mapped_column(default=0)
    # The next beginning and the next end of a shift that were not acted on yet; none: no rota.
    comes_at: Mapped[datetime | None]
    goes_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship(back_populates="doctor")


class DoctorPhone(Base):
    """A telephone of a doctor: she is rung on it, and known by it.

    on_duty: from this one she last went on duty by a call or a text, so that it is rung first.
    """

    __tablename__ = "doctor_phones"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"), index=True)
    # Sealed under the name of the column that it stood in when a doctor had only one.
    phone_e164: Mapped[str] = mapped_column(EncryptedText("doctors.phone_e164"))
    phone_hash: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    on_duty: Mapped[bool]


class HealthWorker(Base):
    """Who presents patients from a health centre, and the medical officer who stays responsible."""

    __tablename__ = "health_workers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(EncryptedText("health_workers.name"))
    centre: Mapped[str] = mapped_column(String(200))
    phone_e164: Mapped[str] = mapped_column(EncryptedText("health_workers.phone_e164"))
    phone_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pin_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(12))
    # The treating doctor of her centre, as records name him.
    treating_name: Mapped[str] = mapped_column(EncryptedText("health_workers.treating_name"))
    treating_registration: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class ShiftRow(Base):
    """A `gateway.domain.shifts.Shift` of a doctor."""

    __tablename__ = "shifts"
    __table_args__ = (UniqueConstraint("doctor_id", "weekday", "begins_min"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"))
    weekday: Mapped[int]
    begins_min: Mapped[int]
    ends_min: Mapped[int]
