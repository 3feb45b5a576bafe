"""A doctor goes on duty from her telephone, over the running service."""

from __future__ import annotations

import pytest

from gateway.demo.consultation import hung_up
from tests.system.desk import PATIENCE_S, STAFF, Desk, eventually, heard

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


def test_a_doctor_prescribes_by_text_after_the_talk(desk: Desk) -> None:
    pin, patient, doctor = desk.make_pin(), desk.patient("+919800000193"), desk.doctor()
    desk.go_on_duty()
    patient.phone.dial(desk.settings.toll_free_number)
    desk.meet(patient, doctor)
    had, told = len(patient.phone.inbox()), len(doctor.phone.inbox())
    doctor.phone.text(desk.settings.sms_sender, f"RX {pin} viral fever: pcm 500 1-0-1 5d pc")
    eventually(lambda: len(doctor.phone.inbox()) == told + 2, "her line is read back, to confirm")
    assert len(patient.phone.inbox()) == had
    doctor.phone.text(desk.settings.sms_sender, f"YES {pin}")
    eventually(lambda: len(patient.phone.inbox()) == had + 3, "the patient has her prescription")
    bodies = [text["body"] for text in patient.phone.inbox()]
    assert any("PARACETAMOL" in body for body in bodies)


def test_a_doctor_prescribes_by_keys_after_the_talk(desk: Desk) -> None:
    pin, patient, doctor = desk.make_pin(), desk.patient("+919800000194"), desk.doctor()
    desk.go_on_duty()
    patient.phone.dial(desk.settings.toll_free_number)
    desk.meet(patient, doctor)
    had = len(patient.phone.inbox())
    doctor.plan = {
        "duty.pin": pin,
        "duty.is_on": "3",
        "prescribe.write": "1",
        "prescribe.diagnosis": "104",
        "prescribe.medicine": "1001",
        "ear.more": "1",  # the first strength of several
        "prescribe.dose": "1*0*05#",
        "prescribe.days": "05",
        "prescribe.after_food": "1",
        "prescribe.hear": "2",
        "prescribe.issue": "1",
    }
    doctor.phone.dial(STAFF)
    doctor.until(heard("prescribe.issued"), timeout_s=PATIENCE_S)
    eventually(lambda: len(patient.phone.inbox()) == had + 3, "the patient has her prescription")
    bodies = [text["body"] for text in patient.phone.inbox()]
    assert any("PARACETAMOL" in body for body in bodies)
