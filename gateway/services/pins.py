"""PINs by which a doctor is known on the telephone, beside her number; wrong ones are counted."""

from __future__ import annotations

import hmac
import secrets
from enum import StrEnum
from typing import Final

from sqlalchemy import update

from gateway.db.crypto import keyed_hash, keyring_of
from gateway.db.models import Doctor
from gateway.services.throttle import DOCTOR_PIN
from gateway.services.work import Unit

# Six digits and no 0 in front, since a lone 0 means "again" at every question.
LEAST_PIN: Final = 100_000
MOST_PIN: Final = 999_999


class Entry(StrEnum):
    """What became of a PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    SHUT = "shut"


def make_pin(unit: Unit, doctor_id: str) -> str:
    """Return a new PIN, to be shown once; only a keyed hash is kept, and the old one is void."""
    pin = str(LEAST_PIN + secrets.randbelow(MOST_PIN - LEAST_PIN + 1))
    hashed = _pin_hash(unit, doctor_id, pin)
    unit.change(update(Doctor).where(Doctor.id == doctor_id).values(pin_hash=hashed))
    unit.note("doctors", doctor_id, "pin_made")
    return pin


def check_pin(unit: Unit, doctor: Doctor, pin: str) -> Entry:
    """Tell whether it is hers. Wrong ones count; after five even the right one waits a while."""
    if DOCTOR_PIN.is_shut(unit, doctor.id):
        return Entry.SHUT
    if hmac.compare_digest(doctor.pin_hash or "", _pin_hash(unit, doctor.id, pin)):
        return Entry.RIGHT
    DOCTOR_PIN.count(unit, doctor.id)
    return Entry.WRONG


def _pin_hash(unit: Unit, doctor_id: str, pin: str) -> str:
    return keyed_hash(f"pin:{doctor_id}:{pin}", keyring=keyring_of(unit.db.get_bind().dialect))
