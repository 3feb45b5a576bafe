"""How much of a sender's or an account's rate is spent, for all processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.models.base import Base


class Bucket(Base):
    """paid_until: until when what was spent is paid for; the past, when the bucket is full."""

    __tablename__ = "buckets"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    paid_until: Mapped[datetime]
