"""Buckets that all processes share, each a row of the database: the queue's loss changes nothing.

Whoever looks into a bucket locks it for the rest of her transaction, so what she saw is still there
when she spends it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from gateway.db.models import Bucket
from gateway.domain.rates import Rate, RateLimits, Traffic
from gateway.services.work import Unit


@dataclass(frozen=True, slots=True)
class Room:
    """free: what may still go now, of the emptiest bucket; wait_s: until one more may."""

    free: float
    wait_s: float


BOUNDLESS = Room(math.inf, 0.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """senders: by traffic, the header or number that we have with each carrier."""

    limits: RateLimits
    senders: Mapping[Traffic, Mapping[str, str]]

    def room(self, unit: Unit, traffic: Traffic, carrier: str) -> Room:
        """Return how much may go by this carrier now, and hold it until the transaction ends."""
        buckets = self._buckets(traffic, carrier)
        if not buckets:
            return BOUNDLESS
        paid = _locked(unit, buckets)
        frees = {name: rate.free(paid[name], now=unit.now) for name, rate in buckets.items()}
        waits = (rate.wait_s(frees[name]) for name, rate in buckets.items())
        return Room(min(frees.values()), max(waits))

    def spend(self, unit: Unit, traffic: Traffic, carrier: str, count: float) -> None:
        """Take so much from the buckets; more than they hold puts them into debt."""
        buckets = self._buckets(traffic, carrier)
        paid = _locked(unit, buckets) if buckets else {}
        for name, rate in buckets.items():
            until = rate.spend(paid[name], count, now=unit.now)
            unit.change(update(Bucket).where(Bucket.name == name).values(paid_until=until))

    def _buckets(self, traffic: Traffic, carrier: str) -> dict[str, Rate]:
        sender = self.senders.get(traffic, {}).get(carrier, "")
        # By name, so that two who lock several take them in the same order.
        return dict(sorted(self.limits.of(traffic, account=carrier, sender=sender)))


def _locked(unit: Unit, buckets: Mapping[str, Rate]) -> dict[str, datetime]:
    look = (
        select(Bucket.name, Bucket.paid_until)
        .where(Bucket.name.in_(buckets))
        .order_by(Bucket.name)
        .with_for_update()
    )
    found = {row.name: row.paid_until for row in unit.db.execute(look)}
    if found.keys() != buckets.keys():
        for name in buckets.keys() - found.keys():
            unit.insert_once(Bucket, unique="name", name=name, paid_until=unit.now)
        found = {row.name: row.paid_until for row in unit.db.execute(look)}
    return found
