"""Messages: one for each reason, sent once, in a state that never goes back."""

from __future__ import annotations

import itertools
import random

import pytest

from gateway.db.models import Receipt
from gateway.domain.states import MessageStatus
from gateway.services.ports import Ambiguous, NotSent, Placed, Refused
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, to_the_token


@pytest.fixture
def token_sms(desk: Desk) -> Desk:
    """A patient has her token, and its message waits to be sent."""
    to_the_token(Line(desk, "CA1"))
    return desk


def receive(desk: Desk, *statuses: str) -> None:
    message_id = desk.messages()[0].id
    for status in statuses:
        desk.receipts.receive(message_id, status=status, error_code="", provider_message_id="SM1")


def status(desk: Desk) -> MessageStatus:
    return desk.messages()[0].status


def test_the_token_is_texted_once_with_its_digits(token_sms: Desk) -> None:
    token_sms.work_off()
    [(phone, body, _)] = token_sms.carrier.texts
    assert phone == PATIENT
    assert "0001" in body
    assert status(token_sms) is MessageStatus.SENT


def test_joining_again_sends_no_second_message(token_sms: Desk) -> None:
    token_sms.work_off()
    again = Line(token_sms, "CA2").dial()
    again.wait()
    token_sms.work_off()
    assert len(token_sms.carrier.texts) == 1


def test_trap_19_a_lost_job_is_found_by_the_sweeper(token_sms: Desk) -> None:
    token_sms.queue.hints.clear()
    token_sms.sweep()
    token_sms.work_off()
    assert len(token_sms.carrier.texts) == 1


def test_trap_19_a_repeated_job_sends_once(token_sms: Desk) -> None:
    for _ in range(3):
        token_sms.sending.send_due()
    assert len(token_sms.carrier.texts) == 1


def test_a_queue_that_is_down_loses_nothing(desk: Desk) -> None:
    desk.queue.broken = True
    to_the_token(Line(desk, "CA1"))
    desk.queue.broken = False
    desk.sweep()
    desk.work_off()
    assert len(desk.carrier.texts) == 1


def test_trap_06_a_time_out_after_sending_is_reconciled_and_never_sent_twice(
    token_sms: Desk,
) -> None:
    token_sms.carrier.sending = Ambiguous("ReadTimeout")
    token_sms.work_off()
    token_sms.carrier.sending = None
    token_sms.carrier.found_text = Placed("SM9")
    token_sms.clock.forward(31)
    token_sms.sweep()
    token_sms.work_off()
    assert len(token_sms.carrier.texts) == 1
    assert (status(token_sms), token_sms.messages()[0].provider_message_id) == (
        MessageStatus.SENT,
        "SM9",
    )


def test_a_worker_killed_before_it_could_write_is_reconciled_too(token_sms: Desk) -> None:
    class Killed(BaseException):
        """SIGKILL leaves nothing behind but the row."""

    def die(*_args: object, **_kwargs: object) -> None:
        token_sms.carrier.texts.append((PATIENT, "?", "?"))
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_sms.carrier, "send_sms", die)
        with pytest.raises(Killed):
            token_sms.work_off()
    assert status(token_sms) is MessageStatus.SENDING
    token_sms.carrier.found_text = Placed("SM1")
    token_sms.clock.forward(31)
    token_sms.sweep()
    token_sms.work_off()
    assert len(token_sms.carrier.texts) == 1
    assert status(token_sms) is MessageStatus.SENT


def test_a_message_that_the_carrier_never_had_is_sent_after_it_had_time_to_show_it(
    token_sms: Desk,
) -> None:
    token_sms.carrier.sending = Ambiguous("ReadTimeout")
    token_sms.work_off()
    token_sms.carrier.sending = None
    token_sms.clock.forward(60)
    token_sms.sweep()
    token_sms.work_off()
    assert len(token_sms.carrier.texts) == 1
    token_sms.clock.forward(70)
    token_sms.sweep()
    token_sms.clock.forward(3)
    token_sms.sweep()
    token_sms.work_off()
    assert len(token_sms.carrier.texts) == 2


def test_a_request_that_never_left_is_tried_again_later(token_sms: Desk) -> None:
    token_sms.carrier.sending = NotSent("ConnectTimeout")
    token_sms.work_off()
    assert status(token_sms) is MessageStatus.QUEUED
    token_sms.carrier.sending = None
    token_sms.clock.forward(3)
    token_sms.sweep()
    token_sms.work_off()
    assert status(token_sms) is MessageStatus.SENT


def test_tries_end(token_sms: Desk) -> None:
    token_sms.carrier.sending = NotSent("ConnectTimeout")
    for _ in range(10):
        token_sms.work_off()
        token_sms.clock.forward(2000)
        token_sms.sweep()
    assert status(token_sms) is MessageStatus.FAILED


def test_a_number_that_the_carrier_refuses_fails_at_once(token_sms: Desk) -> None:
    token_sms.carrier.sending = Refused("21211", "HTTP 400")
    token_sms.work_off()
    [message] = token_sms.messages()
    assert (message.status, message.error_code) == (MessageStatus.FAILED, "21211")


def test_trap_04_a_late_sent_does_not_undo_delivered(token_sms: Desk) -> None:
    token_sms.work_off()
    receive(token_sms, "delivered", "sent", "queued")
    assert status(token_sms) is MessageStatus.DELIVERED


def test_trap_05_a_receipt_before_our_own_write_counts(token_sms: Desk) -> None:
    def receipt_first(phone: str, body: str, *, intent: str) -> Placed:
        receive(token_sms, "delivered")
        return Placed("SM1")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_sms.carrier, "send_sms", receipt_first)
        token_sms.work_off()
    [message] = token_sms.messages()
    assert (message.status, message.provider_message_id) == (MessageStatus.DELIVERED, "SM1")


@pytest.mark.parametrize("seed", range(5))
def test_trap_03_any_order_and_number_of_receipts_ends_delivered(
    token_sms: Desk, seed: int
) -> None:
    token_sms.work_off()
    storm = ["queued", "sending", "sent", "delivered"] * 3
    random.Random(seed).shuffle(storm)
    receive(token_sms, *storm)
    assert status(token_sms) is MessageStatus.DELIVERED
    assert len(token_sms.all(Receipt)) == 4


def receive_parts(desk: Desk, *told: tuple[int, str], parts: int = 3) -> None:
    message_id = desk.messages()[0].id
    for part, status in told:
        desk.receipts.receive(
            message_id,
            status=status,
            error_code="30005" if status == "undelivered" else "",
            provider_message_id=f"SM{part}",
            part=part,
            parts=parts,
        )


def test_trap_07_a_text_in_parts_is_delivered_with_its_last_part(token_sms: Desk) -> None:
    token_sms.work_off()
    receive_parts(token_sms, (1, "delivered"), (3, "delivered"), (1, "delivered"))
    assert status(token_sms) is MessageStatus.SENT
    receive_parts(token_sms, (2, "delivered"))
    assert status(token_sms) is MessageStatus.DELIVERED


@pytest.mark.parametrize("order", sorted(itertools.permutations((1, 2, 3))))
def test_trap_07_the_parts_that_arrived_do_not_hide_the_one_that_did_not(
    token_sms: Desk, order: tuple[int, ...]
) -> None:
    token_sms.work_off()
    fates = {1: "delivered", 2: "undelivered", 3: "delivered"}
    receive_parts(token_sms, *((part, fates[part]) for part in order))
    [message] = token_sms.messages()
    assert (message.status, message.error_code) == (MessageStatus.UNDELIVERED, "30005")


def test_an_undelivered_message_stays_so(token_sms: Desk) -> None:
    token_sms.work_off()
    for order in itertools.permutations(("undelivered", "sent")):
        receive(token_sms, *order)
    assert status(token_sms) is MessageStatus.UNDELIVERED


def test_an_unknown_message_is_told_apart(desk: Desk) -> None:
    assert not desk.receipts.receive(
        "0" * 32, status="sent", error_code="", provider_message_id="SM1"
    )


def test_a_receipt_for_a_text_that_was_queued_anew_proves_that_it_went(token_sms: Desk) -> None:
    token_sms.carrier.sending = Ambiguous("ReadTimeout")
    token_sms.work_off()
    token_sms.carrier.sending = None
    token_sms.clock.forward(200)
    token_sms.sweep()  # the carrier shows it nowhere
    assert status(token_sms) is MessageStatus.QUEUED
    receive(token_sms, "delivered")
    token_sms.later(400)
    assert status(token_sms) is MessageStatus.DELIVERED
    assert len(token_sms.carrier.texts) == 1
