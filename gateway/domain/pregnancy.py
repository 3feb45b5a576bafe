"""Whether a patient is pregnant: asked, believed for a while, and asked again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gateway.domain.draft import Sex

CHILDBEARING_YEARS: Final = range(12, 51)
# An answer holds for about two months, a yes as well as a no; to be reviewed by a clinician.
BELIEVED_FOR: Final = timedelta(days=60)


def may_be_pregnant(*, sex: str | None, age_years: int | None) -> bool:
    """Tell whether it has to be asked before a medicine is chosen."""
    return sex == Sex.FEMALE and age_years in CHILDBEARING_YEARS


def known_pregnancy(
    pregnant: bool | None, *, told_at: datetime | None, now: datetime
) -> bool | None:
    """Return the answer; None where nobody gave one, or so long ago that it says nothing today."""
    return pregnant if told_at is not None and now - told_at <= BELIEVED_FOR else None
