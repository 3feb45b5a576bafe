"""Calls and their turns, recordings, and the calls that we mean to place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.crypto import EncryptedBytes, EncryptedJson, EncryptedText
from gateway.db.models.base import Base, Status, new_id
from gateway.domain.states import OutboundStatus


class Call(Base):
    """One leg that our flows talk to: a patient's call in or out, or a doctor's whisper."""

    __tablename__ = "calls"
    __table_args__ = (UniqueConstraint("carrier", "provider_call_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    carrier: Mapped[str] = mapped_column(String(20))
    provider_call_id: Mapped[str] = mapped_column(String(64))
    flow: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(12))
    caller_id: Mapped[str | None] = mapped_column(ForeignKey("callers.id"), index=True)
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("offers.id"))
    outbound_call_id: Mapped[str | None] = mapped_column(ForeignKey("outbound_calls.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(20))
    duration_s: Mapped[int | None]


class Turn(Base):
    """A turn that was answered: the answer, and the session as it stood after it.

    The primary key is the compare-and-set of the conversation: of two deliveries of one turn only
    one can insert it, and the other gives the stored answer.
    """

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    session: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("turns.session"))
    answer: Mapped[str] = mapped_column(EncryptedText("turns.answer"))
    created_at: Mapped[datetime]


class Recording(Base):
    """A complaint as it was spoken: an intent to transcribe until `outcome` is known."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"))
    turn: Mapped[int]
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))
    carrier: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(12))
    url: Mapped[str] = mapped_column(EncryptedText("recordings.url"))
    seconds: Mapped[int]
    audio: Mapped[bytes | None] = mapped_column(EncryptedBytes("recordings.audio"), deferred=True)
    content_type: Mapped[str | None] = mapped_column(String(60))
    outcome: Mapped[str | None] = mapped_column(String(20), index=True)
    heard: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson("recordings.heard"))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class OutboundCall(Base):
    """An intent to call a number; at most one live call-back for each offer."""

    __tablename__ = "outbound_calls"
    __table_args__ = (Index("ix_outbound_calls_due", "status", "due_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    caller_id: Mapped[str] = mapped_column(ForeignKey("callers.id"), index=True)
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("offers.id"), unique=True)
    flow: Mapped[str] = mapped_column(String(40))
    status: Mapped[OutboundStatus] = mapped_column(Status(OutboundStatus))
    carrier: Mapped[str] = mapped_column(String(20))
    provider_call_id: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
