"""When we call after a consultation, and when we do not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from gateway.domain.aftercare import (
    AftercareKind,
    follow_up_due,
    lines_at,
    next_dosing,
    next_try,
)
from gateway.domain.indian_time import IST
from sms.medicine import DayParts, DoseUnit, MedicineLine, Pattern

ISSUED = date(2026, 11, 23)


def at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=IST)


def line(pattern: Pattern = Pattern.DAILY, *, days: int = 2, **parts: str) -> MedicineLine:
    return MedicineLine(
        medicine="PARACETAMOL",
        form="tablet",
        strength="500 mg",
        pattern=pattern,
        unit=DoseUnit.PIECE,
        days=days,
        parts=DayParts(**parts),
    )


def test_a_follow_up_is_due_on_a_morning_in_india_that_many_days_later() -> None:
    late_in_the_evening = at(23, 30)
    assert follow_up_due(late_in_the_evening, days=3) == at(10, day=26)


def test_a_follow_up_is_tried_three_times_with_growing_gaps() -> None:
    first = next_try(AftercareKind.FOLLOW_UP, attempts=1, now=at(10))
    assert first == at(11)
    assert next_try(AftercareKind.FOLLOW_UP, attempts=2, now=at(11)) == at(15)
    assert next_try(AftercareKind.FOLLOW_UP, attempts=3, now=at(15)) is None


def test_the_times_of_a_prescription_are_those_of_its_doses_until_its_last_day() -> None:
    lines = [line(morning="1", night="1", days=2), line(morning="1/2", days=1)]
    times, now = [], at(12)
    while dosing := next_dosing(lines, issued_on=ISSUED, after=now):
        times.append((dosing.at, dosing.part))
        now = dosing.at
    assert times == [
        (at(20, 30), "night"),
        (at(8, day=24), "morning"),
        (at(20, 30, day=24), "night"),
    ]


def test_each_time_of_the_day_has_its_own_hour() -> None:
    four = [line(morning="1", noon="1", evening="1", night="1", days=1)]
    hours, now = [], at(0)
    while dosing := next_dosing(four, issued_on=ISSUED, after=now):
        hours.append(dosing.at.time().isoformat("minutes"))
        now = dosing.at
    assert hours == ["08:00", "13:00", "18:00", "20:30"]


@pytest.mark.parametrize("pattern", [Pattern.AS_NEEDED, Pattern.WEEKLY, Pattern.ONCE])
def test_what_has_no_time_of_the_day_has_no_reminder(pattern: Pattern) -> None:
    assert next_dosing([line(pattern)], issued_on=ISSUED, after=at(0)) is None


def test_a_course_that_is_over_has_no_reminder() -> None:
    lines = [line(morning="1", days=2)]
    assert next_dosing(lines, issued_on=ISSUED, after=at(9, day=24)) is None


def test_a_time_names_only_its_own_medicines_and_its_own_amount() -> None:
    lines = [line(morning="1", night="2"), line(noon="1"), line(night="1", days=1)]
    first = lines_at(lines, "night", issued_on=ISSUED, day=ISSUED)
    assert [one.parts for one in first] == [DayParts(night="2"), DayParts(night="1")]
    second = lines_at(lines, "night", issued_on=ISSUED, day=ISSUED + timedelta(days=1))
    assert [one.parts for one in second] == [DayParts(night="2")]
