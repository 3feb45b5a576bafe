"""The hours that ship."""

from __future__ import annotations

from pathlib import Path

import yaml

from gateway.domain.hours import Hours

_FILE = Path(__file__).parents[2] / "config" / "hours.yaml"
HOURS = Hours.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
