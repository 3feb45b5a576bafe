"""Parts of the service die while a patient is on the line; she loses nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.states import Presence
from tests.system.desk import ONE_TALK, PATIENCE_S, Desk, eventually, heard

pytestmark = pytest.mark.slow

# The receipt that the carrier kept to itself would have said more.
SENT_WITHOUT_RECEIPT = replace(ONE_TALK, messages=("sent",))


def test_workers_killed_after_the_token(desk: Desk) -> None:
    patient, doctor = desk.patient("+919800000121"), desk.doctor()
    patient.phone.dial(desk.settings.toll_free_number)
    patient.until(heard("token.spoken"))
    desk.kill("worker-voice", "worker-sms")
    patient.until(heard("hold.unattended"), timeout_s=PATIENCE_S)
    assert desk.ticket_of(patient).presence is Presence.HOLDING
    desk.go_on_duty()
    desk.start_workers("voice", "sms")
    desk.meet(patient, doctor)
    desk.ends_as(patient, ONE_TALK)


def test_sms_worker_killed_inside_its_request(desk: Desk) -> None:
    patient, doctor = desk.patient("+919800000122"), desk.doctor()
    # The carrier takes the message, says nothing, and its receipts do not come either.
    desk.misbehave(
        number=patient.phone.number,
        rest="time_out_after_accepting",
        rest_times=1,
        rest_hold_s=60,
        callback_delay_s=3600,
    )
    patient.phone.dial(desk.settings.toll_free_number)
    patient.until(lambda _person, event: event["kind"] == "sms")
    desk.kill("worker-sms")
    assert desk.record_of(patient).messages == ("sending",)
    desk.misbehave(number=patient.phone.number)
    desk.start_workers("sms")
    desk.let_leases_run_out()
    eventually(
        lambda: desk.record_of(patient).messages == ("sent",),
        "the carrier was asked for the message",
    )
    assert len(patient.phone.inbox()) == 1
    desk.go_on_duty()
    desk.meet(patient, doctor)
    desk.ends_as(patient, SENT_WITHOUT_RECEIPT)


def test_valkey_flushed_while_she_holds(desk: Desk) -> None:
    desk.kill("worker-voice", "worker-sms")
    patient, doctor = desk.patient("+919800000123"), desk.doctor()
    patient.phone.dial(desk.settings.toll_free_number)
    patient.until(heard("token.spoken"))
    desk.go_on_duty()
    desk.flush_valkey()
    desk.start_workers("voice", "sms")
    desk.meet(patient, doctor)
    desk.ends_as(patient, ONE_TALK)


def test_valkey_killed_while_she_holds(desk: Desk) -> None:
    patient, doctor = desk.patient("+919800000124"), desk.doctor()
    patient.phone.dial(desk.settings.toll_free_number)
    # Before her token, so that its message is meant while nobody can be told of it.
    patient.until(heard("danger.ask"))
    desk.kill_valkey()
    patient.phone.key("2")
    patient.until(heard("hold.unattended"), timeout_s=PATIENCE_S)
    desk.go_on_duty()
    assert desk.record_of(patient).messages == ("queued",)
    desk.start_valkey()
    desk.meet(patient, doctor)
    desk.ends_as(patient, ONE_TALK)
