"""The neutral half of rendering: which sounds and verbs a turn's steps ask for, in their order."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from gateway.domain.errors import GatewayError
from gateway.telephony.dialects import Dialect
from gateway.telephony.speech import Audio, CarrierSpeech, SpeechBook
from ivr_flows.engine.steps import (
    Bridge,
    Confer,
    Connect,
    Dial,
    Gather,
    Hangup,
    Next,
    Pause,
    Play,
    Record,
    Reject,
    Say,
    Step,
    Utterance,
)

# What XML 1.0 (2.2 Characters) cannot hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

DIAL_RING_S: Final = 45
LONGEST_DIAL_S: Final = 3600


class UnrenderableError(GatewayError):
    """These steps have no document in this dialect; the message says why."""


@dataclass(frozen=True, slots=True)
class BridgeTarget:
    """The doctor's leg of a bridge. Phones in E.164; URLs absolute; times in seconds.

    whisper_url: what she hears first. joined_url: told, where the carrier itself takes her key,
    that she has pressed it.
    """

    number: str
    caller_id: str
    whisper_url: str
    joined_url: str
    action_url: str
    status_url: str
    ring_s: int
    time_limit_s: int


@dataclass(frozen=True, slots=True)
class RoomTarget:
    """A conference of ours. ends: everybody's talk is over when this leg leaves.

    action_url: where this leg goes on then; empty where it is hung up.
    """

    name: str
    ends: bool
    action_url: str
    time_limit_s: int


@dataclass(frozen=True, slots=True)
class TurnUrls:
    """Where the carrier turns to next.

    next_turn: the absolute URL of the next turn's webhook. mark: the same as a word, for carriers
    that send such a word back to us instead of calling another address.
    """

    next_turn: str
    mark: str = ""
    caller_id: str = ""


class Document(ABC):
    """A document being written; a language of markup fills in its verbs."""

    def __init__(
        self,
        root: Element,
        *,
        urls: TurnUrls,
        speech: SpeechBook,
        dialect: Dialect,
        bridge: BridgeTarget | None,
        room: RoomTarget | None = None,
    ) -> None:
        self.root = root
        self.urls = urls
        self.dialect = dialect
        self._speech = speech
        self._target = bridge
        self._room = room

    def __str__(self) -> str:
        return written(self.root)

    def add(self, step: Step) -> None:
        match step:
            case Say(utterances):
                self._speak(self.root, utterances)
            case Play(sound):
                self.play(self.root, self._speech.sound_url(sound))
            case Gather():
                into = self.collect(step)
                self._speak(into, step.utterances)
                if step.sound is not None:
                    self.play(into, self._speech.sound_url(step.sound))
                self.on_silence()
            case Record():
                self._speak(self.root, step.utterances)
                self.record(step)
                self.on_silence()
            case Pause(seconds):
                self._pause(seconds)
            case Bridge(offer_id):
                self.bridge(self._whom(offer_id))
            case Confer():
                self.confer(self._which())
            case Dial(number):
                self.dial(number)
            case Next():
                self.go_on(self.urls.next_turn)
            case Hangup():
                self.hang_up()
            case Reject():
                self.reject()
            case Connect():
                self.connect()

    def _speak(self, parent: Element, utterances: Sequence[Utterance]) -> None:
        for utterance in utterances:
            sounding = self._speech.sounding(utterance, dialect=self.dialect.name)
            if isinstance(sounding, Audio):
                self.play(parent, sounding.url)
            else:
                self.say(parent, sounding)

    def _pause(self, seconds: int) -> None:
        if self.dialect.has_pause:
            self.pause(seconds)
        else:
            self.play(self.root, self._speech.silence_url(), times=seconds)

    def _whom(self, offer_id: str) -> BridgeTarget:
        if self._target is None:
            raise UnrenderableError(f"offer {offer_id} has nobody to ring")
        if not self.dialect.has_whisper:
            raise UnrenderableError(
                f"{self.dialect.name} cannot whisper: a doctor would be joined without being asked"
            )
        return self._target

    def _which(self) -> RoomTarget:
        if self._room is None:
            raise UnrenderableError("there is no room to join")
        return self._room

    @abstractmethod
    def say(self, parent: Element, speech: CarrierSpeech) -> None:
        """Have the carrier's own voice speak."""

    @abstractmethod
    def play(self, parent: Element, url: str, *, times: int = 1) -> None: ...

    @abstractmethod
    def collect(self, step: Gather) -> Element:
        """Begin to listen for keys; return the element that holds what is heard meanwhile."""

    @abstractmethod
    def record(self, step: Record) -> None: ...

    @abstractmethod
    def on_silence(self) -> None:
        """Where the carrier goes on when nothing was keyed or said."""

    def pause(self, seconds: int) -> None:
        raise self._lacks(f"a pause of {seconds} s")

    def bridge(self, target: BridgeTarget) -> None:
        raise self._lacks(f"a whisper before {target.action_url}")

    def confer(self, room: RoomTarget) -> None:
        raise self._lacks(f"a conference such as {room.name}")

    @abstractmethod
    def dial(self, number: str) -> None:
        """Ring a public number and join it without a whisper."""

    @abstractmethod
    def go_on(self, url: str) -> None: ...

    @abstractmethod
    def hang_up(self) -> None: ...

    @abstractmethod
    def reject(self) -> None: ...

    def connect(self) -> None:
        raise self._lacks("a whisper")

    def _lacks(self, what: str) -> UnrenderableError:
        return UnrenderableError(f"{self.dialect.name} lacks {what}")


def written(root: Element) -> str:
    """Return the document as it is sent."""
    octets: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return octets.decode()


def verb(parent: Element, name: str, text: str = "", /, **attributes: str | int | None) -> Element:
    """Append a verb without the attributes that are None; what XML cannot hold becomes a blank."""
    kept = {key: str(value) for key, value in attributes.items() if value is not None}
    element = SubElement(parent, name, kept)
    element.text = _NOT_XML.sub(" ", text) or None
    return element
