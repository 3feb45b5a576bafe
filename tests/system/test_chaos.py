"""A few consultations while everything breaks; `doorvani bench chaos` runs three hundred."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from bench.chaos import run

# Beside other tests on a small machine it takes its time, and that is no fault.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

CONSULTATIONS = 5


@pytest.fixture
def folder() -> Iterator[Path]:
    # A Unix socket's path may be about 100 characters long, so not under pytest's own folder.
    made = Path(mkdtemp(prefix="dv-chaos-", dir="/tmp"))  # removed at the end
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_nobody_is_lost_or_joined_twice_while_everything_breaks(folder: Path) -> None:
    outcome = run(folder, consultations=CONSULTATIONS, database_url="", seed=3, calm_s=30)
    assert outcome.verdict.holds, (outcome.verdict, outcome.broken)
    assert outcome.broken
