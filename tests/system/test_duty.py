"""A doctor goes on duty from her telephone, over the running service."""

from __future__ import annotations

import pytest

from gateway.demo.consultation import hung_up
from tests.system.desk import PATIENCE_S, STAFF, Desk, eventually

pytestmark = pytest.mark.slow


def test_a_doctor_keys_her_pin_and_is_on_duty_then_texts_herself_off(desk: Desk) -> None:
    pin = desk.make_pin()
    doctor = desk.doctor()
    doctor.plan = {"duty.pin": pin, "duty.is_off": "1"}
    doctor.phone.dial(STAFF)
    doctor.until(hung_up, timeout_s=PATIENCE_S)
    assert desk.doctor_status() == "available"

    before = len(doctor.phone.inbox())
    doctor.phone.text(desk.settings.sms_sender, f"OFF {pin}")
    eventually(lambda: desk.doctor_status() == "off_duty", "she is off duty by her text")
    eventually(lambda: len(doctor.phone.inbox()) == before + 1, "she is told so")
