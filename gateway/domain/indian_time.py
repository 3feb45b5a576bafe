"""Indian time, for what people read and hear; everything that is kept is UTC."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

# One zone without summer time since 1945, so a fixed offset needs no zone database.
IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")


def day_in_india(at: datetime) -> date:
    """Return the calendar day that an aware time falls on in India."""
    return at.astimezone(IST).date()
