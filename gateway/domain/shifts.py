"""Shifts: the hours of a week at which a doctor is on duty by the rota, in Indian time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from gateway.domain.indian_time import IST

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
A_DAY_MIN: Final = 24 * 60
A_WEEK: Final = timedelta(weeks=1)
_A_DAY: Final = "|".join(WEEKDAYS)
_DAYS: Final = re.compile(rf"({_A_DAY})(?:-({_A_DAY}))?")
_HOURS: Final = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)-([01]?\d|2[0-4])[:.]([0-5]\d)")


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """weekday: 0 is Monday. begins_min, ends_min: minutes of the day in Indian time; one that does
    not end after it begins ends on the day after."""

    weekday: int
    begins_min: int
    ends_min: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=(self.ends_min - self.begins_min) % A_DAY_MIN or A_DAY_MIN)


class HoursProblem(StrEnum):
    UNREADABLE = "unreadable"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class BadHours:
    """What stands in the way, and the word that cannot be read, where one cannot."""

    problem: HoursProblem
    word: str = ""


def parse_hours(text: str) -> tuple[Shift, ...] | BadHours:
    """Read "mon-sat 09:00-13:00 17:00-20:00 sun 22:00-06:00"; commas join days ("mon,wed").

    A shift may end on the next day, by at most 24 hours; 24:00 is midnight. Two of one doctor may
    touch and not overlap.
    """
    shifts: list[Shift] = []
    days: tuple[int, ...] = ()
    with_hours = True
    for word in re.sub(r"\s*([,-])\s*", r"\1", text.lower()).replace(";", " ").split():
        if hours := _HOURS.fullmatch(word.rstrip(",")):
            begins, ends = (60 * int(hours[n]) + int(hours[n + 1]) for n in (1, 3))
            if max(begins, ends) > A_DAY_MIN or not days:
                return BadHours(HoursProblem.UNREADABLE, word)
            shifts += [Shift(day, begins % A_DAY_MIN, ends % A_DAY_MIN) for day in days]
            with_hours = True
        elif with_hours and (days := _days_of(word)):
            with_hours = False
        else:
            return BadHours(HoursProblem.UNREADABLE, word)
    if not with_hours or not shifts:
        return BadHours(HoursProblem.UNREADABLE, text.strip())
    return BadHours(HoursProblem.OVERLAP) if _overlap(shifts) else tuple(sorted(shifts))


def hours_text(shifts: Iterable[Shift]) -> str:
    """Return shifts as `parse_hours` reads them, days with the same hours together."""
    by_hours = sorted(shifts, key=lambda it: (it.begins_min, it.ends_min, it.weekday))
    groups = [
        ([shift.weekday for shift in same], hours)
        for hours, same in groupby(by_hours, key=lambda it: (it.begins_min, it.ends_min))
    ]
    return " ".join(
        f"{_days_text(days)} {_clock(begins)}-{_clock(ends)}"
        for days, (begins, ends) in sorted(groups)
    )


def is_on(shifts: Sequence[Shift], at: datetime) -> bool:
    """Tell whether the time lies in a shift: its beginning does, its end does not."""
    return any(begins <= at < ends for begins, ends in _spans(shifts, at))


def next_beginning(shifts: Sequence[Shift], after: datetime) -> datetime | None:
    return min((begins for begins, _ in _spans(shifts, after) if begins > after), default=None)


def next_end(shifts: Sequence[Shift], after: datetime) -> datetime | None:
    return min((ends for _, ends in _spans(shifts, after) if ends > after), default=None)


def _spans(shifts: Sequence[Shift], around: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when each shift begins and ends, in the week before, this week and the next."""
    day = around.astimezone(IST).date()
    monday = datetime.combine(day - timedelta(days=day.weekday()), time(), IST)
    for shift in shifts:
        begins = monday + timedelta(days=shift.weekday, minutes=shift.begins_min)
        for week in (-A_WEEK, timedelta(0), A_WEEK):
            yield begins + week, begins + week + shift.length


def _days_of(word: str) -> tuple[int, ...]:
    """Return the weekdays of "mon-wed,sat", in that order; none when it cannot be read."""
    days: list[int] = []
    for part in word.split(","):
        found = _DAYS.fullmatch(part)
        if found is None:
            return ()
        first = WEEKDAYS.index(found[1])
        last = WEEKDAYS.index(found[2] or found[1])
        days += [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    return tuple(days)


def _overlap(shifts: Sequence[Shift]) -> bool:
    # Minutes of the week; the first shift comes round again after the last.
    begin = sorted((it.weekday * A_DAY_MIN + it.begins_min, it.length) for it in shifts)
    week = round(A_WEEK.total_seconds() / 60)
    following = [start for start, _ in begin[1:]] + [begin[0][0] + week]
    return any(
        start + length.total_seconds() / 60 > after
        for (start, length), after in zip(begin, following, strict=True)
    )


def _days_text(days: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"
        for run in runs
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
