"""The prescriptions by which a patient may get or take medicines today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from gateway.db.models import Dispensing, Prescription
from gateway.domain.draft import MedicineDraft
from gateway.domain.indian_time import day_in_india
from gateway.domain.medicine_rules import LONGEST_DAYS
from gateway.services.work import Unit

# Older ones are past dispensing, and the longest course that they may have is over.
_LOOKED_BACK: Final = timedelta(days=2 * LONGEST_DAYS)


def valid_prescriptions(unit: Unit, patient_id: str) -> Sequence[Prescription]:
    """Return what was not taken back and may still be dispensed or taken, the newest first."""
    rows = unit.db.scalars(
        select(Prescription)
        .where(
            Prescription.patient_id == patient_id,
            Prescription.cancelled_at.is_(None),
            Prescription.issued_at > unit.now - _LOOKED_BACK,
        )
        .order_by(Prescription.issued_at.desc())
    ).all()
    today = day_in_india(unit.now)
    return [
        row
        for row in rows
        if is_valid(row.document, today)
        or any(_runs(row.document, medicine, today) for medicine in row.document["medicines"])
    ]


def standing_lines(unit: Unit, patient_id: str, *, besides: str) -> tuple[MedicineDraft, ...]:
    """Return the medicines that she may take today; besides: the code of one that does not count.

    A medicine that was dispensed counts until its days are over; any other one as long as it may
    still be dispensed or its days, from the day of issue, are not over.
    """
    rows = [row for row in valid_prescriptions(unit, patient_id) if row.code != besides]
    given: Mapping[tuple[str, int], datetime] = {
        (row.prescription_id, row.place): row.at
        for row in unit.db.scalars(
            select(Dispensing).where(Dispensing.prescription_id.in_([row.id for row in rows]))
        )
    }
    today = day_in_india(unit.now)
    return tuple(
        _draft(medicine)
        for row in rows
        for place, medicine in enumerate(row.document["medicines"], start=1)
        if _counts(row.document, medicine, given.get((row.id, place)), today)
    )


def is_valid(document: Mapping[str, Any], today: date) -> bool:
    """Tell whether a pharmacist may still dispense on it."""
    return today <= date.fromisoformat(document["valid_until"])


def _counts(
    document: Mapping[str, Any], medicine: Mapping[str, Any], given: datetime | None, today: date
) -> bool:
    if given is not None:
        return today < day_in_india(given) + timedelta(days=medicine["days"])
    return is_valid(document, today) or _runs(document, medicine, today)


def _runs(document: Mapping[str, Any], medicine: Mapping[str, Any], today: date) -> bool:
    first = date.fromisoformat(document["issued_on"])
    return today < first + timedelta(days=medicine["days"])


def _draft(medicine: Mapping[str, Any]) -> MedicineDraft:
    fields = {name: medicine[name] for name in MedicineDraft.model_fields if name in medicine}
    return MedicineDraft.model_validate(fields)
