"""When what can wait is called or texted, and when it is not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.domain.aftercare import AftercareKind
from gateway.domain.hours import Hours, Window
from gateway.domain.indian_time import IST
from tests.domain.hours_file import HOURS


def at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=IST)


def window(opens: Any, closes: Any) -> Window:
    return Window.model_validate({"opens": opens, "closes": closes})


@pytest.mark.parametrize(
    ("kind", "hour", "minute", "allowed"),
    [
        (AftercareKind.FOLLOW_UP, 7, 59, False),
        (AftercareKind.FOLLOW_UP, 8, 0, True),
        (AftercareKind.FOLLOW_UP, 19, 59, True),
        (AftercareKind.FOLLOW_UP, 20, 0, False),
        (AftercareKind.REMINDER, 20, 30, True),
        (AftercareKind.REMINDER, 21, 0, False),
        (AftercareKind.REMINDER, 3, 0, False),
    ],
)
def test_nobody_is_rung_while_people_sleep(
    kind: AftercareKind, hour: int, minute: int, *, allowed: bool
) -> None:
    assert HOURS.calls[kind].holds(at(hour, minute)) is allowed


def test_what_is_due_at_night_waits_for_the_morning() -> None:
    day = window("08:00", "20:00")
    assert day.next_opening(at(3)) == at(8)
    assert day.next_opening(at(21)) == at(8, day=24)
    assert day.next_opening(at(12)) == at(12)


def test_a_window_may_go_over_midnight() -> None:
    night = window("21:00", "06:30")
    assert [night.holds(at(hour)) for hour in (20, 21, 23, 0, 6, 7)] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]
    assert night.next_opening(at(7)) == at(21)
    assert night.next_opening(at(2)) == at(2)


@pytest.mark.parametrize(
    ("opens", "closes"), [(1200, "20:00"), ("08:00", "08:00"), ("25:00", "20:00")]
)
def test_what_is_no_part_of_a_day_is_refused(opens: object, closes: object) -> None:
    with pytest.raises(ValidationError):
        window(opens, closes)


def test_every_kind_of_call_has_its_hours() -> None:
    told = HOURS.model_dump(mode="json")
    del told["calls"]["reminder"]
    with pytest.raises(ValidationError, match="no hours for reminder"):
        Hours.model_validate(told)


def test_a_lane_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no such lane: can_wait"):
        HOURS.of_lanes(("urgent", "usual"))
    assert list(HOURS.of_lanes(("urgent", "can_wait"))) == [1]
