"""The waiting room: tickets, and the offers that hold them and their doctors for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.crypto import EncryptedJson
from gateway.db.models.base import Base, Status, new_id
from gateway.domain.states import OfferStatus, Presence, Room, TicketStatus

_OPEN = text("status IN ('waiting', 'engaged')")


class Ticket(Base):
    """A place in the waiting room; its number gives the token, joined_at never changes."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index(
            "uq_tickets_open_patient",
            "patient_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_tickets_turn", "status", "language", "speciality", "turn_at", "id"),
        Index(
            "ix_tickets_turn_state", "status", "language", "speciality", "state", "turn_at", "id"
        ),
        Index("ix_tickets_usual_doctor", "usual_doctor_id", "status", "turn_at"),
        Index("ix_tickets_caller", "caller_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    caller_id: Mapped[str | None] = mapped_column(ForeignKey("callers.id"))
    # The call that the patient is on; calls refer to offers and those to tickets, so a foreign
    # key here would close a circle.
    call_id: Mapped[str | None] = mapped_column(String(32), index=True)
    language: Mapped[str] = mapped_column(String(12))
    speciality: Mapped[str] = mapped_column(String(20), default="general", server_default="general")
    # Of the number that was dialled, as config/waiting_room.yaml names states; empty: not known.
    state: Mapped[str] = mapped_column(String(4), default="", server_default="")
    # The doctor with whom this patient talked lately; no foreign key, since it only orders.
    usual_doctor_id: Mapped[str | None] = mapped_column(String(32))
    urgency: Mapped[str] = mapped_column(String(10))
    urgency_rank: Mapped[int]
    # Symptom codes with their source, what the machine heard, the red-flag rules that fired.
    complaint: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("tickets.complaint"))
    status: Mapped[TicketStatus] = mapped_column(Status(TicketStatus))
    presence: Mapped[Presence] = mapped_column(Status(Presence))
    joined_at: Mapped[datetime]
    # joined_at, put earlier by the head start of the urgency (config/waiting_room.yaml).
    turn_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    call_back_attempts: Mapped[int] = mapped_column(default=0)
    call_back_due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def token(self) -> str:
        return token_of(self.id)


def token_of(ticket_id: int) -> str:
    """Return the token that is spoken and texted: the last four digits of the ticket's number."""
    return f"{ticket_id % 10_000:04d}"


class Offer(Base):
    """A ticket offered to a doctor; the lease bounds each of its states."""

    __tablename__ = "offers"
    __table_args__ = (
        Index(
            "uq_offers_live_ticket",
            "ticket_id",
            unique=True,
            sqlite_where=text("status IN ('pending', 'connecting', 'ringing', 'accepted')"),
            postgresql_where=text("status IN ('pending', 'connecting', 'ringing', 'accepted')"),
        ),
        Index(
            "uq_offers_live_doctor",
            "doctor_id",
            unique=True,
            sqlite_where=text("status IN ('pending', 'connecting', 'ringing', 'accepted')"),
            postgresql_where=text("status IN ('pending', 'connecting', 'ringing', 'accepted')"),
        ),
        Index("ix_offers_lease", "status", "lease_until"),
        Index("ix_offers_doctor", "doctor_id", "ended_at"),
        Index("ix_offers_ended", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    doctor_id: Mapped[str] = mapped_column(ForeignKey("doctors.id"))
    status: Mapped[OfferStatus] = mapped_column(Status(OfferStatus))
    lease_until: Mapped[datetime]
    # Why this patient was next for this doctor, without anything that she said.
    reasons: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # The turn of the patient's call that carried the dial, to answer a repeated redirect with.
    bridge_turn: Mapped[int | None]
    # Her telephones that were rung, by id, with what the carrier said of each; empty: nothing yet.
    rung: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    # Where a talk of three stands, since when; empty where two talk.
    room: Mapped[Room | None] = mapped_column(Status(Room))
    room_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Presentation(Base):
    """A ticket that a health worker presents; the document is how it was on that day.

    consented_at: when the patient agreed by a key.
    """

    __tablename__ = "presentations"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id"), primary_key=True, autoincrement=False
    )
    health_worker_id: Mapped[str] = mapped_column(ForeignKey("health_workers.id"), index=True)
    # Health worker, centre, treating doctor; vital signs by code; the recordings of the case.
    document: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("presentations.document"))
    consented_at: Mapped[datetime]
    # The patient is not beside her, and is rung to join the talk.
    patient_apart: Mapped[bool] = mapped_column(default=False, server_default=false())
