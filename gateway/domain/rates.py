"""How fast may be texted and called: buckets that fill by the second (`config/rates.yaml`).

A bucket is kept as one time: until when what was spent is paid for. What it still holds follows
from the clock, so nothing has to fill it (ITU-T I.371's generic cell rate algorithm).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Traffic(StrEnum):
    """What is counted: a text by its parts, as carriers do, and each call that we place."""

    TEXTS = "texts"
    CALLS = "calls"


class Rate(BaseModel):
    """per_s: what runs in each second. burst: what the bucket holds, so what may go at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_s: float = Field(gt=0, le=10_000)
    burst: float = Field(ge=1, le=100_000)

    def free(self, paid_until: datetime, *, now: datetime) -> float:
        """Return what the bucket holds; below 0 when it is in debt."""
        owed = max(timedelta(0), paid_until - now)
        return self.burst - owed.total_seconds() * self.per_s

    def spend(self, paid_until: datetime, count: float, *, now: datetime) -> datetime:
        """Return until when all is paid for, once so much more was spent; debt is allowed."""
        return max(paid_until, now) + timedelta(seconds=count / self.per_s)

    def wait_s(self, free: float) -> float:
        """Return the seconds until one more may go."""
        return max(0.0, (1 - free) / self.per_s)


class Limits(BaseModel):
    """accounts: by the carrier's name. senders: by header or number; without one, no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: dict[str, Rate] = {}
    senders: dict[str, Rate] = {}


class RateLimits(BaseModel):
    """`config/rates.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    texts: Limits = Limits()
    calls: Limits = Limits()

    def of(self, traffic: Traffic, *, account: str, sender: str) -> Iterator[tuple[str, Rate]]:
        """Yield the buckets that such traffic is taken from, by name."""
        limits = self.texts if traffic is Traffic.TEXTS else self.calls
        if rate := limits.accounts.get(account):
            yield f"{traffic}:account:{account}", rate
        if rate := limits.senders.get(sender):
            yield f"{traffic}:sender:{sender}", rate
