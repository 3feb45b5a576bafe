"""Texts worked off together: in their lanes and order, by the carrier that works, each once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update

from gateway.db.models import Caller, Message
from gateway.domain.indian_time import IST
from gateway.domain.states import MessageStatus
from gateway.services import sending, text_claims
from gateway.services.messages import drop_unsent
from gateway.services.ports import Ambiguous, NotSent, Placed, Placing, Refused
from gateway.services.roads import CLOSED_S, FAILURES, Roads
from gateway.services.sending import Sending
from gateway.services.text_claims import SENDING_LEASE, Claims
from gateway.services.work import Job
from gateway.telephony.http import CONNECT_S, READ_S
from tests.services.desk import Desk
from tests.services.fakes import FakeCarrier
from tests.services.line import Line, to_the_token


def queued(desk: Desk, *kinds: str, caller: str = "c1") -> list[str]:
    """Mean texts of these kinds to one person, at once and in this order; return their ids."""
    with desk.work.begin() as unit:
        row = unit.db.get(Caller, caller)
        if row is None:
            phone = {"phone_e164": f"+9198{len(caller):08d}", "phone_hash": caller}
            unit.db.execute(
                insert(Caller).values(id=caller, script="native", created_at=unit.now, **phone)
            )
            row = unit.db.get_one(Caller, caller)
        known = {"number": "+911800000100", "token": "0001"}
        for place, kind in enumerate(kinds):
            variables = desk.texts.catalogue.templates[kind].variables
            desk.texts.queue(
                unit,
                kind,
                key=f"{caller}:{place}:{kind}",
                caller=row,
                language="en",
                values={name: known[name] for name in variables},
                place=place,
            )
    return [m.id for m in sorted(desk.messages(), key=lambda m: m.due_at)]


def statuses(desk: Desk) -> set[MessageStatus]:
    return {message.status for message in desk.messages()}


def kinds_sent(desk: Desk, carrier: FakeCarrier | None = None) -> list[str]:
    kind_of = {message.id: message.kind for message in desk.messages()}
    return [kind_of[intent] for _, _, intent in (carrier or desk.carrier).texts]


@pytest.fixture
def other(desk: Desk) -> FakeCarrier:
    """A second carrier, and the desk's texts may go by either."""
    second = FakeCarrier()
    desk.text_by({"twilio": desk.carrier, "plivo": second})
    return second


def test_a_persons_texts_come_in_their_order(desk: Desk) -> None:
    queued(desk, "help", "texts_started", "no_token")
    desk.work_off()
    assert kinds_sent(desk) == ["help", "texts_started", "no_token"]


def test_what_is_urgent_overtakes_what_waited_longer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_claims, "BATCH", 1)
    queued(desk, "help", "no_token")
    desk.clock.forward(5)
    queued(desk, "call_soon", caller="c22")
    desk.work_off()
    assert kinds_sent(desk) == ["call_soon", "help", "no_token"]


def test_one_hint_is_enough_for_many_texts(desk: Desk) -> None:
    queued(desk, "help", "no_token")
    queued(desk, "help", caller="c22")
    assert [job for job, _ in desk.queue.hints] == [Job.SEND_MESSAGES]
    desk.work_off()
    assert statuses(desk) == {MessageStatus.SENT}


def test_two_workers_at_once_send_each_text_once(desk: Desk) -> None:
    for number in range(40):
        queued(desk, "help", caller=f"c{number}")
    workers = [threading.Thread(target=desk.sending.send_due) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    intents = [intent for _, _, intent in desk.carrier.texts]
    assert len(intents) == len(set(intents)) == 40
    assert statuses(desk) == {MessageStatus.SENT}


def test_one_that_fails_in_an_unforeseen_way_does_not_hold_up_the_others(desk: Desk) -> None:
    [odd, *_] = queued(desk, "help")
    queued(desk, "help", caller="c22")
    taken = desk.carrier.send_sms

    def send(phone: str, body: str, *, intent: str) -> Placing:
        if intent == odd:
            raise RuntimeError("a bug")
        return taken(phone, body, intent=intent)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.carrier, "send_sms", send)
        with pytest.raises(RuntimeError, match="a bug"):
            desk.work_off()
    by_id = {message.id: message.status for message in desk.messages()}
    assert by_id.pop(odd) is MessageStatus.SENDING  # its lease runs on, then the carrier is asked
    assert set(by_id.values()) == {MessageStatus.SENT}


def test_what_could_not_be_begun_within_the_lease_waits_on_and_that_was_no_try(
    desk: Desk,
) -> None:
    queued(desk, "help", "no_token")
    seconds = iter([0.0, 0.0, 0.0, 13.0, 13.0, 99.0])
    slow = Sending(
        work=desk.work,
        carriers={"twilio": desk.carrier},
        claims=Claims(desk.work, Roads(["twilio"], clock=lambda: 0.0), desk.rates, {}),
        clock=lambda: next(seconds),
    )
    slow.send_due()
    first, second = sorted(desk.messages(), key=lambda m: m.due_at)
    assert (first.status, second.status) == (MessageStatus.SENT, MessageStatus.QUEUED)
    assert second.attempts == 0
    desk.work_off()
    assert kinds_sent(desk) == ["help", "no_token"]


def test_a_request_that_never_left_goes_by_the_other_carrier_at_once(
    desk: Desk, other: FakeCarrier
) -> None:
    desk.carrier.sending = NotSent("ConnectTimeout")
    queued(desk, "help")
    desk.work_off()
    assert kinds_sent(desk, other) == ["help"]
    [message] = desk.messages()
    assert (message.status, message.carrier, message.attempts) == (MessageStatus.SENT, "plivo", 1)


@pytest.mark.parametrize("result", [Ambiguous("ReadTimeout"), Refused("21211", "HTTP 400")])
def test_what_the_carrier_may_have_or_refuses_goes_by_no_other(
    desk: Desk, other: FakeCarrier, result: Placing
) -> None:
    desk.carrier.sending = result
    queued(desk, "help")
    desk.work_off()
    assert not other.texts


def test_whoever_was_asked_is_asked_again_what_became_of_it(desk: Desk, other: FakeCarrier) -> None:
    desk.carrier.sending = NotSent("ConnectTimeout")
    other.sending = Ambiguous("ReadTimeout")
    queued(desk, "help")
    desk.work_off()
    desk.carrier.found_text, other.found_text = None, Placed("PL1")
    desk.later(31)
    [message] = desk.messages()
    assert (message.status, message.provider_message_id) == (MessageStatus.SENT, "PL1")


def test_a_message_of_an_older_release_is_asked_for_at_the_preferred_carrier(desk: Desk) -> None:
    to_the_token(Line(desk, "CA1"))
    with desk.work.begin() as unit:
        unit.db.execute(
            update(Message).values(
                status=MessageStatus.SENDING, sent_at=unit.now, lease_until=unit.now
            )
        )
    desk.carrier.found_text = Placed("SM9")
    desk.later(1)
    assert statuses(desk) == {MessageStatus.SENT}


def test_what_a_carrier_had_whose_account_is_gone_is_not_sent_again(desk: Desk) -> None:
    desk.carrier.sending = Ambiguous("ReadTimeout")
    queued(desk, "help")
    desk.work_off()
    desk.carrier.sending = None
    desk.text_by({"plivo": desk.carrier})
    desk.later(31)
    [message] = desk.messages()
    assert (message.status, message.error_code) == (MessageStatus.FAILED, "carrier_gone")
    assert len(desk.carrier.texts) == 1


# The roads


class Watch:
    """Seconds that stand until they are moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def roads(watch: Watch) -> Roads:
    return Roads(["first", "second"], clock=watch)


def several(roads: Roads, name: str, count: int, *, took_s: float, worked: bool) -> None:
    for _ in range(count):
        roads.report(name, took_s=took_s, worked=worked)


def test_failures_in_a_row_close_a_road_and_one_answer_opens_it(roads: Roads, watch: Watch) -> None:
    several(roads, "first", FAILURES - 1, took_s=0.1, worked=False)
    assert roads.order() == ["first", "second"]
    several(roads, "first", 1, took_s=0.1, worked=False)
    assert roads.order() == ["second", "first"]
    watch.now = CLOSED_S
    assert roads.order() == ["first", "second"]
    several(roads, "first", 1, took_s=0.1, worked=False)  # the one that tried it again
    assert roads.order() == ["second", "first"]
    watch.now = 2 * CLOSED_S
    several(roads, "first", 1, took_s=0.1, worked=True)
    several(roads, "first", FAILURES - 1, took_s=0.1, worked=False)
    assert roads.order() == ["first", "second"]


def test_a_slow_carrier_gives_way_to_a_quick_one_and_is_tried_again(
    roads: Roads, watch: Watch
) -> None:
    several(roads, "first", 20, took_s=5.0, worked=True)
    assert roads.order() == ["second", "first"]
    watch.now = CLOSED_S
    assert roads.order() == ["first", "second"]


def test_where_all_are_slow_nothing_changes(roads: Roads) -> None:
    several(roads, "second", 20, took_s=5.0, worked=True)
    several(roads, "first", 20, took_s=5.0, worked=True)
    assert roads.order() == ["first", "second"]


def test_a_road_alone_is_never_left(watch: Watch) -> None:
    alone = Roads(["first"], clock=watch)
    several(alone, "first", 20, took_s=9.0, worked=False)
    assert alone.order() == ["first"]


def test_a_lease_outlasts_whatever_a_thread_may_begin() -> None:
    longest = timedelta(seconds=sending.BEGIN_WITHIN_S + CONNECT_S + READ_S)
    assert longest < SENDING_LEASE


NIGHT = datetime(2026, 11, 23, 22, 30, tzinfo=IST)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=IST)


def test_at_night_what_can_wait_is_held_and_what_cannot_goes(desk: Desk) -> None:
    desk.clock.now = NIGHT
    queued(desk, "follow_up_missed", "token_unattended", "prescription_hear")
    desk.work_off()
    assert kinds_sent(desk) == ["token_unattended", "prescription_hear"]
    [held] = [m for m in desk.messages() if m.kind == "follow_up_missed"]
    assert (held.status, held.due_at, held.attempts) == (MessageStatus.QUEUED, MORNING, 0)
    assert "messages:held_back" in desk.events()


def test_what_was_held_back_leaves_in_the_morning_whoever_died_and_in_its_order(
    desk: Desk,
) -> None:
    desk.clock.now = NIGHT
    queued(desk, "follow_up_missed")
    queued(desk, "follow_up_missed", caller="c22")
    desk.work_off()
    # Every hint is lost; the rows alone are left, and another process takes them up.
    desk.queue.hints.clear()
    desk.text_by({"twilio": desk.carrier})
    desk.clock.now = MORNING - timedelta(seconds=1)
    desk.later(0)
    assert not desk.carrier.texts
    desk.later(2)
    assert [m.status for m in desk.messages()] == [MessageStatus.SENT] * 2
    assert [desk.one(Message, intent).caller_id for _, _, intent in desk.carrier.texts] == [
        "c1",
        "c22",
    ]


def test_whoever_wants_no_more_texts_meanwhile_gets_none_in_the_morning(desk: Desk) -> None:
    desk.clock.now = NIGHT
    queued(desk, "follow_up_missed")
    desk.work_off()
    with desk.work.begin() as unit:
        drop_unsent(unit, "c1", why="stopped")
    desk.clock.now = MORNING
    desk.later(1)
    assert not desk.carrier.texts
