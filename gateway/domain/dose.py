"""A dose as doctors write it: "1-0-1", "1-1-1-1", "sos"; amounts at the times of the day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

TIMES: Final = {
    2: ("morning", "night"),
    3: ("morning", "noon", "night"),
    4: ("morning", "noon", "evening", "night"),
}
LARGEST_AMOUNT: Final = Decimal(20)
# "When needed" names no number; the daily maximum is checked as if taken this often.
AS_NEEDED_TIMES: Final = 4

_AMOUNT = re.compile(r"\d{1,2}(?:\.\d{1,2})?|1/2|½")
_AS_NEEDED = re.compile(rf"(?:sos|prn)(?:\s+({_AMOUNT.pattern}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dose:
    """amounts: (time of day, units of the form such as tablets or ml), only those above nothing."""

    amounts: tuple[tuple[str, Decimal], ...]
    as_needed: bool = False

    @property
    def daily_units(self) -> Decimal:
        """The most that is taken in a day, in units of the form."""
        total = sum((amount for _, amount in self.amounts), Decimal(0))
        return total * AS_NEEDED_TIMES if self.as_needed else total


@dataclass(frozen=True, slots=True)
class BadDose:
    """The dose cannot be read; `reason` says what is expected."""

    reason: str


def parse_dose(text: str) -> Dose | BadDose:
    """Read a dose. Errors: BadDose, as a value."""
    written = text.strip().replace("–", "-")
    if needed := _AS_NEEDED.fullmatch(written):
        return Dose((("as_needed", _amount(needed[1] or "1")),), as_needed=True)
    parts = [part.strip() for part in written.split("-")]
    if len(parts) not in TIMES or not all(_AMOUNT.fullmatch(part) for part in parts):
        return BadDose("write the dose as 1-0-1 (morning, noon, night), 1-1-1-1, or sos")
    amounts = [_amount(part) for part in parts]
    if not any(amounts):
        return BadDose("the dose is nothing at any time of the day")
    if max(amounts) > LARGEST_AMOUNT:
        return BadDose(f"more than {LARGEST_AMOUNT} at once is not a dose")
    timed = zip(TIMES[len(parts)], amounts, strict=True)
    return Dose(tuple((time, amount) for time, amount in timed if amount))


def _amount(text: str) -> Decimal:
    return Decimal("0.5") if text in {"1/2", "½"} else Decimal(text)
