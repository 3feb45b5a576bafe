"""Plivo XML, kin to TwiML: what it writes otherwise. Source: plivo.com/docs/voice/xml"""

from __future__ import annotations

from typing import ClassVar, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from gateway.telephony.document import BridgeTarget, verb, written
from gateway.telephony.twiml import ANY_KEY, TwimlDocument
from ivr_flows.engine.steps import Gather, Record

# The key that the carrier itself takes from the doctor, as the flow `offer` names it to her, and
# how long after she picked up: the whisper, and time to think.
ACCEPT_KEY: Final = "1"
CONFIRM_S: Final = 45
# Between two keys of one number; the carrier's own two seconds are short for a first-time caller.
BETWEEN_KEYS_S: Final = 4
_SOUNDS: Final = frozenset({"Speak", "Play", "Wait"})


class PlivoDocument(TwimlDocument):
    SAY: ClassVar[str] = "Speak"
    PAUSE: ClassVar[str] = "Wait"

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

    def reject(self) -> None:
        # As the first verb it refuses the call before it is answered.
        verb(self.root, "Hangup", reason="busy")


def sounds_of(document: str) -> str:
    """Return a document with nothing but what is heard in it, as a confirmSound must be."""
    root = Element("Response")
    root.extend(
        element
        for element in ElementTree.fromstring(document).iter()  # noqa: S314  # our own document
        if element.tag in _SOUNDS
    )
    return written(root)
