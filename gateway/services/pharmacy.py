"""The pharmacist's look at a prescription: the code is her key, the phone's last digits the second.

Both can be guessed by trying, so misses are counted: for an address, and for a prescription.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from sqlalchemy import select

from gateway.db.models import Caller, Dispensing, Patient, Prescription
from gateway.domain.indian_time import day_in_india
from gateway.services.prescriptions import CODE_LENGTH, CODE_SIGNS
from gateway.services.throttle import PHARMACY_ADDRESS, PRESCRIPTION_DIGITS, source_of
from gateway.services.work import Unit, Work

LAST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Slip:
    """What a pharmacist sees; patient is empty until the second factor was right.

    cancelled_on: None while it stands. given: place of a medicine, from 1, to the day that it was
    handed out. asks_digits: whether there is a number to prove; none when it was withheld.
    """

    code: str
    issued_on: date
    valid_until: date
    cancelled_on: date | None
    valid: bool
    doctor: dict[str, str]
    medicines: Sequence[dict[str, Any]]
    given: Mapping[int, date]
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


@dataclass(frozen=True, slots=True)
class NotDispensed:
    """It is expired or cancelled, or has no such medicine; nothing was marked."""

    slip: Slip


@dataclass(frozen=True, slots=True)
class Opened:
    """The whole document, for whoever proved that the patient stands before her."""

    document: dict[str, Any]
    cancelled_on: date | None


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
            row = _prove(unit, code, digits, address=address)
            return _slip(unit, row, with_patient=True) if isinstance(row, _Row) else row

    def open(
        self, code: str, digits: str, *, address: str
    ) -> Opened | WrongDigits | UnknownCode | TooManyTries:
        """Return the document itself for the last digits of the patient's phone."""
        with self.work.begin() as unit:
            row = _prove(unit, code, digits, address=address)
            if not isinstance(row, _Row):
                return row
            return Opened(row.prescription.document, _cancelled_on(row.prescription))

    def dispense(
        self, code: str, digits: str, places: Collection[int], *, address: str
    ) -> Proved | NotDispensed:
        """Mark medicines as handed out, by their places from 1; one that is marked stays so."""
        with self.work.begin() as unit:
            row = _prove(unit, code, digits, address=address)
            if not isinstance(row, _Row):
                return row
            slip = _slip(unit, row, with_patient=True)
            if not slip.valid or not set(places) <= set(range(1, len(slip.medicines) + 1)):
                return NotDispensed(slip)
            for place in sorted(set(places) - set(slip.given)):
                values = {"prescription_id": row.prescription.id, "place": place, "at": unit.now}
                if unit.insert_once(Dispensing, unique=("prescription_id", "place"), **values):
                    unit.note("prescriptions", row.prescription.id, "dispensed")
            return _slip(unit, row, with_patient=True)


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


def _prove(
    unit: Unit, code: str, digits: str, *, address: str
) -> _Row | WrongDigits | UnknownCode | TooManyTries:
    row = _look(unit, code, address=address)
    if not isinstance(row, _Row):
        return row
    prescription, phone = row.prescription, row.phone
    if PRESCRIPTION_DIGITS.is_shut(unit, prescription.id):
        return TooManyTries()
    if phone and hmac.compare_digest(phone[-LAST_DIGITS:].encode(), digits.encode()):
        return row
    PRESCRIPTION_DIGITS.count(unit, prescription.id)
    PHARMACY_ADDRESS.count(unit, source_of(unit, address))
    return WrongDigits(_slip(unit, row, with_patient=False))


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
    cancelled_on = _cancelled_on(row.prescription)
    given = unit.db.execute(
        select(Dispensing.place, Dispensing.at).where(
            Dispensing.prescription_id == row.prescription.id
        )
    )
    names = ("name", "name_spoken", "age_years", "age_months", "sex")
    patient = {name: document["patient"].get(name) for name in names}
    return Slip(
        code=row.prescription.code,
        issued_on=date.fromisoformat(document["issued_on"]),
        valid_until=until,
        cancelled_on=cancelled_on,
        valid=cancelled_on is None and day_in_india(unit.now) <= until,
        doctor=document["doctor"],
        medicines=document["medicines"],
        given={place: day_in_india(at) for place, at in given},
        asks_digits=bool(row.phone),
        patient=patient if with_patient else None,
    )


def _cancelled_on(prescription: Prescription) -> date | None:
    at = prescription.cancelled_at
    return None if at is None else day_in_india(at)
