"""What callers said, kept for the gateway to fetch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from simulator.audio import Clip


@dataclass(slots=True, eq=False)
class Recording:
    """One recording; guarded by the exchange's lock. not_ready: how often its media is refused."""

    sid: str
    call_sid: str
    clip: Clip
    created_at: datetime
    started_at: datetime
    not_ready: int = 0

    @property
    def duration_s(self) -> int:
        """Whole seconds, as Twilio reports them; what holds anything lasts at least one."""
        return max(1, round(self.clip.seconds))
