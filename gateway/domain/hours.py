"""The hours of the day within which what can wait is called or texted (`config/hours.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.domain.aftercare import AftercareKind
from gateway.domain.indian_time import IST


def _written(value: object) -> object:
    # YAML reads 20:00 without quotes as the number 1200, and that is a time as well.
    if not isinstance(value, str):
        raise ValueError('a time is written in quotes, as "20:00"')  # pydantic's way
    return value


Clock = Annotated[time, BeforeValidator(_written)]


class Window(BaseModel):
    """A part of each day, in Indian time; one that closes before it opens goes over midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _is_some_time(self) -> Self:
        if self.opens == self.closes:
            raise ValueError("a window opens and closes at different times")
        return self

    def holds(self, now: datetime) -> bool:
        at = now.astimezone(IST).time()
        if self.opens < self.closes:
            return self.opens <= at < self.closes
        return at >= self.opens or at < self.closes

    def next_closing(self, now: datetime) -> datetime:
        """Return the next time at which the window closes."""
        here = now.astimezone(IST)
        closing = datetime.combine(here.date(), self.closes, tzinfo=IST)
        return closing if closing > now else closing + timedelta(days=1)

    def next_opening(self, now: datetime) -> datetime:
        """Return the next time within the window; now, when it is open."""
        if self.holds(now):
            return now
        here = now.astimezone(IST)
        opening = datetime.combine(here.date(), self.opens, tzinfo=IST)
        return opening if opening > now else opening + timedelta(days=1)


class Hours(BaseModel):
    """calls: of each kind of aftercare, also where it comes by text. texts: of a lane; a lane that
    is not named never waits. answer_awaited_hours: after a text that asks how she is, before we
    call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    calls: dict[AftercareKind, Window]
    texts: dict[str, Window]
    answer_awaited_hours: int = Field(ge=1, le=72)

    @property
    def answer_awaited(self) -> timedelta:
        return timedelta(hours=self.answer_awaited_hours)

    @model_validator(mode="after")
    def _every_call(self) -> Self:
        if missing := sorted(set(AftercareKind) - self.calls.keys()):
            raise ValueError(f"calls: no hours for {', '.join(missing)}")
        return self

    def of_lanes(self, lanes: tuple[str, ...]) -> Mapping[int, Window]:
        """Return the hours of those lanes that have some, by number. Errors: ValueError."""
        if strange := sorted(self.texts.keys() - set(lanes)):
            raise ValueError(f"config/hours.yaml: texts: no such lane: {', '.join(strange)}")
        return {lanes.index(name): window for name, window in self.texts.items()}
