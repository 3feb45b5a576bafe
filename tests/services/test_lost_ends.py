"""Calls of whose end the carrier never told: asked after, and ended as their status would have."""

from __future__ import annotations

import pytest

from gateway.db.models import Turn
from gateway.domain.states import DoctorStatus, OutboundStatus, Presence, TicketStatus
from gateway.services import lines
from tests.services.desk import Desk
from tests.services.line import Line, to_the_token, whispered
from tests.services.test_consultation import holding
from tests.services.test_pauses import PATIENTS, offered
from tests.services.test_placing import missed
from tests.services.test_privacy import in_privacy


@pytest.fixture
def answered(desk: Desk) -> Line:
    """A call that we placed was answered, and nothing more is heard of it."""
    missed(desk)
    desk.later(5)
    return desk.answered()


def in_talk(desk: Desk) -> tuple[Line, Line]:
    """Somebody else talks with a doctor; return her line and the doctor's."""
    desk.doctor()
    line = offered(desk, PATIENTS[0])
    doctor = whispered(line)
    doctor.press("offer.accept")
    return line, doctor


def test_a_call_that_is_over_is_ended_though_its_status_was_lost(
    desk: Desk, answered: Line
) -> None:
    desk.carrier.ended = True
    desk.later(60)
    assert [call.status for call in desk.outbound()] == [OutboundStatus.ANSWERED]
    desk.later(180)
    assert [call.status for call in desk.outbound()] == [OutboundStatus.ENDED]
    assert {call.end_reason for call in desk.calls_made() if call.flow != "missed"} == {"silent"}


def test_the_talks_of_others_hide_no_silent_line(desk: Desk, answered: Line) -> None:
    """In a busy service somebody always talks."""
    desk.clock.forward(240)
    in_talk(desk)
    desk.carrier.ended = True
    desk.sweep()
    assert answered.sid in desk.carrier.asked_about
    assert [call.status for call in desk.outbound()] == [OutboundStatus.ENDED]


def test_a_line_in_a_talk_is_asked_after_by_the_lease_of_the_talk_alone(desk: Desk) -> None:
    talking = in_talk(desk)
    desk.clock.forward(240)
    with desk.work.begin() as unit:
        found = {provider_call_id for _, _, provider_call_id in lines.silent(unit)}
    assert not found & {line.sid for line in talking}


def test_a_call_that_goes_on_is_left_alone(desk: Desk, answered: Line) -> None:
    desk.carrier.ended = False
    for _ in range(10):
        desk.later(60)
    assert [call.status for call in desk.outbound()] == [OutboundStatus.ANSWERED]
    answered.choose_language()
    assert answered.at


def test_of_a_call_that_no_carrier_tells_of_the_end_is_taken_as_read_in_time(
    desk: Desk, answered: Line
) -> None:
    desk.carrier.ended = None
    for _ in range(13):
        desk.later(600)
    assert [call.status for call in desk.outbound()] == [OutboundStatus.ENDED]


def test_an_account_that_is_gone_ends_its_lines_and_no_sweep(desk: Desk, answered: Line) -> None:
    del desk.carriers["twilio"]
    desk.clock.forward(3 * 3600)
    desk.sweep()
    assert [call.status for call in desk.outbound()] == [OutboundStatus.ENDED]


def test_who_holds_is_no_silent_line(desk: Desk) -> None:
    line = Line(desk, "CA1")
    to_the_token(line)
    for _ in range(20):
        desk.clock.forward(20)
        line.wait()
        desk.sweep()
    assert desk.tickets()[0].status is TicketStatus.WAITING
    assert "CA1" not in desk.carrier.asked_about


@pytest.fixture
def revived(desk: Desk) -> Line:
    """A holding line that was taken for dead, and speaks."""
    line = holding(desk)
    desk.later(91)
    assert [call.end_reason for call in desk.calls_made()] == ["silent"]
    line.wait()
    return line


def test_a_line_that_was_taken_for_dead_and_speaks_gets_its_doctor(
    desk: Desk, revived: Line
) -> None:
    desk.doctor()
    desk.later(1)
    revived.redirected()
    assert "<Dial" in revived.answer
    assert not desk.carrier.calls, "she is on the line, and is not called back"


def test_its_end_frees_the_doctor_who_rings_for_her(desk: Desk, revived: Line) -> None:
    desk.doctor()
    desk.later(1)
    revived.redirected()
    revived.ends()
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE
    assert desk.tickets()[0].presence is Presence.AWAY
    assert [call.end_reason for call in desk.calls_made()] == ["completed"]


def test_what_was_erased_is_forgotten_though_the_status_of_that_call_was_lost(
    desk: Desk,
) -> None:
    to_the_token(Line(desk, "CA1"))
    Line(desk, "CA1").ends()
    erased = in_privacy(desk)
    erased.press("privacy.erase", "answer.if_yes")
    desk.carrier.ended = True
    desk.later(240)
    assert not erased_words(desk, erased)


def erased_words(desk: Desk, line: Line) -> list[int]:
    """The turns of that call which still tell something."""
    calls = [call.id for call in desk.calls_made() if call.provider_call_id == line.sid]
    return [turn.number for turn in desk.all(Turn) if turn.call_id in calls and turn.session]
