"""A dose as it is keyed: "1*0*1", "05*0*05" (halves), or one number with a word about when."""

from __future__ import annotations

import re
from typing import Final

from gateway.domain.dose import unit_of
from sms.medicine import DoseUnit

# No key is a point, so a fraction follows a nought: "05" is a half, "205" two and a half. Amounts
# are at most thirty, so "105" can mean nothing else.
_FRACTION: Final = re.compile(r"(?P<whole>\d{1,2})?0(?P<part>25|5|75)")
_WHOLE: Final = re.compile(r"\d{1,2}")
MOST_PARTS: Final = 4
# The choices of the flow, and how a doctor would type them.
WHEN: Final = {
    "morning": "od",
    "night": "hs",
    "needed": "sos 3/day",
    "weekly": "weekly",
    "once": "stat",
}


def amounts_of(keys: str) -> tuple[str, ...] | None:
    """Return the amounts that were keyed, as they are typed; None where they cannot be read."""
    amounts = [_amount(part) for part in keys.split("*")]
    read = [amount for amount in amounts if amount is not None]
    return tuple(read) if len(read) == len(amounts) <= MOST_PARTS else None


def typed_dose(amounts: tuple[str, ...], *, when: str, form: str) -> str:
    """Return the dose as a doctor types it; on a liquid each amount is of millilitres.

    when: a key of `WHEN` for a single amount. What is no dose is for `parse_dose` to say.
    """
    unit = "ml" if unit_of(form) is DoseUnit.ML else ""
    slots = [f"{amount}{unit}" if amount != "0" else amount for amount in amounts]
    return "-".join(slots) if len(slots) > 1 else f"{slots[0]} {WHEN.get(when, '')}".strip()


def _amount(keys: str) -> str | None:
    if found := _FRACTION.fullmatch(keys):
        return f"{int(found['whole'] or 0)}.{found['part']}"
    return str(int(keys)) if _WHOLE.fullmatch(keys) else None
