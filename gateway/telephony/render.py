"""Steps → a document of the TwiML family, written with the twilio SDK so that all is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlencode, urlsplit, urlunsplit

from twilio.twiml.voice_response import Dial, VoiceResponse
from twilio.twiml.voice_response import Gather as GatherVerb

from gateway.domain.errors import GatewayError
from gateway.telephony.dialects import Dialect
from gateway.telephony.speech import Audio, SpeechBook
from ivr_flows.engine.steps import (
    Bridge,
    Connect,
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

# Marks the turn that comes when nothing was keyed or said; not every dialect calls `action` then.
SILENCE_MARK: Final = ("silence", "1")
# The only event names that Twilio knows here: a wrong one silences all callbacks, without an error.
DIAL_EVENTS: Final = "initiated ringing answered completed"
ANY_KEY: Final = "1234567890*#"

_ENDINGS = (Gather, Record, Bridge, Next, Hangup, Connect, Reject)
# What XML 1.0 (2.2 Characters) cannot hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnrenderableError(GatewayError):
    """These steps have no document in this dialect; the message says why."""


@dataclass(frozen=True, slots=True)
class BridgeTarget:
    """The doctor's leg of a bridge. Phones in E.164; URLs absolute; times in seconds."""

    number: str
    caller_id: str
    whisper_url: str
    action_url: str
    status_url: str
    ring_s: int
    time_limit_s: int


@dataclass(frozen=True, slots=True)
class TurnUrls:
    """Where the carrier turns to next: the absolute URL of the next turn's webhook."""

    next_turn: str


_Speaking: TypeAlias = VoiceResponse | GatherVerb


def render(
    steps: Sequence[Step],
    *,
    urls: TurnUrls,
    speech: SpeechBook,
    dialect: Dialect,
    bridge: BridgeTarget | None = None,
) -> str:
    """Return the document for the steps of one turn; `bridge` is whom its Bridge step rings.

    Errors: UnrenderableError when the turn is not ended exactly once, by its last step (the
    carrier would hang up on the caller), or when something that a step needs is missing.
    """
    endings = [isinstance(step, _ENDINGS) for step in steps]
    if not endings or not endings[-1] or any(endings[:-1]):
        raise UnrenderableError("a turn ends once, with its last step")
    document = _Document(VoiceResponse(), urls, speech, dialect, bridge)
    for step in steps:
        document.add(step)
    return str(document.response)


@dataclass(frozen=True, slots=True)
class _Document:
    response: VoiceResponse
    urls: TurnUrls
    speech: SpeechBook
    dialect: Dialect
    bridge: BridgeTarget | None

    def add(self, step: Step) -> None:
        match step:
            case Say(utterances):
                self._speak(self.response, utterances)
            case Play(sound):
                self.response.play(self.speech.sound_url(sound))
            case Gather():
                self._gather(step)
            case Record():
                self._record(step)
            case Pause(seconds):
                self._pause(seconds)
            case Bridge(offer_id):
                self._bridge(offer_id)
            case Next():
                self.response.redirect(self.urls.next_turn, method="POST")
            case Hangup():
                self.response.hangup()
            case Reject():
                # "rejected" would tell her, in English, that the number is not in service.
                self.response.reject(reason="busy")
            case Connect():
                # A whisper that simply ends joins the two legs.
                return

    def _speak(self, parent: _Speaking, utterances: Sequence[Utterance]) -> None:
        for utterance in utterances:
            sounding = self.speech.sounding(utterance, dialect=self.dialect.name)
            if isinstance(sounding, Audio):
                parent.play(sounding.url)
                continue
            for text in sounding.texts:
                parent.say(
                    _NOT_XML.sub(" ", text),
                    voice=sounding.voice.voice,
                    language=sounding.voice.language,
                )

    def _gather(self, step: Gather) -> None:
        gather = self.response.gather(
            input="dtmf",
            action=self.urls.next_turn,
            method="POST",
            num_digits=step.max_digits,
            timeout=step.timeout_s,
            # Empty means no key ends it; left out, "#" would never reach us.
            finish_on_key=step.finish_on_key,
        )
        self._speak(gather, step.utterances)
        if step.sound is not None:
            gather.play(self.speech.sound_url(step.sound))
        self._on_silence()

    def _record(self, step: Record) -> None:
        self._speak(self.response, step.utterances)
        self.response.record(
            action=self.urls.next_turn,
            method="POST",
            max_length=step.max_s,
            timeout=step.silence_s,
            play_beep=True,
            finish_on_key=ANY_KEY,
            trim="trim-silence" if self.dialect.trims_recordings else None,
        )
        self._on_silence()

    def _on_silence(self) -> None:
        self.response.redirect(marked_silent(self.urls.next_turn), method="POST")

    def _pause(self, seconds: int) -> None:
        if self.dialect.has_pause:
            self.response.pause(length=seconds)
        else:
            self.response.play(self.speech.silence_url(), loop=seconds)

    def _bridge(self, offer_id: str) -> None:
        target = self.bridge
        if target is None:
            raise UnrenderableError(f"offer {offer_id} has nobody to ring")
        if not self.dialect.has_whisper:
            raise UnrenderableError(
                f"{self.dialect.name} cannot whisper: a doctor would be joined without being asked"
            )
        dial = Dial(
            action=target.action_url,
            method="POST",
            caller_id=target.caller_id,
            timeout=target.ring_s,
            time_limit=target.time_limit_s,
        )
        dial.number(
            target.number,
            url=target.whisper_url,
            method="POST",
            status_callback=target.status_url,
            status_callback_event=DIAL_EVENTS,
            status_callback_method="POST",
        )
        self.response.append(dial)


def marked_silent(url: str) -> str:
    """Return the URL with the mark of a turn in which nothing was keyed or said."""
    parts = urlsplit(url)
    mark = urlencode([SILENCE_MARK])
    return urlunsplit(parts._replace(query=f"{parts.query}&{mark}" if parts.query else mark))
