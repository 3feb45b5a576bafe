"""TwiML, as Twilio, SignalWire and Somleng read it. Source: twilio.com/docs/voice/twiml"""

from __future__ import annotations

from typing import Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from gateway.telephony.document import (
    DIAL_RING_S,
    LONGEST_DIAL_S,
    BridgeTarget,
    Document,
    RoomTarget,
    verb,
)
from gateway.telephony.speech import CarrierSpeech
from ivr_flows.engine.steps import Gather, Record

# Marks the turn that comes when nothing was keyed or said; not every dialect calls `action` then.
SILENCE_MARK: Final = ("silence", "1")
# The only event names that Twilio knows here: a wrong one silences all callbacks, without an error.
DIAL_EVENTS: Final = "initiated ringing answered completed"
ANY_KEY: Final = "1234567890*#"


class TwimlDocument(Document):
    """SAY, PAUSE: what those verbs are called; Plivo's kin of this markup has other names."""

    SAY: ClassVar[str] = "Say"
    PAUSE: ClassVar[str] = "Pause"

    def __init__(self, **parts: Any) -> None:
        super().__init__(Element("Response"), **parts)

    def say(self, parent: Element, speech: CarrierSpeech) -> None:
        voice = speech.voice
        for text in speech.texts:
            verb(parent, self.SAY, text, voice=voice.voice, language=voice.language)

    def play(self, parent: Element, url: str, *, times: int = 1) -> None:
        verb(parent, "Play", url, loop=times if times > 1 else None)

    def collect(self, step: Gather) -> Element:
        return verb(
            self.root,
            "Gather",
            input="dtmf",
            action=self.urls.next_turn,
            method="POST",
            numDigits=step.max_digits,
            timeout=step.timeout_s,
            # Empty means no key ends it; left out, "#" would never reach us.
            finishOnKey=step.finish_on_key,
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
            trim="trim-silence" if self.dialect.trims_recordings else None,
        )

    def on_silence(self) -> None:
        self.go_on(marked_silent(self.urls.next_turn))

    def pause(self, seconds: int) -> None:
        verb(self.root, self.PAUSE, length=seconds)

    def bridge(self, target: BridgeTarget) -> None:
        dial = verb(
            self.root,
            "Dial",
            action=target.action_url,
            method="POST",
            callerId=target.caller_id,
            timeout=target.ring_s,
            timeLimit=target.time_limit_s,
        )
        verb(
            dial,
            "Number",
            target.number,
            url=target.whisper_url,
            method="POST",
            statusCallback=target.status_url,
            statusCallbackEvent=DIAL_EVENTS,
            statusCallbackMethod="POST",
        )

    def confer(self, room: RoomTarget) -> None:
        dial = verb(
            self.root,
            "Dial",
            action=room.action_url or None,
            method="POST" if room.action_url else None,
            timeLimit=room.time_limit_s,
        )
        verb(
            dial,
            "Conference",
            room.name,
            startConferenceOnEnter="true",
            endConferenceOnExit="true" if room.ends else "false",
            beep="false",
        )

    def dial(self, number: str) -> None:
        dial = verb(
            self.root,
            "Dial",
            action=self.urls.next_turn,
            method="POST",
            callerId=self.urls.caller_id or None,
            timeout=DIAL_RING_S,
            timeLimit=LONGEST_DIAL_S,
        )
        verb(dial, "Number", number)

    def go_on(self, url: str) -> None:
        verb(self.root, "Redirect", url, method="POST")

    def hang_up(self) -> None:
        verb(self.root, "Hangup")

    def reject(self) -> None:
        # "rejected" would tell her, in English, that the number is not in service.
        verb(self.root, "Reject", reason="busy")

    def connect(self) -> None:
        """A whisper that simply ends joins the two legs."""


def marked_silent(url: str) -> str:
    """Return the URL with the mark of a turn in which nothing was keyed or said."""
    parts = urlsplit(url)
    mark = urlencode([SILENCE_MARK])
    return urlunsplit(parts._replace(query=f"{parts.query}&{mark}" if parts.query else mark))
