"""The pharmacist's look at a prescription: the code is her key, the phone's last digits the second.

Both can be guessed by trying, so misses are counted: for an address, and for a prescription.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from sqlalchemy import select

from gateway.db.models import Caller, Patient, Prescription
from gateway.domain.indian_time import day_in_india
from gateway.services.prescriptions import CODE_LENGTH, CODE_SIGNS
from gateway.services.throttle import PHARMACY_ADDRESS, PRESCRIPTION_DIGITS, source_of
from gateway.services.work import Unit, Work

LAST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Slip:
    """What a pharmacist sees; patient is empty until the second factor was right.

    asks_digits: whether there is a number to prove; none when it was withheld.
    """

    code: str
    issued_on: date
    valid_until: date
    valid: bool
    doctor: dict[str, str]
    medicines: Sequence[dict[str, Any]]
    asks_digits: bool
    patient: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """No prescription has this code."""


@dataclass(frozen=True, slots=True)
class WrongDigits:
    """The code is right, the digits are not the patient's; the slip without her."""

    slip: Slip


@dataclass(frozen=True, slots=True)
class TooManyTries:
    """The address, or the prescription, has been tried too often; ask again after `WINDOW`."""


Found: TypeAlias = Slip | UnknownCode | TooManyTries
Proved: TypeAlias = Slip | WrongDigits | UnknownCode | TooManyTries


@dataclass(frozen=True, slots=True)
class Pharmacy:
    work: Work

    def look_up(self, code: str, *, address: str) -> Found:
        """Return the slip of a code in any spelling; address: where the request came from."""
        with self.work.begin() as unit:
            row = _look(unit, code, address=address)
            return _slip(unit, row, with_patient=False) if isinstance(row, _Row) else row

    def prove(self, code: str, digits: str, *, address: str) -> Proved:
        """Return the slip with the patient's age and sex for the last digits of her phone."""
        with self.work.begin() as unit:
            row = _look(unit, code, address=address)
            if not isinstance(row, _Row):
                return row
            prescription, phone = row.prescription, row.phone
            if PRESCRIPTION_DIGITS.is_shut(unit, prescription.id):
                return TooManyTries()
            if phone and hmac.compare_digest(phone[-LAST_DIGITS:].encode(), digits.encode()):
                return _slip(unit, row, with_patient=True)
            PRESCRIPTION_DIGITS.count(unit, prescription.id)
            PHARMACY_ADDRESS.count(unit, source_of(unit, address))
            return WrongDigits(_slip(unit, row, with_patient=False))


def plain_code(code: str) -> str:
    """Return a code as it is stored: capitals without blanks and hyphens."""
    return "".join(code.split()).replace("-", "").upper()


def is_code(code: str) -> bool:
    return len(code) == CODE_LENGTH and set(code) <= set(CODE_SIGNS)


@dataclass(frozen=True, slots=True)
class _Row:
    """phone: E.164, empty when the number was withheld."""

    prescription: Prescription
    phone: str


def _look(unit: Unit, code: str, *, address: str) -> _Row | UnknownCode | TooManyTries:
    source = source_of(unit, address)
    if PHARMACY_ADDRESS.is_shut(unit, source):
        return TooManyTries()
    plain = plain_code(code)
    row = _row(unit, plain) if is_code(plain) else None
    if row is None:
        PHARMACY_ADDRESS.count(unit, source)
        return UnknownCode()
    return row


def _row(unit: Unit, code: str) -> _Row | None:
    row = unit.db.execute(
        select(Prescription, Caller.phone_e164)
        .join(Patient, Patient.id == Prescription.patient_id)
        .outerjoin(Caller, Caller.id == Patient.caller_id)
        .where(Prescription.code == code)
    ).one_or_none()
    return None if row is None else _Row(row[0], row[1] or "")


def _slip(unit: Unit, row: _Row, *, with_patient: bool) -> Slip:
    document = row.prescription.document
    until = date.fromisoformat(document["valid_until"])
    patient = {name: document["patient"][name] for name in ("age_years", "age_months", "sex")}
    return Slip(
        code=row.prescription.code,
        issued_on=date.fromisoformat(document["issued_on"]),
        valid_until=until,
        valid=day_in_india(unit.now) <= until,
        doctor=document["doctor"],
        medicines=document["medicines"],
        asks_digits=bool(row.phone),
        patient=patient if with_patient else None,
    )
