"""What a recording is for, told by the flow that asked for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class RecordingPurpose(StrEnum):
    """A name is kept as it was said: it is never transcribed and is no complaint.

    case: what a health worker tells the doctor of her patient; no machine listens to it either.
    volunteer: a word that was asked for, to test recognisers with; it is nobody's complaint.
    answer: a yes or a no to what was read back.
    """

    COMPLAINT = "complaint"
    NAME = "name"
    CASE = "case"
    VOLUNTEER = "volunteer"
    ANSWER = "answer"


# What a machine listens to.
HEARD: Final = frozenset({RecordingPurpose.COMPLAINT, RecordingPurpose.ANSWER})
