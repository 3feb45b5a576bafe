"""Calls that the running service places: after a drop, and after a missed call."""

from __future__ import annotations

import time

import pytest

from gateway.domain.states import Presence
from tests.system.desk import ONE_TALK, PATIENCE_S, Desk, eventually

pytestmark = pytest.mark.slow


def test_caller_hangs_up_while_the_doctors_phone_rings(desk: Desk) -> None:
    patient, doctor = desk.patient("+919800000131"), desk.doctor()
    desk.go_on_duty()
    patient.phone.dial(desk.settings.toll_free_number)
    patient.until(lambda _person, event: event["kind"] == "ringback")
    doctor.phone.wait_for("ringing")
    patient.phone.hang_up()
    doctor.phone.wait_for("hangup", timeout_s=5)
    eventually(lambda: desk.doctor_status() == "available", "the doctor is free", within_s=5)
    # The end of her line is told by another webhook than the end of the doctor's ringing.
    eventually(
        lambda: desk.ticket_of(patient).presence is Presence.AWAY, "her place is kept", within_s=5
    )
    ticket = desk.ticket_of(patient)
    assert "answered" not in desk.kinds("Doctor")

    desk.let_call_back_fall_due()
    patient.phone.wait_for("ringing", timeout_s=PATIENCE_S)
    patient.phone.answer()
    desk.meet(patient, doctor)
    desk.ends_as(patient, ONE_TALK)
    assert desk.ticket_of(patient).joined_at == ticket.joined_at


def test_missed_call_is_refused_and_called_back_within_a_minute(desk: Desk) -> None:
    patient, doctor = desk.patient("+919800000132"), desk.doctor()
    desk.go_on_duty()
    patient.phone.dial(desk.settings.missed_call_number)
    patient.phone.wait_for("hangup")
    missed_at = time.monotonic()
    assert "answered" not in desk.kinds("Patient")
    patient.phone.wait_for("ringing", timeout_s=60)
    assert time.monotonic() - missed_at < 60
    patient.phone.answer()
    desk.meet(patient, doctor)
    desk.ends_as(patient, ONE_TALK)
