"""What a recording is for, told by the flow that asked for it."""

from __future__ import annotations

from enum import StrEnum


class RecordingPurpose(StrEnum):
    """A name is kept as it was said: it is never transcribed and is no complaint."""

    COMPLAINT = "complaint"
    NAME = "name"
