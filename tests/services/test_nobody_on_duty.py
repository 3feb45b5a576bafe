"""At night: no wait is promised that nobody keeps, and she is called when a doctor comes."""

from __future__ import annotations

from gateway.domain.states import Presence
from tests.services.desk import Desk, Line, fever_by_keys, register

PATIENT = "+919800000021"


def waiting(desk: Desk, number: str = PATIENT) -> Line:
    line = Line(desk, "CA1", number)
    line.dial()
    register(line)
    fever_by_keys(line)
    line.wait()
    return line


def facts(line: Line) -> dict[str, object]:
    variables: dict[str, object] = line.session["variables"]
    return variables


def test_the_token_is_texted_without_a_wait(desk: Desk) -> None:
    waiting(desk)
    assert [message.kind for message in desk.messages()] == ["token_unattended"]


def test_with_a_doctor_on_duty_the_wait_is_told(desk: Desk) -> None:
    desk.doctor()
    waiting(desk)
    assert [message.kind for message in desk.messages()] == ["token"]


def test_a_doctor_of_another_language_keeps_no_promise_to_her(desk: Desk) -> None:
    desk.doctor(languages=("ta",))
    line = waiting(desk)
    assert [message.kind for message in desk.messages()] == ["token_unattended"]
    assert line.at == "waiting/unattended"


def test_she_is_told_so_and_is_called_when_a_doctor_comes(desk: Desk) -> None:
    line = waiting(desk)
    assert line.at == "waiting/unattended"
    line.press("hold.call_me_back")
    line.ends()
    assert desk.tickets()[0].presence is Presence.AWAY
    desk.clock.forward(3600)
    desk.sweep()
    desk.work_off()
    assert not desk.outbound()
    desk.doctor()
    desk.work_off()
    assert len(desk.outbound()) == 1


def test_a_withheld_number_is_asked_to_stay_since_it_cannot_be_called(desk: Desk) -> None:
    line = waiting(desk, "anonymous")
    assert line.at == "waiting/stay_here"
    assert not desk.messages()
