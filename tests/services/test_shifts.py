"""Shifts: on duty when one begins, off when it ends, and by hand in between."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway.domain.indian_time import IST
from gateway.domain.shifts import BadHours, parse_hours
from gateway.domain.states import DoctorStatus
from gateway.services import shifts
from tests.services.desk import Desk
from tests.services.line import Line, to_the_talk, to_the_token

# A Monday, before nine.
MONDAY = datetime(2026, 11, 30, tzinfo=IST)
OFF, ON = DoctorStatus.OFF_DUTY, DoctorStatus.AVAILABLE


@pytest.fixture
def asha(desk: Desk) -> str:
    desk.clock.now = MONDAY + timedelta(hours=8)
    doctor_id = desk.doctor()
    assert desk.rota.go_off_duty(doctor_id)
    set_hours(desk, doctor_id, "mon-sat 09:00-13:00")
    return doctor_id


def set_hours(desk: Desk, doctor_id: str, text: str) -> None:
    hours = parse_hours(text)
    assert not isinstance(hours, BadHours)
    desk.rota.set_hours(doctor_id, hours)


def at(desk: Desk, clock: str, *, day: int = 0) -> DoctorStatus:
    """Let it be that time of the week, sweep, and tell how she stands."""
    hour, minute = map(int, clock.split(":"))
    desk.clock.now = MONDAY + timedelta(days=day, hours=hour, minutes=minute)
    desk.sweep()
    desk.work_off()
    return desk.doctors()[0].status


@pytest.mark.usefixtures("asha")
def test_she_is_put_on_when_a_shift_begins_and_off_when_it_ends(desk: Desk) -> None:
    assert at(desk, "08:59") is OFF
    assert at(desk, "09:00") is ON
    assert at(desk, "12:59") is ON
    assert at(desk, "13:00") is OFF
    assert at(desk, "09:00", day=1) is ON
    assert at(desk, "09:00", day=6) is OFF, "no shift on Sunday, and Saturday's is over"
    assert desk.events().count("doctors:by_rota") == 4


def test_over_midnight_she_stays_until_the_morning(desk: Desk, asha: str) -> None:
    set_hours(desk, asha, "mon 22:00-06:00")
    assert at(desk, "22:00") is ON
    assert at(desk, "00:30", day=1) is ON
    assert at(desk, "06:00", day=1) is OFF


def test_what_she_does_by_hand_holds_until_the_next_beginning_or_end(desk: Desk, asha: str) -> None:
    at(desk, "09:00")
    assert desk.rota.go_off_duty(asha)
    assert at(desk, "11:00") is OFF
    assert at(desk, "13:00") is OFF
    assert desk.rota.go_on_duty(asha)
    assert at(desk, "20:00") is ON
    assert at(desk, "09:00", day=1) is ON
    assert at(desk, "13:00", day=1) is OFF


def test_by_hand_within_the_seconds_before_the_sweep_counts_as_after_the_boundary(
    desk: Desk, asha: str
) -> None:
    at(desk, "09:00")
    desk.clock.now = MONDAY + timedelta(hours=13, seconds=2)
    assert desk.rota.go_on_duty(asha)
    assert at(desk, "13:01") is ON


def test_a_break_ends_by_itself_and_a_new_shift_does_not_cut_it_short(
    desk: Desk, asha: str
) -> None:
    desk.clock.now = MONDAY + timedelta(hours=8, minutes=50)
    assert desk.rota.go_on_duty(asha)
    assert desk.rota.take_break(asha)
    assert at(desk, "09:00") is DoctorStatus.PAUSED
    assert at(desk, "09:21") is ON


def test_who_is_paused_when_her_shift_ends_is_off_and_comes_back_with_the_next(
    desk: Desk, asha: str
) -> None:
    at(desk, "09:00")
    desk.clock.now = MONDAY + timedelta(hours=12, minutes=45)
    assert desk.rota.take_break(asha)
    assert at(desk, "13:00") is OFF
    assert at(desk, "13:30") is OFF, "the break that would have ended brings nobody back"
    assert at(desk, "09:00", day=1) is ON


@pytest.mark.usefixtures("asha")
def test_a_patient_who_is_hers_is_not_lost_to_the_end_of_the_shift(desk: Desk) -> None:
    at(desk, "09:00")
    desk.clock.now = MONDAY + timedelta(hours=12, minutes=59, seconds=50)
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    desk.work_off()
    assert at(desk, "13:00") is DoctorStatus.ENGAGED
    to_the_talk(desk, line)
    assert desk.doctors()[0].status is OFF, "with the end of the talk, and for nobody else"
    assert "doctors:wrap_up" in desk.events()


@pytest.mark.usefixtures("asha")
def test_an_offer_that_ends_without_a_talk_ends_the_shift_before_another_is_made(
    desk: Desk,
) -> None:
    at(desk, "09:00")
    desk.clock.now = MONDAY + timedelta(hours=12, minutes=59, seconds=50)
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    desk.work_off()
    at(desk, "13:00")
    line.redirected()
    line.post(dial_status="no-answer")
    desk.work_off()
    assert desk.doctors()[0].status is OFF
    assert len(desk.offers()) == 1


@pytest.mark.usefixtures("asha")
def test_a_sweeper_that_was_down_acts_on_the_last_boundary_alone(desk: Desk) -> None:
    assert at(desk, "09:30", day=2) is ON
    assert at(desk, "14:00", day=4) is OFF
    desk.clock.now = MONDAY + timedelta(days=9, hours=14)
    desk.sweep()
    assert desk.doctors()[0].status is OFF
    assert desk.events().count("doctors:by_rota") == 2


@pytest.mark.usefixtures("asha")
def test_a_boundary_is_acted_on_once_and_not_against_her_hand(desk: Desk) -> None:
    at(desk, "09:00")
    [doctor] = desk.doctors()
    assert desk.rota.go_off_duty(doctor.id)
    for _ in range(3):
        assert at(desk, "09:00") is OFF


def test_a_transaction_that_dies_leaves_the_boundary_for_the_next_sweep(
    desk: Desk, asha: str
) -> None:
    desk.clock.now = MONDAY + timedelta(hours=9)
    with desk.work.begin() as unit:
        shifts.settle(unit, asha)
        unit.events.clear()
        unit.db.rollback()
    assert desk.doctors()[0].status is OFF
    assert at(desk, "09:00") is ON


def test_hours_that_are_cleared_move_her_no_more(desk: Desk, asha: str) -> None:
    at(desk, "09:00")
    desk.rota.set_hours(asha, ())
    assert at(desk, "13:00") is ON
    assert desk.rota.hours(asha) == ()


def test_hours_that_are_changed_count_from_their_next_boundary(desk: Desk, asha: str) -> None:
    desk.clock.now = MONDAY + timedelta(hours=10)
    set_hours(desk, asha, "mon 09:30-12:00 14:00-15:00")
    assert at(desk, "10:01") is OFF, "she is not put on in the middle of one"
    assert at(desk, "14:00") is ON
    assert at(desk, "15:00") is OFF


@pytest.mark.usefixtures("asha")
def test_patients_who_wait_are_called_when_the_shift_begins(desk: Desk) -> None:
    line = Line(desk, "CA1", "+919800000021")
    to_the_token(line)
    line.wait()
    line.press("hold.call_me_back")
    line.ends()
    at(desk, "08:59")
    assert not desk.outbound()
    at(desk, "09:00")
    assert len(desk.outbound()) == 1
