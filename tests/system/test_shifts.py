"""After hours, over the running service: told when a doctor is expected, and called then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.db.models import Doctor
from gateway.demo.consultation import hung_up
from gateway.domain.indian_time import IST
from gateway.domain.shifts import BadHours, parse_hours
from tests.system.desk import ONE_TALK, PATIENCE_S, Desk, eventually

pytestmark = pytest.mark.slow


def expect_the_doctor(desk: Desk) -> str:
    """Give the doctor a shift around this moment that has not begun yet; return its beginning."""
    rota = desk.parts.rota
    [doctor] = rota.doctors()
    with desk.parts.work.begin() as unit:
        now = unit.now.astimezone(IST)
    begins, ends = now - timedelta(minutes=2), now + timedelta(hours=2)
    hours = parse_hours(f"mon-sun {begins:%H:%M}-{ends:%H:%M}")
    assert not isinstance(hours, BadHours)
    rota.set_hours(doctor.doctor_id, hours)
    return begin_at(desk, timedelta(minutes=5))


def begin_at(desk: Desk, after: timedelta) -> str:
    """Shifts begin at whole minutes, and a test does not wait for one."""
    with desk.parts.work.begin() as unit:
        comes_at = unit.now + after
        unit.db.execute(update(Doctor).values(comes_at=comes_at))
    return f"{comes_at.astimezone(IST):%d/%m %H:%M}"


def test_she_is_told_when_a_doctor_is_expected_and_is_called_when_the_shift_begins(
    desk: Desk,
) -> None:
    begins = expect_the_doctor(desk)
    patient, doctor = desk.patient("+919800000197"), desk.doctor()
    try:
        patient.plan = {**patient.plan, "hold.unattended": "2"}
        patient.phone.dial(desk.settings.toll_free_number)
        patient.until(hung_up, timeout_s=2 * PATIENCE_S)
        assert "hold.opens" in patient.prompts
        eventually(lambda: len(patient.phone.inbox()) == 1, "her token is texted")
        assert begins in patient.phone.inbox()[0]["body"]
        assert desk.doctor_status() == "off_duty"

        begin_at(desk, timedelta(seconds=1))
        patient.phone.wait_for("ringing", timeout_s=2 * PATIENCE_S)
        patient.phone.answer()
        desk.meet(patient, doctor)
        desk.ends_as(patient, ONE_TALK)
    finally:
        desk.parts.rota.set_hours(desk.parts.rota.doctors()[0].doctor_id, ())
