"""The dialects of the TwiML family, as data: what a carrier lacks is a value here, never an `if`
in a flow.

Sources: twilio.com/docs/voice/twiml; Somleng from somleng/somleng-switch (TwiML models), which
raises an error on Pause, Conference and Enqueue, and reads neither `url` nor `timeLimit` of a dial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one carrier understands.

    has_whisper: a dialled number may hear a document before it is joined. trims_recordings:
    silence at both ends of a recording is cut off by the carrier. hosts: where its media lie.
    """

    name: str
    hosts: tuple[str, ...]
    has_pause: bool
    has_conference: bool
    has_whisper: bool
    trims_recordings: bool


TWILIO: Final = Dialect(
    name="twilio",
    hosts=("api.twilio.com",),
    has_pause=True,
    has_conference=True,
    has_whisper=True,
    trims_recordings=True,
)
SIGNALWIRE: Final = Dialect(
    name="signalwire",
    hosts=("files.signalwire.com",),
    has_pause=True,
    has_conference=True,
    has_whisper=True,
    trims_recordings=True,
)
SOMLENG: Final = Dialect(
    name="somleng",
    hosts=("api.somleng.org",),
    has_pause=False,
    has_conference=False,
    has_whisper=False,
    trims_recordings=False,
)

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {dialect.name: dialect for dialect in (TWILIO, SIGNALWIRE, SOMLENG)}
)
