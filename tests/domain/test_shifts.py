"""The hours of the rota: read, written, and when they begin and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.indian_time import IST
from gateway.domain.shifts import (
    A_DAY_MIN,
    BadHours,
    HoursProblem,
    Shift,
    hours_text,
    is_on,
    next_beginning,
    next_end,
    parse_hours,
)

# A Monday.
MONDAY = datetime(2026, 11, 30, tzinfo=IST)


def hours(text: str) -> tuple[Shift, ...]:
    read = parse_hours(text)
    assert not isinstance(read, BadHours), read
    return read


def at(day: int, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def test_days_and_hours_are_read_as_people_write_them() -> None:
    assert hours("mon-sat 09:00-13:00") == tuple(Shift(day, 540, 780) for day in range(6))
    assert hours("Mon, Wed 9.00 - 13.00") == (Shift(0, 540, 780), Shift(2, 540, 780))
    assert len(hours("fri-mon 09:00-13:00 17:00-20:00 wed 0:00-24:00")) == 9
    assert hours("sat-sun 22:00-06:00") == (Shift(5, 1320, 360), Shift(6, 1320, 360))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mon",
        "09:00-13:00",
        "mon 9-13",
        "mon 25:00-26:00",
        "mon 24:30-03:00",
        "mond 9:00-1:00",
        "mon tue 9:00-13:00",
    ],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    read = parse_hours(text)
    assert isinstance(read, BadHours)
    assert read.problem is HoursProblem.UNREADABLE


@pytest.mark.parametrize(
    "text", ["mon 09:00-13:00 12:59-14:00", "mon,mon 9:00-10:00", "sun 22:00-06:00 mon 05:00-07:00"]
)
def test_shifts_of_one_doctor_do_not_overlap(text: str) -> None:
    assert parse_hours(text) == BadHours(HoursProblem.OVERLAP)


def test_shifts_that_touch_are_one_after_the_other() -> None:
    night = hours("sun 22:00-06:00 mon 06:00-07:00")
    assert is_on(night, at(0, "05:59"))
    assert is_on(night, at(0, "06:00"))
    assert not is_on(night, at(0, "07:00"))


def test_a_shift_over_midnight_begins_on_its_day_and_ends_on_the_next() -> None:
    night = hours("tue 22:00-06:00")
    assert next_beginning(night, at(0, "12:00")) == at(1, "22:00")
    assert next_end(night, at(1, "23:00")) == at(2, "06:00")
    assert not is_on(night, at(1, "05:00"))
    assert is_on(night, at(2, "05:59"))
    assert next_beginning(night, at(1, "22:00")) == at(8, "22:00"), "a week later"


def test_without_shifts_nobody_comes() -> None:
    assert (next_beginning((), MONDAY), next_end((), MONDAY)) == (None, None)
    assert not is_on((), MONDAY)


def test_indian_time_is_meant_wherever_the_clock_is_kept() -> None:
    morning = hours("mon 09:00-13:00")
    assert is_on(morning, datetime(2026, 11, 30, 3, 30, tzinfo=UTC))
    assert not is_on(morning, datetime(2026, 11, 30, 3, 29, tzinfo=UTC))


shifts = st.lists(
    st.builds(
        Shift, st.integers(0, 6), st.integers(0, A_DAY_MIN - 1), st.integers(0, A_DAY_MIN - 1)
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda it: (it.weekday, it.begins_min),
)


@given(shifts)
def test_what_is_shown_is_read_as_the_same_shifts(given_shifts: list[Shift]) -> None:
    read = parse_hours(hours_text(given_shifts))
    assert read in (tuple(sorted(given_shifts)), BadHours(HoursProblem.OVERLAP))


@given(shifts, st.integers(0, 7 * A_DAY_MIN))
def test_on_and_off_change_at_a_beginning_or_an_end_and_nowhere_else(
    given_shifts: list[Shift], minute: int
) -> None:
    now = MONDAY + timedelta(minutes=minute)
    begins, ends = next_beginning(given_shifts, now), next_end(given_shifts, now)
    assert begins is not None
    assert ends is not None
    assert now < min(begins, ends)
    just_before = min(begins, ends) - timedelta(microseconds=1)
    assert is_on(given_shifts, just_before) == is_on(given_shifts, now)
    assert is_on(given_shifts, begins)
    assert not is_on(given_shifts, now) or ends - now <= timedelta(days=1)
