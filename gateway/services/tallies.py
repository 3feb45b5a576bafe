"""How the nodes of the flows fare: counted from a call's turns when it ends.

A key press writes nothing for it: what a turn counted is kept with its session, sealed, and only
sums leave it, which name no call. So they stand in the figures from the end of the call on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.orm import Session

from gateway.db.models import Call, Tally, Turn
from gateway.services.work import Unit
from ivr_flows.engine.run import CountKind, NodeCount

SECONDS: Final = "seconds"
# The turn left nothing to wait for: we ended the call, or the carrier joined two.
OVER: Final = "over"
MOST_ROWS: Final = 10_000
BATCH: Final = 50_000

_Place: TypeAlias = tuple[str, str, str]


def to_json(counts: Iterable[NodeCount]) -> list[list[str]]:
    """What a turn counted, as its session keeps it."""
    return [[count.flow, count.node, count.kind.value] for count in counts]


def count_call(unit: Unit, call: Call) -> None:
    """Add what the turns of a call counted; to be called once, when it ends.

    A caller who hangs up is counted where she stood. A call that was erased meanwhile keeps only
    what came after.
    """
    turns = unit.db.execute(
        select(Turn.session, Turn.created_at).where(Turn.call_id == call.id).order_by(Turn.number)
    ).all()
    sums: dict[_Place, float] = defaultdict(float)
    for kept, _ in turns:
        for flow, node, kind in kept.get("counts", ()):
            sums[flow, node, kind] += 1
    ends = [*turns[1:], (None, call.ended_at or unit.now)]
    for (kept, asked_at), (_, answered_at) in zip(turns, ends, strict=True):
        if kept and kept["awaiting"] != OVER:
            flow, node = _stands_at(kept)
            sums[flow, node, SECONDS] += (answered_at - asked_at).total_seconds()
    if turns and turns[-1].session and turns[-1].session["awaiting"] != OVER:
        flow, node = _stands_at(turns[-1].session)
        sums[flow, node, CountKind.HANG_UP] += 1
    _add(unit, sums)


def fold(unit: Unit) -> None:
    """Add the rows up once there are many; safe to run twice at once, each row is taken once."""
    rows = unit.db.scalar(select(func.count()).select_from(Tally)) or 0
    if rows <= MOST_ROWS:
        return
    oldest = select(Tally.id).order_by(Tally.id).limit(BATCH)
    taken = unit.db.execute(
        delete(Tally)
        .where(Tally.id.in_(oldest))
        .returning(Tally.flow, Tally.node, Tally.kind, Tally.amount)
    )
    sums: dict[_Place, float] = defaultdict(float)
    for flow, node, kind, amount in taken:
        sums[flow, node, kind] += amount
    _add(unit, sums)


def totals(db: Session) -> Sequence[Row[str, str, str, float]]:
    """Return flow, node, kind and sum, over all processes and for all time."""
    places = (Tally.flow, Tally.node, Tally.kind)
    return db.execute(
        select(*places, func.sum(Tally.amount)).group_by(*places).order_by(*places)
    ).all()


def _stands_at(kept: Mapping[str, Any]) -> tuple[str, str]:
    return kept["session"]["flow"], kept["session"]["node"]


def _add(unit: Unit, sums: Mapping[_Place, float]) -> None:
    if sums:
        rows = [
            {"flow": flow, "node": node, "kind": str(kind), "amount": amount}
            for (flow, node, kind), amount in sums.items()
        ]
        unit.db.execute(insert(Tally), rows)
