"""Text messages as intents, and the carrier's receipts for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.crypto import EncryptedText
from gateway.db.models.base import Base, Status, new_id
from gateway.domain.states import MessageStatus


class Message(Base):
    """One SMS to send; `purpose_key` names its reason, so one reason sends one message.

    expires_at: it is worth nothing from then on, and is not sent any more.
    """

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_due", "status", "lane", "due_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    purpose_key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    caller_id: Mapped[str] = mapped_column(ForeignKey("callers.id"), index=True)
    phone_e164: Mapped[str] = mapped_column(EncryptedText("messages.phone_e164"))
    body: Mapped[str] = mapped_column(EncryptedText("messages.body"))
    template_id: Mapped[str] = mapped_column(String(40))
    encoding: Mapped[str] = mapped_column(String(8))
    segments: Mapped[int]
    status: Mapped[MessageStatus] = mapped_column(Status(MessageStatus))
    # The lower goes first, whatever waits in the others.
    lane: Mapped[int] = mapped_column(default=1, server_default="1")
    # Who was asked last to send it; none before the first try.
    carrier: Mapped[str | None] = mapped_column(String(20))
    provider_message_id: Mapped[str | None] = mapped_column(String(64), index=True)
    error_code: Mapped[str | None] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Receipt(Base):
    """A delivery receipt, once for each status of a message.

    status: the carrier's word; of the second part of a long text and on with its number,
    as "delivered/2".
    """

    __tablename__ = "receipts"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(20), primary_key=True)
    error_code: Mapped[str | None] = mapped_column(String(20))
    received_at: Mapped[datetime]
