"""Calls and texts after a consultation, as intents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.crypto import EncryptedText
from gateway.db.models.base import Base, Status, new_id
from gateway.domain.aftercare import AftercareKind, ReachedBy
from gateway.domain.states import AftercareStatus


class Aftercare(Base):
    """One follow-up of a consultation, the reminders of a prescription, the reading of one, or the
    word that it was cancelled.

    by: how she wants to be reminded; of a follow-up, whether a text has asked. part: the time of
    the day of the reminder that is due. attempts: calls for what is due now. answer: how the
    patient is, sealed.
    """

    __tablename__ = "aftercare"
    __table_args__ = (
        Index("ix_aftercare_due", "status", "due_at"),
        UniqueConstraint("prescription_id", "kind"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    kind: Mapped[AftercareKind] = mapped_column(Status(AftercareKind))
    caller_id: Mapped[str] = mapped_column(ForeignKey("callers.id"), index=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    consultation_id: Mapped[str | None] = mapped_column(ForeignKey("consultations.id"), unique=True)
    prescription_id: Mapped[str | None] = mapped_column(ForeignKey("prescriptions.id"))
    status: Mapped[AftercareStatus] = mapped_column(Status(AftercareStatus))
    by: Mapped[ReachedBy] = mapped_column(
        Status(ReachedBy), default=ReachedBy.CALL, server_default=ReachedBy.CALL.value
    )
    part: Mapped[str | None] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None] = mapped_column(EncryptedText("aftercare.answer"))
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
