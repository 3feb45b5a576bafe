"""Calls of others in which a household's people are spoken of, to be found when it is erased."""

from __future__ import annotations

from sqlalchemy import select

from gateway.db.models import Caller, Opening
from gateway.services.work import Unit


def note(unit: Unit, call_id: str, household_id: str) -> None:
    """From here on this call is of that household's people, too. Doing it twice does nothing."""
    unit.insert_once(
        Opening, unique=("call_id", "household_id"), call_id=call_id, household_id=household_id
    )


def is_erased(unit: Unit, household_id: str | None) -> bool:
    """Was its number erased meanwhile? It is not, and cannot be until the commit, where not."""
    if household_id is None:
        return False
    known = select(Caller.erased_at).where(Caller.id == household_id)
    return unit.db.scalar(known.with_for_update(read=True)) is not None


def erased_in(unit: Unit, call_id: str) -> list[str]:
    """Return the households of this call that were erased; no other is, until the commit."""
    rows = unit.db.execute(
        select(Caller.id, Caller.erased_at)
        .join(Opening, Opening.household_id == Caller.id)
        .where(Opening.call_id == call_id)
        .order_by(Caller.id)
        .with_for_update(of=Caller, read=True)
    ).all()
    return [row.id for row in rows if row.erased_at is not None]
