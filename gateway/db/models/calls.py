"""Calls and their turns, recordings, and the calls that we mean to place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.crypto import EncryptedBytes, EncryptedJson, EncryptedText
from gateway.db.models.base import Base, Status, new_id
from gateway.domain.recording import RecordingPurpose
from gateway.domain.states import OutboundStatus


class Call(Base):
    """One leg that our flows talk to: a patient's call in or out, or a doctor's whisper."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("carrier", "provider_call_id"),
        # Few of all the calls: those of which the sweeper has to see to the end.
        Index(
            "ix_calls_open",
            "started_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    carrier: Mapped[str] = mapped_column(String(20))
    provider_call_id: Mapped[str] = mapped_column(String(64))
    flow: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(12))
    # The number of ours that was called; it tells the area.
    our_number: Mapped[str | None] = mapped_column(String(20))
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


class Opening(Base):
    """Of a call that is not of this household's number, and yet of its people: a health worker's
    who presents one of them, a doctor's who hears of one. So it is found when they are erased."""

    __tablename__ = "openings"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(
        ForeignKey("callers.id"), primary_key=True, index=True
    )


class Recording(Base):
    """Something that a caller said. With a purpose it is an intent until `outcome` is known: to
    fetch and transcribe a complaint, to fetch a name and never transcribe it."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"))
    turn: Mapped[int]
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))
    purpose: Mapped[RecordingPurpose | None] = mapped_column(Status(RecordingPurpose))
    carrier: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(12))
    url: Mapped[str] = mapped_column(EncryptedText("recordings.url"))
    # The codes that the question asked for; empty where anything was asked, as for a name.
    asked: Mapped[list[str] | None] = mapped_column(EncryptedJson("recordings.asked"))
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
    # The talk that whoever answers is to join.
    joins_offer_id: Mapped[str | None] = mapped_column(ForeignKey("offers.id"))
    aftercare_id: Mapped[str | None] = mapped_column(ForeignKey("aftercare.id"), index=True)
    # The number of ours that she had called, if she had.
    our_number: Mapped[str | None] = mapped_column(String(20))
    flow: Mapped[str] = mapped_column(String(40))
    status: Mapped[OutboundStatus] = mapped_column(Status(OutboundStatus))
    carrier: Mapped[str] = mapped_column(String(20))
    provider_call_id: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
