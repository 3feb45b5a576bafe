"""Steps: what the carrier is asked to do next, free of any carrier's dialect.

A turn is a sequence of steps. `Gather`, `Record`, `Bridge`, `Confer`, `Dial` and `Next` hand the
word back to us, so they end a turn, as `Hangup` and `Connect` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words to be heard.

    prompt: the catalogue key. language: a code of `config/languages.yaml`, such as "hi".
    text: the words, values filled in. pieces: the keys of the recordings that say them together, in
    their order: the prompt itself where no values are in it; none where a value cannot be recorded.
    recording_id: the gateway's row of something that a caller once said, such as her name; it is
    played, and then there are no words.
    """

    prompt: str
    language: str
    text: str
    pieces: tuple[str, ...] = ()
    recording_id: str = ""


class Sound(StrEnum):
    """A sound that is not speech."""

    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Say:
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Play:
    sound: Sound


@dataclass(frozen=True, slots=True)
class Gather:
    """Say the utterances (a key interrupts them), then wait `timeout_s` for up to `max_digits`."""

    utterances: tuple[Utterance, ...]
    max_digits: int
    timeout_s: int
    finish_on_key: str = ""
    sound: Sound | None = None


@dataclass(frozen=True, slots=True)
class Record:
    utterances: tuple[Utterance, ...]
    max_s: int
    silence_s: int


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: int


@dataclass(frozen=True, slots=True)
class Bridge:
    """Ring the doctor who holds the offer, and join her to this call when she accepts."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring a public number, such as an ambulance's, and join it to this call without a whisper.

    number: as it is dialled, such as "108". When that call ends the next turn begins.
    """

    number: str


@dataclass(frozen=True, slots=True)
class Confer:
    """Join the room of the offer's talk; when this call has left it the next turn begins."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class Connect:
    """End a whisper so that the carrier joins the two legs."""


@dataclass(frozen=True, slots=True)
class Next:
    """Go on with the next turn at once."""


@dataclass(frozen=True, slots=True)
class Hangup:
    pass


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse before answering, so that the call costs nobody anything."""


Step: TypeAlias = (
    Say | Play | Gather | Record | Pause | Bridge | Confer | Dial | Connect | Next | Hangup | Reject
)
