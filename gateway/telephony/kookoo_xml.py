"""KooKoo XML (Ozonetel). Source: in1-cpaas.ozonetel.com/index.php/kookoo-docs

KooKoo calls no address per verb: each event comes to the application's one address. What it does
send back is the `sid` of the last response, so that is where the turn stands; an event that is
delivered twice, or late, names the turn that it answers.
"""

from __future__ import annotations

from typing import Any, Final
from xml.etree.ElementTree import Element

from gateway.telephony.document import (
    DIAL_RING_S,
    LONGEST_DIAL_S,
    Document,
    verb,
)
from gateway.telephony.speech import CarrierSpeech
from ivr_flows.engine.steps import Gather, Record

_MS: Final = 1000


class KookooDocument(Document):
    def __init__(self, **parts: Any) -> None:
        super().__init__(Element("response"), **parts)
        if self.urls.mark:
            self.root.set("sid", self.urls.mark)

    def say(self, parent: Element, speech: CarrierSpeech) -> None:
        for text in speech.texts:
            verb(parent, "playtext", text, lang=speech.voice.language, type=speech.voice.voice)

    def play(self, parent: Element, url: str, *, times: int = 1) -> None:
        for _ in range(times):
            verb(parent, "playaudio", url)

    def collect(self, step: Gather) -> Element:
        return verb(
            self.root,
            "collectdtmf",
            l=step.max_digits,
            t=step.finish_on_key or None,
            o=step.timeout_s * _MS,
        )

    def record(self, step: Record) -> None:
        # The name is the carrier's file's, so it must not come twice, and tells nothing.
        name = self.urls.mark.replace("$", "-")
        verb(
            self.root,
            "record",
            name,
            format="wav",
            silence=step.silence_s,
            maxduration=step.max_s,
            termchar="#",
        )

    def on_silence(self) -> None:
        """KooKoo tells of silence by the same event with no data."""

    def dial(self, number: str) -> None:
        verb(
            self.root,
            "dial",
            number,
            record="false",
            limittime=LONGEST_DIAL_S,
            timeout=DIAL_RING_S,
            moh="ring",
            caller_id=self.urls.caller_id.removeprefix("+") or None,
        )

    def go_on(self, url: str) -> None:
        verb(self.root, "gotourl", url)

    def hang_up(self) -> None:
        verb(self.root, "hangup")

    def reject(self) -> None:
        # No verb refuses a call before it is answered; ending it at once is the nearest.
        verb(self.root, "hangup")
