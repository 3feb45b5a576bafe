"""A text that failed, or of which nobody knows: tried again, asked after, given up, never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.db.models import Message
from gateway.domain.states import MessageStatus
from gateway.services.ports import Ambiguous, NotSent, Placed, Unanswered
from gateway.services.text_tries import ASKED_WITHIN, RETRY_GAPS, again, spread
from tests.services.desk import Desk
from tests.services.test_sending import queued, statuses


def test_a_thousand_that_failed_together_do_not_come_back_together(desk: Desk) -> None:
    desk.carrier.sending = NotSent("ConnectTimeout")
    for number in range(8):
        queued(desk, "help", caller=f"c{number}")
    desk.work_off()
    due = {m.due_at - desk.clock.now for m in desk.messages()}
    assert len(due) == 8
    assert all(RETRY_GAPS[0] <= gap <= RETRY_GAPS[0] * 1.25 for gap in due)


def test_a_texts_own_gap_stays_and_grows() -> None:
    gaps = [spread(gap, "a" * 32) for gap in RETRY_GAPS]
    assert gaps == [spread(gap, "a" * 32) for gap in RETRY_GAPS]
    assert gaps == sorted(gaps)


@pytest.fixture
def unsure(desk: Desk) -> Desk:
    """One text of which the carrier did not say whether it took it, and does not say later."""
    desk.carrier.sending = Ambiguous("ReadTimeout")
    queued(desk, "help")
    desk.work_off()
    desk.carrier.sending = None
    desk.carrier.found_text = Unanswered("HTTP 503")
    return desk


def test_a_carrier_that_does_not_say_is_asked_again_now_and_then(unsure: Desk) -> None:
    for _ in range(60):
        unsure.later(2)
    assert statuses(unsure) == {MessageStatus.SENDING}
    # Not at every sweep: it takes so many questions a minute.
    assert 4 <= len(unsure.carrier.sought) <= 8
    unsure.carrier.found_text = Placed("SM9")
    unsure.later(20)
    [message] = unsure.messages()
    assert (message.status, message.provider_message_id) == (MessageStatus.SENT, "SM9")
    assert len(unsure.carrier.texts) == 1


def test_one_that_nobody_can_tell_of_ends_lost_and_is_never_sent_twice(unsure: Desk) -> None:
    for _ in range(5):
        unsure.later(ASKED_WITHIN.total_seconds() / 4)
    [message] = unsure.messages()
    assert (message.status, message.error_code) == (MessageStatus.FAILED, "unconfirmed")
    assert len(unsure.carrier.texts) == 1


def test_a_receipt_settles_what_the_carrier_does_not_tell(unsure: Desk) -> None:
    [message] = unsure.messages()
    unsure.receipts.receive(
        message.id, status="delivered", error_code="", provider_message_id="SM1"
    )
    unsure.later(600)
    assert statuses(unsure) == {MessageStatus.DELIVERED}
    assert not unsure.carrier.sought


@pytest.mark.parametrize("attempts", [1, len(RETRY_GAPS) + 1])
def test_a_receipt_that_came_before_our_despair_stands(unsure: Desk, attempts: int) -> None:
    [message] = unsure.messages()
    unsure.receipts.receive(message.id, status="sent", error_code="", provider_message_id="SM1")
    with unsure.work.begin() as unit:
        again(unit, message.id, attempts)
    assert statuses(unsure) == {MessageStatus.SENT}


def test_the_carrier_is_told_what_else_went_to_that_phone(desk: Desk) -> None:
    queued(desk, "help")
    desk.work_off()
    desk.carrier.sending = Ambiguous("ReadTimeout")
    queued(desk, "help", "no_token", "texts_started")
    desk.work_off()
    desk.carrier.sending = None
    desk.carrier.found_text = Unanswered("which one is not told")
    desk.later(31)
    assert {(look.known, look.alone) for look in desk.carrier.sought} == {
        (frozenset({"SM1"}), False)
    }
    # Of long ago is nothing said.
    with desk.work.begin() as unit:
        unit.change(
            update(Message)
            .where(Message.status == MessageStatus.SENT)
            .values(sent_at=desk.clock.now - timedelta(hours=1))
        )
    desk.carrier.sought.clear()
    desk.later(31)
    assert {look.known for look in desk.carrier.sought} == {frozenset()}
