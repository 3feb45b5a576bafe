"""Regimens: medicines that a doctor keeps under a name, to write them again with one press.

They hold nothing of the patient whom they were first written for; the rules look at each
prescription anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select

from gateway.db.models import Prescription, Regimen
from gateway.db.models.base import new_id
from gateway.services.work import Unit, Work

LONGEST_NAME: Final = 40
MOST: Final = 30
# Two digits, since a lone one may mean "again" or "back" on a telephone.
NUMBERS: Final = range(11, 11 + MOST)
_KEPT: Final = ("name", "form", "strength", "dose", "days", "instructions")


@dataclass(frozen=True, slots=True)
class Kept:
    """The regimen stands under this name, in place of an earlier one of the name."""

    consultation_id: str


@dataclass(frozen=True, slots=True)
class NotKept:
    """It has no name, or too long a one, or the doctor keeps too many; nothing was changed."""

    consultation_id: str


@dataclass(frozen=True, slots=True)
class Regimens:
    """A doctor's own; nobody else sees them."""

    work: Work

    def keep(self, code: str, name: str, *, doctor_id: str) -> Kept | NotKept | None:
        """Keep the medicines of her prescription under a name; None when it is not hers."""
        name = " ".join(name.split())
        with self.work.begin() as unit:
            row = unit.db.scalar(
                select(Prescription).where(
                    Prescription.code == code, Prescription.doctor_id == doctor_id
                )
            )
            if row is None:
                return None
            hers = select(Regimen.name, Regimen.number).where(Regimen.doctor_id == doctor_id)
            numbers = {row.name: row.number for row in unit.db.execute(hers)}
            kept = numbers.pop(name, None)
            free = (number for number in NUMBERS if number not in numbers.values())
            if not 0 < len(name) <= LONGEST_NAME or len(numbers) >= MOST:
                return NotKept(row.consultation_id)
            mine = (Regimen.doctor_id == doctor_id, Regimen.name == name)
            unit.change(delete(Regimen).where(*mine))
            medicines = [
                {field: medicine[field] for field in _KEPT}
                for medicine in row.document["medicines"]
            ]
            unit.db.add(
                Regimen(
                    id=new_id(),
                    doctor_id=doctor_id,
                    name=name,
                    number=kept or next(free),
                    medicines=medicines,
                )
            )
            return Kept(row.consultation_id)

    def of(self, doctor_id: str) -> Sequence[Regimen]:
        """Return her regimens by name."""
        with self.work.begin() as unit:
            mine = select(Regimen).where(Regimen.doctor_id == doctor_id)
            return unit.db.scalars(mine.order_by(Regimen.name)).all()

    def medicines(self, regimen_id: str, *, doctor_id: str) -> Sequence[dict[str, Any]]:
        """Return the medicines of one of hers, none when it is not hers."""
        with self.work.begin() as unit:
            row = unit.db.get(Regimen, regimen_id)
            return row.medicines if row and row.doctor_id == doctor_id else []

    def drop(self, regimen_id: str, *, doctor_id: str) -> None:
        """Forget one of hers; nothing happens when it is not."""
        with self.work.begin() as unit:
            mine = (Regimen.id == regimen_id, Regimen.doctor_id == doctor_id)
            unit.change(delete(Regimen).where(*mine))


def medicines_of(unit: Unit, number: int, *, doctor_id: str) -> Sequence[dict[str, Any]]:
    """Return the medicines of the set that she keyed, none when she keeps none under the number."""
    keyed = select(Regimen).where(Regimen.doctor_id == doctor_id, Regimen.number == number)
    row = unit.db.scalar(keyed)
    return row.medicines if row else []
