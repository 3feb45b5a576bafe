"""Reminders go on with the prescription that takes another's place, by the wish that was keyed."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.db.models import Aftercare, Caller, Prescription
from gateway.domain.aftercare import AftercareKind, ReachedBy
from gateway.domain.states import AftercareStatus
from gateway.services import aftercare
from gateway.services.aftercare_due import is_wanted
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.work import Unit


@dataclass(frozen=True, slots=True)
class Wish:
    """The telephone that asked to be reminded, and how."""

    caller: Caller
    by: ReachedBy


def wish_of(unit: Unit, replaced: Prescription) -> Wish | None:
    """Return the wish to be reminded of a prescription, where nobody put it to an end.

    To be asked before it is taken back, which ends its reminders; until the commit nobody else can
    end them. Reminders that came to their last dose were not put to an end.
    """
    rows = unit.lock(
        Aftercare,
        Aftercare.prescription_id == replaced.id,
        Aftercare.kind == AftercareKind.REMINDER,
    )
    for row in rows:
        if row.status is not AftercareStatus.STOPPED and is_wanted(unit, row):
            return Wish(unit.db.get_one(Caller, row.caller_id), row.by)
    return None


def go_on(unit: Unit, wish: Wish, prescription: Prescription, *, texts: AftercareTexts) -> None:
    """Remind of this prescription instead, at its own times; whoever is texted is told so."""
    days = aftercare.remind(unit, prescription, caller_id=wish.caller.id, by=wish.by)
    if days and wish.by is ReachedBy.TEXT:
        texts.begin_reminders(unit, prescription, wish.caller, days=days)
