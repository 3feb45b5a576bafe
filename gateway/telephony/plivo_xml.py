"""Plivo XML. Source: plivo.com/docs/voice/xml"""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from gateway.telephony.document import (
    DIAL_RING_S,
    LONGEST_TALK_S,
    BridgeTarget,
    Document,
    verb,
    written,
)
from gateway.telephony.speech import CarrierSpeech
from gateway.telephony.twiml import ANY_KEY, marked_silent
from ivr_flows.engine.steps import Gather, Record

# The key that the carrier itself takes from the doctor, as the flow `offer` names it to her, and
# how long after she picked up: the whisper, and time to think.
ACCEPT_KEY: Final = "1"
CONFIRM_S: Final = 45
# Between two keys of one number; the carrier's own two seconds are short for a first-time caller.
BETWEEN_KEYS_S: Final = 4
_SOUNDS: Final = frozenset({"Speak", "Play", "Wait"})


class PlivoDocument(Document):
    def __init__(self, **parts: Any) -> None:
        super().__init__(Element("Response"), **parts)

    def say(self, parent: Element, speech: CarrierSpeech) -> None:
        voice = speech.voice
        for text in speech.texts:
            verb(parent, "Speak", text, voice=voice.voice, language=voice.language)

    def play(self, parent: Element, url: str, *, times: int = 1) -> None:
        verb(parent, "Play", url, loop=times if times > 1 else None)

    def collect(self, step: Gather) -> Element:
        return verb(
            self.root,
            "GetDigits",
            action=self.urls.next_turn,
            method="POST",
            numDigits=step.max_digits,
            timeout=step.timeout_s,
            digitTimeout=BETWEEN_KEYS_S,
            # One round only: asking again is the flow's to do, in its own words.
            retries=1,
            finishOnKey=step.finish_on_key or "none",
        )

    def record(self, step: Record) -> None:
        verb(
            self.root,
            "Record",
            action=self.urls.next_turn,
            method="POST",
            maxLength=step.max_s,
            timeout=step.silence_s,
            playBeep="true",
            finishOnKey=ANY_KEY,
            fileFormat="wav",
        )

    def on_silence(self) -> None:
        self.go_on(marked_silent(self.urls.next_turn))

    def pause(self, seconds: int) -> None:
        verb(self.root, "Wait", length=seconds)

    def bridge(self, target: BridgeTarget) -> None:
        dial = verb(
            self.root,
            "Dial",
            action=target.action_url,
            method="POST",
            callerId=target.caller_id,
            timeout=target.ring_s,
            timeLimit=target.time_limit_s,
            confirmSound=target.whisper_url,
            confirmKey=ACCEPT_KEY,
            confirmTimeout=CONFIRM_S,
            callbackUrl=target.joined_url,
            callbackMethod="POST",
        )
        verb(dial, "Number", target.number)

    def dial(self, number: str) -> None:
        dial = verb(
            self.root,
            "Dial",
            action=self.urls.next_turn,
            method="POST",
            callerId=self.urls.caller_id or None,
            timeout=DIAL_RING_S,
            timeLimit=LONGEST_TALK_S,
        )
        verb(dial, "Number", number)

    def go_on(self, url: str) -> None:
        verb(self.root, "Redirect", url, method="POST")

    def hang_up(self) -> None:
        verb(self.root, "Hangup")

    def reject(self) -> None:
        # As the first verb it refuses the call before it is answered.
        verb(self.root, "Hangup", reason="busy")

    def connect(self) -> None:
        """The carrier has joined the two when it took the key; nothing is left to say."""


def sounds_of(document: str) -> str:
    """Return a document with nothing but what is heard in it, as a confirmSound must be."""
    root = Element("Response")
    root.extend(
        element
        for element in ElementTree.fromstring(document).iter()  # noqa: S314  # our own document
        if element.tag in _SOUNDS
    )
    return written(root)
