"""Lines that have ended without a word: the carrier is asked, and what their status would have done
is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, exists, func, or_, select

from gateway.db.models import Call, Offer, Ticket, Turn
from gateway.domain.states import OfferStatus, Presence
from gateway.services import privacy, tallies, waiting_room
from gateway.services.outbound import LONGEST_CALL
from gateway.services.ports import Carrier
from gateway.services.work import Unit, Work

SILENT: Final = "silent"
BATCH: Final = 200


def end(unit: Unit, call: Call, *, reason: str, duration_s: int | None = None) -> None:
    """Note that the line is over, once, and set free whatever hangs on it. The row is locked.

    Of one that was only taken for dead the carrier's own word counts.
    """
    if call.ended_at is None:
        call.ended_at = unit.now
        unit.note("calls", call.id, "ended")
        tallies.count_call(unit, call)
    if call.end_reason in {None, SILENT}:
        call.end_reason, call.duration_s = reason, duration_s
    # After the count of its turns; it locks what the waiting room's own locks come after.
    privacy.line_ended(unit, call)
    waiting_room.line_ended(unit, call)


def lose(unit: Unit, call_id: str) -> None:
    """A line is over of which the carrier sent no word; should it speak again, it is alive."""
    for call in unit.lock(Call, Call.id == call_id):
        end(unit, call, reason=SILENT)


def speaks(unit: Unit, call: Call) -> None:
    """A turn of it is taken, so it is alive, and its end is still to come. The row is locked."""
    if call.end_reason == SILENT:
        call.ended_at = call.end_reason = None
        unit.note("calls", call.id, "alive")


def end_silent(work: Work, carriers: Mapping[str, Carrier], *, most_asked: int) -> None:
    """Ask after the lines that say nothing, and end those that are over.

    A carrier that does not say what became of one is asked after no other this time.
    """
    with work.begin() as unit:
        found = silent(unit)
    mute: set[str] = set()
    for place, (call_id, name, provider_call_id) in enumerate(found):
        carrier, ended = carriers.get(name), None
        if carrier is not None and name not in mute and place < most_asked:
            ended = carrier.has_ended(provider_call_id)
            mute |= {name} if ended is None else set()
        work.run(partial(look, call_id=call_id, ended=ended))


def silent(unit: Unit) -> list[tuple[str, str, str]]:
    """Calls of which nothing was heard for a while: id, carrier and its name for the call.

    Not those who talk with a doctor or an ambulance; the lease of a talk is looked at elsewhere.
    """
    rows = unit.db.execute(
        select(Call.id, Call.carrier, Call.provider_call_id)
        .where(Call.ended_at.is_(None), ~_is_heard(unit.now, unit), ~_talks())
        .order_by(Call.started_at)
        .limit(BATCH)
    ).all()
    return [(row[0], row[1], row[2]) for row in rows]


def look(unit: Unit, call_id: str, *, ended: bool | None) -> bool:
    """Nothing was heard of it; ended: what the carrier says of it, None where it does not say.

    Tell whether it was ended here.
    """
    call = unit.db.scalar(select(Call).where(Call.id == call_id).with_for_update(key_share=True))
    if call is None or call.ended_at is not None:
        return False
    spoke = unit.db.scalar(select(func.max(Turn.created_at)).where(Turn.call_id == call_id))
    heard_at = max(call.started_at, spoke or call.started_at)
    if heard_at > unit.now - unit.rules.talk.asked_after:
        return False
    if not ended and heard_at > unit.now - LONGEST_CALL:
        return False
    end(unit, call, reason=SILENT)
    return True


def _is_heard(now: datetime, unit: Unit) -> ColumnElement[bool]:
    since = now - unit.rules.talk.asked_after
    spoke = exists().where(Turn.call_id == Call.id, Turn.created_at > since)
    return or_(Call.started_at > since, spoke)


def _talks() -> ColumnElement[bool]:
    # Joined, since a select within the `exists` would be one of all calls, not of this one.
    talk = (
        select(Offer.id)
        .join(Ticket, Ticket.id == Offer.ticket_id)
        .where(
            Offer.status == OfferStatus.ACCEPTED,
            or_(Offer.id == Call.offer_id, Ticket.call_id == Call.id),
        )
        .exists()
    )
    helped = exists().where(Ticket.call_id == Call.id, Ticket.presence == Presence.HELPLINE)
    return or_(talk, helped)
