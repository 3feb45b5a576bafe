"""At night: no wait is promised that nobody keeps, and she is called when a doctor comes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from gateway.db.models import Doctor
from gateway.domain.indian_time import IST
from gateway.domain.shifts import BadHours, parse_hours
from gateway.domain.states import Presence
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, register

PATIENT = "+919800000021"


def waiting(desk: Desk, number: str = PATIENT) -> Line:
    line = Line(desk, "CA1", number)
    line.dial()
    register(line)
    fever_by_keys(line)
    line.wait()
    return line


def facts(line: Line) -> dict[str, Any]:
    variables: dict[str, Any] = line.session["variables"]
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


@pytest.fixture
def at_night(desk: Desk) -> str:
    """A doctor of Hindi who comes at nine; it is five in the morning of a Monday."""
    doctor_id = desk.doctor()
    assert desk.rota.go_off_duty(doctor_id)
    desk.clock.now = datetime(2026, 11, 30, 5, tzinfo=IST)
    hours = parse_hours("mon-sat 09:00-13:00")
    assert not isinstance(hours, BadHours)
    desk.rota.set_hours(doctor_id, hours)
    return doctor_id


def is_clock(desk: Desk, hour: int, minute: int = 0, *, day: int = 0) -> None:
    desk.clock.now = datetime(2026, 11, 30 + day, hour, minute, tzinfo=IST)


def told(desk: Desk) -> list[tuple[str, str]]:
    """The kind of each text, and the day and time in it."""
    times = ["".join(re.findall(r"\d\d/\d\d \d\d:\d\d", text.body)) for text in desk.messages()]
    return [(text.kind, at) for text, at in zip(desk.messages(), times, strict=True)]


@pytest.mark.usefixtures("at_night")
def test_she_hears_and_reads_when_a_doctor_is_expected_and_is_called_then(desk: Desk) -> None:
    line = waiting(desk)
    assert facts(line)["opens"] == "today 2026-11-30T09:00"
    assert "आज सुबह नौ बजे" in line.answer
    assert told(desk) == [("token_opens", "30/11 09:00")]
    line.press("hold.call_me_back")
    line.ends()
    is_clock(desk, 9)
    desk.sweep()
    desk.work_off()
    assert [number for number, _ in desk.carrier.calls] == [PATIENT]


@pytest.mark.usefixtures("at_night")
def test_whoever_asks_by_text_reads_when_a_doctor_is_expected(desk: Desk) -> None:
    waiting(desk).ends()
    is_clock(desk, 6)
    desk.inbox.receive("twilio", "SM1", PATIENT, body="TOKEN")
    assert told(desk)[-1] == ("token_opens", "30/11 09:00")


@pytest.mark.usefixtures("at_night")
def test_after_the_last_shift_of_the_day_tomorrows_is_told(desk: Desk) -> None:
    is_clock(desk, 13, 5)
    desk.sweep()
    line = waiting(desk)
    assert facts(line)["opens"] == "tomorrow 2026-12-01T09:00"


def test_a_doctor_who_should_be_here_and_is_not_is_told_of_honestly(
    desk: Desk, at_night: str
) -> None:
    is_clock(desk, 9)
    desk.sweep()
    assert desk.rota.go_off_duty(at_night)
    is_clock(desk, 9, 20)
    line = waiting(desk)
    assert facts(line)["late"] is True
    assert "वे अब तक नहीं आए हैं" in line.answer
    assert "उम्मीद" not in line.answer
    assert told(desk) == [("token_unattended", "")]


@pytest.mark.usefixtures("at_night")
def test_the_shift_of_a_doctor_who_cannot_serve_her_is_not_told(desk: Desk) -> None:
    with desk.work.begin() as unit:
        unit.db.execute(update(Doctor).values(languages=["ta"]))
    line = waiting(desk)
    assert (facts(line)["opens"], facts(line)["late"]) == ("", False)
    assert told(desk) == [("token_unattended", "")]


def test_with_a_doctor_on_duty_no_shift_is_told(desk: Desk, at_night: str) -> None:
    assert desk.rota.go_on_duty(at_night)
    line = waiting(desk)
    assert (facts(line)["opens"], facts(line)["late"]) == ("", False)
