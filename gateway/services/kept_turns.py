"""The turns that were answered, found again for the next turn or for a repeated delivery."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, select
from sqlalchemy.orm import aliased

from gateway.db.models import Call, Caller, Turn
from gateway.services.turning import Leg
from gateway.services.work import Unit

# Built once: making this statement costs more than running it, and every key press runs it.
_BEFORE, _THIS = aliased(Turn), aliased(Turn)
_CALL_AT: Final = (
    select(Call, Caller, _BEFORE.session, _THIS.answer)
    .outerjoin(Caller, Caller.id == Call.caller_id)
    .join(_BEFORE, and_(_BEFORE.call_id == Call.id, _BEFORE.number == bindparam("before")))
    .outerjoin(_THIS, and_(_THIS.call_id == Call.id, _THIS.number == bindparam("this")))
    .where(Call.id == bindparam("call_id"))
    # The turns of a call and its end come one after another: what is read here stays so.
    .with_for_update(of=Call, key_share=True)
)


def call_at(unit: Unit, call_id: str, number: int) -> Row[Call, Caller | None, Any, Any] | None:
    """The call, its caller, the session before this turn, and this turn's answer if given."""
    places = {"call_id": call_id, "before": number - 1, "this": number}
    row: Row[Call, Caller | None, Any, Any] | None = unit.db.execute(_CALL_AT, places).one_or_none()
    return row


def first_answer(unit: Unit, carrier: str, leg: Leg) -> str | None:
    answer: str | None = unit.db.scalar(
        select(Turn.answer)
        .join(Call, Call.id == Turn.call_id)
        .where(
            Call.carrier == carrier,
            Call.provider_call_id == leg.provider_call_id,
            Turn.number == 0,
        )
    )
    return answer


def last_turn(unit: Unit, carrier: str, leg: Leg) -> Turn | None:
    turn: Turn | None = unit.db.scalar(
        select(Turn)
        .join(Call, Call.id == Turn.call_id)
        .where(Call.carrier == carrier, Call.provider_call_id == leg.provider_call_id)
        .order_by(Turn.number.desc())
        .limit(1)
    )
    return turn
