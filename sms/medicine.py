"""One medicine of a prescription, in parts: what is texted and read aloud is made of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter


class Pattern(StrEnum):
    """When a medicine is taken; `daily` names the parts of the day."""

    DAILY = "daily"
    AS_NEEDED = "as_needed"
    WEEKLY = "weekly"
    ONCE = "once"


class DoseUnit(StrEnum):
    """What an amount counts: pieces are tablets, capsules, sachets, lozenges."""

    PIECE = "piece"
    ML = "ml"
    DROP = "drop"
    PUFF = "puff"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class DayParts:
    """Amounts as they are written ("1", "1/2"), "0" for none."""

    morning: str = "0"
    noon: str = "0"
    evening: str = "0"
    night: str = "0"


@dataclass(frozen=True, slots=True)
class MedicineLine:
    """A line of a prescription.

    medicine: the generic name as a pharmacist reads it, in capitals. names: language to the name
    as a listener knows it. form: a key of the catalogue's `form` family. parts: the amounts of a
    daily medicine. amount: of any other. at_most: times a day, of one that is taken when needed.
    food: keys of the catalogue's `spoken.food` family, such as "pc".
    """

    medicine: str
    form: str
    strength: str
    pattern: Pattern
    unit: DoseUnit
    days: int
    parts: DayParts = DayParts()
    amount: str = "1"
    at_most: int = 0
    food: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


_LINE: Final = TypeAdapter(MedicineLine)


def line_as_json(line: MedicineLine) -> dict[str, Any]:
    """Return the line as it is kept in a prescription's document."""
    return asdict(line)


def line_from_json(stored: Mapping[str, Any]) -> MedicineLine:
    """Return a stored line. Errors: pydantic.ValidationError."""
    return _LINE.validate_python(stored)
