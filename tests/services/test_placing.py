"""Calls that we place: none twice while another may ring, none for whoever has what she wanted."""

from __future__ import annotations

import pytest

from gateway.domain.states import DoctorStatus, OutboundStatus, TicketStatus
from gateway.services import outbound
from gateway.services.ports import AlreadyEnded, Ambiguous, Done, Placed, Steering, Unanswered
from gateway.services.work import Unit
from tests.services.data import MISSED_CALL, PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, register, to_the_talk, to_the_token
from tests.services.overlap import overlapping
from tests.services.test_call_backs import away


def missed(desk: Desk, sid: str = "CAm") -> None:
    line = Line(desk, sid, to=MISSED_CALL).dial()
    line.ends("busy")


def call_back_by(unit: Unit, desk: Desk, carrier: str) -> None:
    caller = desk.directory.caller_of(unit, PATIENT)
    assert caller is not None
    gap = outbound.CALL_BACK_AFTER_FAILURE
    outbound.call_back(unit, caller.id, carrier=carrier, after=gap, our_number=None)


def statuses(desk: Desk) -> list[OutboundStatus]:
    return [call.status for call in desk.outbound()]


@pytest.fixture
def stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that the carrier was asked to stop; each rang or waited still."""
    asked: list[str] = []

    def end_call(provider_call_id: str) -> Steering:
        asked.append(provider_call_id)
        return Done()

    monkeypatch.setattr(desk.carrier, "end_call", end_call)
    return asked


def test_a_missed_call_that_the_carrier_keeps_queued_is_waited_for_and_not_placed_again(
    desk: Desk, stopped: list[str]
) -> None:
    missed(desk)
    desk.later(5)
    for _ in range(16):
        desk.later(30)
    assert len(desk.carrier.calls) == 1
    assert "CAout1" in desk.carrier.asked_about
    assert not stopped
    assert desk.answered().at  # it came after eight minutes, and is taken


def test_a_call_that_is_queued_for_too_long_is_stopped_before_it_is_tried_again(
    desk: Desk, stopped: list[str]
) -> None:
    missed(desk)
    desk.later(5)
    for _ in range(24):
        desk.later(30)
    assert stopped == ["CAout1"]
    assert len(desk.carrier.calls) == 2


def test_a_reserved_doctor_is_kept_for_no_call_that_stays_queued(
    desk: Desk, stopped: list[str]
) -> None:
    away(desk)
    desk.doctor()
    desk.work_off()
    desk.later(100)
    assert stopped == ["CAout1"]
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE
    assert desk.tickets()[0].call_back_attempts == 1


def test_a_call_that_could_not_be_stopped_is_not_placed_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.carrier, "end_call", lambda _id: Ambiguous("ReadTimeout"))
    missed(desk)
    desk.later(5)
    for _ in range(40):
        desk.later(60)
    assert len(desk.carrier.calls) == 1
    monkeypatch.setattr(desk.carrier, "end_call", lambda _id: AlreadyEnded())
    desk.later(90)
    desk.later(90)
    assert len(desk.carrier.calls) == 2


def test_what_was_meant_for_a_carrier_whose_account_is_gone_goes_by_the_usual_one(
    desk: Desk,
) -> None:
    with desk.work.begin() as unit:
        call_back_by(unit, desk, "gone")
    desk.later(61)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_a_try_by_a_carrier_whose_account_is_gone_stops_no_sweep(desk: Desk) -> None:
    missed(desk)
    desk.carrier.placing = Ambiguous("ReadTimeout")
    desk.later(5)
    desk.carrier.placing = None
    del desk.carriers["twilio"]
    desk.clock.forward(40)
    desk.sweep()
    assert OutboundStatus.PLACING not in statuses(desk)
    desk.carriers["twilio"] = desk.carrier
    desk.later(70)
    assert statuses(desk)[-1] is OutboundStatus.PLACED


def test_a_carrier_that_never_tells_of_a_try_blocks_no_later_call_back(desk: Desk) -> None:
    desk.carrier.placing = Ambiguous("ReadTimeout")
    desk.carrier.found_call = Unanswered("cannot be asked")
    missed(desk)
    desk.later(5)
    for _ in range(5):
        desk.later(30)
    assert statuses(desk)[0] is OutboundStatus.FAILED
    desk.carrier.placing = Placed("CAout9")
    desk.later(61)
    assert statuses(desk)[-1] is OutboundStatus.PLACED


def test_whoever_dials_herself_is_not_rung_while_she_is_on_the_line(desk: Desk) -> None:
    missed(desk)
    desk.clock.forward(1)
    line = Line(desk, "CA1").dial()
    desk.later(10)
    assert not desk.carrier.calls
    register(line)
    line.ends()  # before she had told anything
    desk.later(61)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_whoever_joined_by_a_call_of_her_own_is_called_for_her_missed_call_no_more(
    desk: Desk,
) -> None:
    missed(desk)
    desk.clock.forward(1)
    to_the_token(Line(desk, "CA1"))
    assert statuses(desk) == [OutboundStatus.FAILED]
    desk.later(600)
    assert not [call for call in desk.outbound() if call.offer_id is None][1:]


def test_after_her_talk_the_rest_of_the_ladder_rings_no_more_and_a_new_missed_call_does(
    desk: Desk,
) -> None:
    missed(desk)
    desk.later(5)
    desk.doctor()
    line = Line(desk, "CA1")
    to_the_token(line)
    desk.unanswered("busy")
    to_the_talk(desk, line)
    line.ends()
    desk.later(300)
    assert len(desk.carrier.calls) == 1
    assert desk.tickets()[0].status is TicketStatus.DONE
    missed(desk, "CAm2")
    desk.later(5)
    assert len(desk.carrier.calls) == 2


def test_two_missed_calls_at_once_are_returned_once(desk: Desk) -> None:
    def call_back(unit: Unit) -> None:
        call_back_by(unit, desk, "twilio")

    with desk.work.begin() as unit:
        desk.directory.caller_of(unit, PATIENT)
    overlapping(desk, call_back, call_back)
    assert len(desk.outbound()) == 1


def test_a_call_that_was_queued_anew_and_is_answered_after_all_is_not_placed_again(
    desk: Desk,
) -> None:
    missed(desk)
    desk.carrier.placing = Ambiguous("ReadTimeout")
    desk.later(5)
    desk.carrier.placing = None
    desk.clock.forward(40)
    desk.sweep()  # the carrier shows it nowhere
    assert statuses(desk) == [OutboundStatus.QUEUED]
    line = desk.answered()
    desk.work_off()
    assert len(desk.carrier.calls) == 1
    line.ends()
    assert statuses(desk) == [OutboundStatus.ENDED]
