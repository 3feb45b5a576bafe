"""A consultation by telephone, over the running service."""

from __future__ import annotations

import pytest

from gateway.db.models import Ticket
from tests.system.desk import ONE_TALK, TALK_S, Desk

pytestmark = pytest.mark.slow


def test_whole_consultation_by_keypad(desk: Desk) -> None:
    patient, doctor = desk.patient("+919800000111"), desk.doctor()
    desk.go_on_duty()
    patient.phone.dial(desk.settings.toll_free_number)
    desk.meet(patient, doctor)
    desk.ends_as(patient, ONE_TALK)
    (talked,) = desk.talk_s(patient)
    assert talked is not None
    assert TALK_S - 1 <= talked <= TALK_S * 3
    # Her name was asked for, and she kept it to herself.
    assert patient.said == 1
    (message,) = patient.phone.inbox()
    assert _token(desk.ticket_of(patient)) in message["body"]


def test_her_second_telephone_rings_when_the_first_is_not_answered(desk: Desk) -> None:
    patient, first = desk.patient("+919800000113"), desk.doctor()
    with desk.another_phone("+919800000222") as second:
        desk.go_on_duty()
        patient.phone.dial(desk.settings.toll_free_number)
        desk.meet(patient, second)
        desk.ends_as(patient, ONE_TALK)
        first.phone.wait_for("ringing", timeout_s=1)
        assert first.phone.wait_for("hangup", timeout_s=1)
    assert "bridged" not in desk.kinds("Doctor")
    assert len(desk.offers_of(patient)) == 1, "both rang for one offer"


def _token(ticket: Ticket) -> str:
    return str(ticket.token)


def test_delivered_twice_late_and_out_of_order_ends_the_same(desk: Desk) -> None:
    desk.misbehave(
        webhook_copies=2,
        webhook_delay_s=2,
        callback_copies=2,
        callback_delay_s=5,
        callback_order="swapped",
    )
    patient, doctor = desk.patient("+919800000112"), desk.doctor()
    desk.go_on_duty()
    patient.phone.dial(desk.settings.toll_free_number)
    desk.meet(patient, doctor)
    desk.ends_as(patient, ONE_TALK)
    (talked,) = desk.talk_s(patient)
    assert talked is not None
    assert TALK_S - 1 <= talked <= TALK_S * 3
