"""PINs by which doctors and health workers are known on the telephone; wrong ones are counted."""

from __future__ import annotations

import hmac
import secrets
from enum import StrEnum
from typing import Final

from sqlalchemy import update

from gateway.db.crypto import keyed_hash, keyring_of
from gateway.db.models import Doctor, HealthWorker
from gateway.services.throttle import STAFF_PIN, source_of
from gateway.services.work import Unit

# Six digits and no 0 in front, since a lone 0 means "again" at every question.
LEAST_PIN: Final = 100_000
MOST_PIN: Final = 999_999


class Entry(StrEnum):
    """What became of a PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    SHUT = "shut"


def make_pin(unit: Unit, holder_id: str, *, of: type[Doctor] | type[HealthWorker] = Doctor) -> str:
    """Return a new PIN, to be shown once; only a keyed hash is kept, and the old one is void."""
    pin = str(LEAST_PIN + secrets.randbelow(MOST_PIN - LEAST_PIN + 1))
    hashed = _pin_hash(unit, holder_id, pin)
    unit.change(update(of).where(of.id == holder_id).values(pin_hash=hashed))
    unit.note(of.__tablename__, holder_id, "pin_made")
    return pin


def check_pin(unit: Unit, holder: Doctor | HealthWorker, pin: str) -> Entry:
    """Tell whether it is hers. Wrong ones count; after five even the right one waits a while."""
    if STAFF_PIN.is_shut(unit, holder.id):
        return Entry.SHUT
    if hmac.compare_digest(holder.pin_hash or "", _pin_hash(unit, holder.id, pin)):
        return Entry.RIGHT
    STAFF_PIN.count(unit, holder.id)
    return Entry.WRONG


def check_strangers_pin(unit: Unit, number: str) -> Entry:
    """A PIN for a number that is nobody's is as wrong as any other, and counts as such, so that
    nobody learns from it whose number is known."""
    source = source_of(unit, number)
    if STAFF_PIN.is_shut(unit, source):
        return Entry.SHUT
    STAFF_PIN.count(unit, source)
    return Entry.WRONG


def _pin_hash(unit: Unit, holder_id: str, pin: str) -> str:
    return keyed_hash(f"pin:{holder_id}:{pin}", keyring=keyring_of(unit.db.get_bind().dialect))
