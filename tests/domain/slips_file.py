"""The choices of slips that ship."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from gateway.domain.slips import SlipChoices

SLIPS = Path(__file__).parents[2] / "config" / "slips.yaml"


@cache
def slip_choices() -> SlipChoices:
    return SlipChoices.model_validate(yaml.safe_load(SLIPS.read_text(encoding="utf-8")))
