"""Buckets: never more than the rate over any time, and nothing lost of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.domain.rates import Rate, RateLimits, Traffic

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_bucket_that_rested_holds_its_burst_and_no_more() -> None:
    rate = Rate(per_s=2, burst=3)
    assert rate.free(NOW - timedelta(days=1), now=NOW) == 3
    assert rate.free(rate.spend(NOW, 3, now=NOW), now=NOW) == 0


def test_what_was_spent_comes_back_with_the_seconds() -> None:
    rate = Rate(per_s=2, burst=3)
    paid = rate.spend(NOW, 3, now=NOW)
    assert [rate.free(paid, now=after(s)) for s in (0.5, 1, 1.5, 9)] == [1, 2, 3, 3]
    assert rate.wait_s(rate.free(paid, now=NOW)) == 0.5


def test_a_long_text_puts_the_bucket_into_debt_that_is_paid_first() -> None:
    rate = Rate(per_s=1, burst=1)
    paid = rate.spend(NOW, 7, now=NOW)
    assert rate.free(paid, now=NOW) == -6
    assert rate.wait_s(-6) == 7
    assert rate.free(paid, now=after(7)) == 1


@given(
    per_s=st.floats(0.1, 50),
    burst=st.integers(1, 50),
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_over_no_stretch_of_time_goes_more_than_the_rate_and_the_burst(
    per_s: float, burst: int, gaps: list[float]
) -> None:
    rate = Rate(per_s=per_s, burst=burst)
    paid, now, went = NOW, NOW, list[datetime]()
    for gap in gaps:
        now += timedelta(seconds=gap)
        while rate.free(paid, now=now) >= 1:
            paid = rate.spend(paid, 1, now=now)
            went.append(now)
    for first in range(len(went)):
        for last in range(first, len(went)):
            seconds = (went[last] - went[first]).total_seconds()
            assert last - first + 1 <= burst + seconds * per_s + 1e-3


@pytest.mark.parametrize("rate", [{"per_s": 0, "burst": 1}, {"per_s": 1, "burst": 0.5}])
def test_a_bucket_out_of_which_nothing_could_go_is_refused(rate: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        RateLimits.model_validate({"version": 1, "texts": {"accounts": {"twilio": rate}}})


def test_who_is_not_named_has_no_bucket_and_a_sender_has_its_own_beside_the_account() -> None:
    limits = RateLimits.model_validate(
        {
            "version": 1,
            "texts": {
                "accounts": {"plivo": {"per_s": 5, "burst": 5}},
                "senders": {"DOORVN": {"per_s": 30, "burst": 30}},
            },
        }
    )
    assert not list(limits.of(Traffic.TEXTS, account="twilio", sender="+91"))
    assert not list(limits.of(Traffic.CALLS, account="plivo", sender="DOORVN"))
    assert [name for name, _ in limits.of(Traffic.TEXTS, account="plivo", sender="DOORVN")] == [
        "texts:account:plivo",
        "texts:sender:DOORVN",
    ]
