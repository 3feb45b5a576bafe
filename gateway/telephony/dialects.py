"""The carriers' dialects as data: what a carrier lacks is a value here, never an `if` in a flow.

Sources: twilio.com/docs/voice/twiml; Somleng from somleng/somleng-switch (its TwiML models), which
raises an error on Pause, Conference and Enqueue, and reads neither `url` nor `timeLimit` of a dial;
plivo.com/docs/voice/xml; KooKoo from in1-cpaas.ozonetel.com/index.php/kookoo-docs and the carrier's
own library, kookoolib/KooKoo-PHP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Markup(StrEnum):
    """How documents and webhook forms are written."""

    TWIML = "twiml"
    PLIVO = "plivo"
    KOOKOO = "kookoo"


class Seal(StrEnum):
    """How a carrier proves that a webhook is its own."""

    TWILIO = "twilio"
    SIGNALWIRE = "signalwire"
    PLIVO_V3 = "plivo_v3"
    # It signs nothing: a secret that we gave it stands in the address, and its own address counts.
    SHARED_KEY = "shared_key"


class Whisper(StrEnum):
    """How a dialled number is asked before it is joined."""

    DOCUMENT = "document"  # it hears a document of ours, whose end joins the two
    KEY = "key"  # it hears our sounds; the carrier itself takes the key that joins the two
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one carrier understands.

    method: of its webhooks. hosts: where its media lie. trims_recordings: silence at both ends of
    a recording is cut off by the carrier.
    """

    name: str
    markup: Markup
    seal: Seal
    method: str
    hosts: tuple[str, ...]
    has_pause: bool
    has_conference: bool
    whisper: Whisper
    trims_recordings: bool

    @property
    def can_confer(self) -> bool:
        """Tell whether a doctor's leg can be moved into a conference: it must be known by name."""
        return self.has_conference and self.whisper is Whisper.DOCUMENT

    @property
    def has_whisper(self) -> bool:
        """Tell whether a doctor can be asked on this carrier; where not, none is ever joined."""
        return self.whisper is not Whisper.NONE


TWILIO: Final = Dialect(
    name="twilio",
    markup=Markup.TWIML,
    seal=Seal.TWILIO,
    method="POST",
    hosts=("api.twilio.com",),
    has_pause=True,
    has_conference=True,
    whisper=Whisper.DOCUMENT,
    trims_recordings=True,
)
SIGNALWIRE: Final = Dialect(
    name="signalwire",
    markup=Markup.TWIML,
    seal=Seal.SIGNALWIRE,
    method="POST",
    hosts=("files.signalwire.com",),
    has_pause=True,
    has_conference=True,
    whisper=Whisper.DOCUMENT,
    trims_recordings=True,
)
SOMLENG: Final = Dialect(
    name="somleng",
    markup=Markup.TWIML,
    seal=Seal.TWILIO,
    method="POST",
    hosts=("api.somleng.org",),
    has_pause=False,
    has_conference=False,
    whisper=Whisper.NONE,
    trims_recordings=False,
)
PLIVO: Final = Dialect(
    name="plivo",
    markup=Markup.PLIVO,
    seal=Seal.PLIVO_V3,
    method="POST",
    hosts=("media.plivo.com", "aps-media.plivo.com"),
    has_pause=True,
    has_conference=True,
    whisper=Whisper.KEY,
    trims_recordings=False,
)
KOOKOO: Final = Dialect(
    name="kookoo",
    markup=Markup.KOOKOO,
    seal=Seal.SHARED_KEY,
    method="GET",
    hosts=("recordings.kookoo.in",),
    has_pause=False,
    has_conference=True,
    whisper=Whisper.NONE,
    trims_recordings=False,
)

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {dialect.name: dialect for dialect in (TWILIO, SIGNALWIRE, SOMLENG, PLIVO, KOOKOO)}
)
