"""The order of the waiting room that ships."""

from __future__ import annotations

from pathlib import Path

import yaml

from gateway.domain.waiting_room import RoomRules

WAITING_ROOM = Path(__file__).parents[2] / "config" / "waiting_room.yaml"
ORDER = RoomRules.model_validate(yaml.safe_load(WAITING_ROOM.read_text(encoding="utf-8")))
