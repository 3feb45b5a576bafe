"""The rota's hours: shifts begin and end by themselves; what a doctor does by hand holds between.

Each doctor's row keeps the next beginning and end that were not acted on yet, so that a sweeper
that was down, or runs twice, acts on each once; of several that passed only the last counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, insert, or_, select, update

from gateway.db.models import Doctor, ShiftRow
from gateway.domain.shifts import Shift, is_on, next_beginning, next_end
from gateway.domain.states import DoctorStatus
from gateway.services.work import Job, Unit

BATCH: Final = 200
# The event beside the move, so that the board tells who moved her.
BY_ROTA: Final = "by_rota"


def hours_of(unit: Unit, doctor_id: str) -> tuple[Shift, ...]:
    rows = unit.db.execute(
        select(ShiftRow.weekday, ShiftRow.begins_min, ShiftRow.ends_min)
        .where(ShiftRow.doctor_id == doctor_id)
        .order_by(ShiftRow.weekday, ShiftRow.begins_min)
    ).all()
    return tuple(Shift(*row) for row in rows)


def set_hours(unit: Unit, doctor_id: str, shifts: Sequence[Shift]) -> None:
    """Replace her shifts, none: no rota. How she stands stays until the next beginning or end."""
    unit.db.execute(select(Doctor.id).where(Doctor.id == doctor_id).with_for_update())
    unit.db.execute(delete(ShiftRow).where(ShiftRow.doctor_id == doctor_id))
    if shifts:
        rows = [
            {
                "doctor_id": doctor_id,
                "weekday": shift.weekday,
                "begins_min": shift.begins_min,
                "ends_min": shift.ends_min,
            }
            for shift in shifts
        ]
        unit.db.execute(insert(ShiftRow), rows)
    _look_forward(unit, doctor_id, shifts)
    unit.note("doctors", doctor_id, "hours_set" if shifts else "hours_cleared")


def keep_hours(unit: Unit) -> int:
    """Put on and off duty whose shifts have begun or ended; return how many were looked at."""
    ids = unit.db.scalars(
        select(Doctor.id)
        .where(
            or_(Doctor.comes_at <= unit.now, Doctor.goes_at <= unit.now),
            # She stays with her patient; the end of the offer settles her.
            Doctor.status != DoctorStatus.ENGAGED,
        )
        .order_by(Doctor.id)
        .limit(BATCH)
    ).all()
    for doctor_id in ids:
        settle(unit, doctor_id)
    return len(ids)


def settle(unit: Unit, doctor_id: str) -> DoctorStatus | None:
    """Act on a beginning or an end that has come, unless a patient is hers; tell what she became.

    Her row is locked, so that of two who settle at once the second finds nothing to do.
    """
    comes_at, goes_at, status = unit.db.execute(
        select(Doctor.comes_at, Doctor.goes_at, Doctor.status)
        .where(Doctor.id == doctor_id)
        .with_for_update()
    ).one()
    due = [at for at in (comes_at, goes_at) if at is not None and at <= unit.now]
    if not due or status is DoctorStatus.ENGAGED:
        return None
    shifts = hours_of(unit, doctor_id)
    on = is_on(shifts, unit.now)
    moved = _put_on(unit, doctor_id) if on else _put_off(unit, doctor_id)
    _look_forward(unit, doctor_id, shifts)
    if not moved:
        return None
    unit.note("doctors", doctor_id, BY_ROTA)
    return DoctorStatus.AVAILABLE if on else DoctorStatus.OFF_DUTY


def _put_on(unit: Unit, doctor_id: str) -> bool:
    """From off duty alone: a break of hers ends by itself, an unanswered telephone by her word."""
    origins = (DoctorStatus.OFF_DUTY,)
    moved = unit.move(
        Doctor,
        doctor_id,
        DoctorStatus.AVAILABLE,
        origins=origins,
        unanswered_in_a_row=0,
        resumes_at=None,
    )
    if moved:
        unit.hint(Job.DISPATCH)
    return moved


def _put_off(unit: Unit, doctor_id: str) -> bool:
    origins = (DoctorStatus.AVAILABLE, DoctorStatus.PAUSED, DoctorStatus.WRAP_UP)
    return unit.move(Doctor, doctor_id, DoctorStatus.OFF_DUTY, origins=origins, resumes_at=None)


def _look_forward(unit: Unit, doctor_id: str, shifts: Sequence[Shift]) -> None:
    unit.change(
        update(Doctor)
        .where(Doctor.id == doctor_id)
        .values(
            comes_at=next_beginning(shifts, unit.now),
            goes_at=next_end(shifts, unit.now),
        )
        .execution_options(synchronize_session=False)
    )
