"""Counts of wrong tries: what a guesser may do before she waits.

They are event rows, not Redis keys: the database is the truth here, the counts hold across
processes and restarts, and a lost Redis opens nothing. Rows that no window counts any longer are
forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select

from gateway.db.crypto import keyed_hash, keyring_of
from gateway.db.models import Event
from gateway.services.work import Unit

WINDOW: Final = timedelta(minutes=15)
KEPT: Final = timedelta(days=1)
_WRONG: Final = "refused"


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `tries` of a subject go wrong in `WINDOW`; subject: used in events for this alone."""

    subject: str
    tries: int

    def is_shut(self, unit: Unit, subject_id: str) -> bool:
        """Tell whether too many tries went wrong; ask again after `WINDOW`.

        Until this transaction ends no other one tries the same subject, else a burst of tries that
        see none of the others' would all count as the first.
        """
        if unit.db.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time
            key = f"{self.subject}:{subject_id}"
            unit.db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
        counted = select(func.count()).where(
            Event.subject == self.subject,
            Event.subject_id == subject_id,
            Event.name == _WRONG,
            Event.at > unit.now - WINDOW,
        )
        return (unit.db.scalar(counted) or 0) >= self.tries

    def count(self, unit: Unit, subject_id: str) -> None:
        """Count a try that went wrong."""
        unit.note(self.subject, subject_id, _WRONG)


# Only misses count, so that a busy pharmacy or a market behind one address is never shut out by
# honest look-ups.
PHARMACY_ADDRESS: Final = Throttle("pharmacy", tries=20)
# Four digits are 10,000 guesses: five tries in a quarter of an hour, from wherever they come.
PRESCRIPTION_DIGITS: Final = Throttle("pharmacy_digits", tries=5)
# One address may fail this often, whatever the accounts.
SIGN_IN_ADDRESS: Final = Throttle("sign_in", tries=20)
# Six digits, of a number that can be forged, or keyed by anybody.
STAFF_PIN: Final = Throttle("staff_pin", tries=5)
_ALL: Final = (PHARMACY_ADDRESS, PRESCRIPTION_DIGITS, SIGN_IN_ADDRESS, STAFF_PIN)


def source_of(unit: Unit, address: str) -> str:
    """Return what stands for the address in the event rows, which hold no personal data."""
    return keyed_hash(address, keyring=keyring_of(unit.db.get_bind().dialect))[:32]


def forget_old_tries(unit: Unit) -> int:
    """Delete the tries that count no longer; return how many."""
    subjects = [throttle.subject for throttle in _ALL]
    return unit.change(delete(Event).where(Event.subject.in_(subjects), Event.at < unit.now - KEPT))
