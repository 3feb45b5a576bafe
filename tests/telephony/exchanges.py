"""The carriers as a caller meets them: each runs its own verbs and calls back as it does.

Written from the carriers' documentation alone, and independent of the gateway's own renderers and
signatures, so that both can be wrong only in the same way by chance.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

# Every prompt of the contract begins with this (trap 20).
TRYING = "R&D <नमस्ते> "
ORIGIN = "https://door.example"
PATIENT = "+919800000001"
DOCTOR = "+919800000002"
TOLL_FREE = "+911800000100"
MISSED_CALL = "+911800000101"
SECRETS = {
    "twilio": "twilio-token",
    "signalwire": "signalwire-signing-key",
    "somleng": "somleng-token",
    "plivo": "plivo-token",
    "kookoo": "k" * 40,
}
KOOKOO_ADDRESS = "198.51.100.7"
RECORDINGS = {
    "twilio": "https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE1",
    "signalwire": "https://files.signalwire.com/RE1",
    "somleng": "https://api.somleng.org/RE1",
    "plivo": "https://media.plivo.com/v1/Account/MA/Recording/RE1.wav",
    "kookoo": "http://recordings.kookoo.in/doorvani/RE1.wav",
}


class Line(ABC):
    """One call on one carrier. `waits_for` is what it stands at: keys, speech, a dial, or the end.

    heard: what the caller heard since she last did something, each prompt's words in their order.
    """

    carrier: str

    def __init__(
        self,
        client: FlaskClient,
        words: Callable[[str], str],
        *,
        carrier: str,
        number: str = PATIENT,
        to: str = TOLL_FREE,
        call_id: str = "call1",
    ) -> None:
        self.client, self.carrier = client, carrier
        self.number, self.to, self.call_id = number, to, call_id
        self.heard: list[str] = []
        self.waits_for = ""
        self.verb = Element("none")
        self.log: list[tuple[str, dict[str, str]]] = []
        self.document = ""
        self._words = words

    def dial(self) -> None:
        self.go(f"{ORIGIN}/voice/{self.carrier}/incoming", self.arrival())

    def answer_outbound(self, intent: str) -> None:
        self.go(f"{ORIGIN}/voice/{self.carrier}/outbound/{intent}", self.arrival())

    def go(self, url: str, fields: dict[str, str]) -> None:
        """Ask for the next document, and run it until the caller is needed."""
        self.log.append((url, fields))
        response = self.send(url, fields)
        assert response.status_code == 200, response.text
        self.document = response.text
        self.waits_for = ""
        self.run(ElementTree.fromstring(response.data))

    def act(self) -> None:
        self.heard = []

    def hear_said(self, text: str) -> None:
        """Take the carrier's own voice; each prompt begins with what a text must survive."""
        assert text.startswith(TRYING), text
        self.heard.append(text.removeprefix(TRYING))

    def hear(self, url: str) -> None:
        place = urlsplit(url).path
        name = place.rsplit("/", 1)[-1].removesuffix(".wav")
        if "/voice/audio/" in place:
            self.hear_said(self._words(name))

    def repeat(self) -> TestResponse:
        """Deliver the last webhook once more."""
        return self.send(*self.log[-1])

    @abstractmethod
    def send(self, url: str, fields: dict[str, str], *, secret: str | None = "") -> TestResponse:
        """Deliver a webhook, proved as the carrier does; secret None leaves the proof out."""

    @abstractmethod
    def run(self, root: Element) -> None: ...

    @abstractmethod
    def arrival(self) -> dict[str, str]: ...

    @abstractmethod
    def press(self, keys: str) -> None: ...

    @abstractmethod
    def say_nothing(self) -> None: ...

    @abstractmethod
    def speak(self) -> None: ...

    @abstractmethod
    def dialled(self, status: str, seconds: int = 0) -> None:
        """The number that was dialled was talked to ("completed") or did not answer."""

    @abstractmethod
    def hang_up(self) -> TestResponse: ...


@dataclass(frozen=True)
class Words:
    """What a carrier of the TwiML kind calls its verbs and its fields."""

    say: str
    gather: str
    call: str
    recording: str
    dial_status: str
    extra: dict[str, str] = field(default_factory=dict)


TWIML = Words("Say", "Gather", "CallSid", "RecordingUrl", "DialCallStatus")
PLIVO = Words("Speak", "GetDigits", "CallUUID", "RecordUrl", "DialStatus", {"Event": "Redirect"})


class ActionLine(Line):
    """Twilio, SignalWire, Somleng and Plivo: each verb names the address of what comes next."""

    knows = TWIML
    lacks: frozenset[str] = frozenset()

    def arrival(self) -> dict[str, str]:
        return {"CallStatus": "ringing"}

    def form(self, fields: dict[str, str]) -> dict[str, str]:
        addresses = {"From": self.number, "To": self.to}
        return {self.knows.call: self.call_id, "CallStatus": "in-progress", **addresses, **fields}

    def run(self, root: Element) -> None:
        assert root.tag == "Response"
        self._rest = list(root)
        self._on()

    def _on(self) -> None:
        while self._rest:
            self.verb = verb = self._rest.pop(0)
            assert verb.tag not in self.lacks, f"{self.carrier} raises an error on {verb.tag}"
            match verb.tag:
                case "Play":
                    self.hear(verb.text or "")
                case self.knows.say:
                    self.hear_said(verb.text or "")
                case self.knows.gather:
                    for sound in verb:
                        take = self.hear_said if sound.tag == self.knows.say else self.hear
                        take(sound.text or "")
                    self.waits_for = "keys"
                case "Record":
                    self.waits_for = "speech"
                case "Dial":
                    self.waits_for = "dial"
                case "Redirect":
                    return self.go(verb.text or "", {})
                case "Hangup" | "Reject":
                    self.waits_for = "end"
                    self._rest = []
                case _:
                    raise AssertionError(f"an unknown verb: {verb.tag}")
            if self.waits_for:
                return None
        self.waits_for = "joined"
        return None

    def press(self, keys: str) -> None:
        assert self.waits_for == "keys"
        self.act()
        ended = self.verb.get("finishOnKey") or ""
        self.go(self.verb.get("action") or "", {"Digits": keys.rstrip(ended) if ended else keys})

    def say_nothing(self) -> None:
        assert self.waits_for in {"keys", "speech"}
        self.act()
        self.waits_for = ""
        self._on()

    def speak(self) -> None:
        assert self.waits_for == "speech"
        self.act()
        said = {self.knows.recording: RECORDINGS[self.carrier], "RecordingDuration": "4"}
        self.go(self.verb.get("action") or "", said)

    def dialled(self, status: str, seconds: int = 0) -> None:
        self.act()
        told = {self.knows.dial_status: status, **self.knows.extra}
        if seconds:
            told["DialCallDuration" if self.knows is TWIML else "DialBLegDuration"] = str(seconds)
        self.go(self.verb.get("action") or "", told)

    def hang_up(self) -> TestResponse:
        url = f"{ORIGIN}/voice/{self.carrier}/status"
        return self.send(url, {"CallStatus": "completed"})


class TwimlLine(ActionLine):
    header = "X-Twilio-Signature"

    def send(self, url: str, fields: dict[str, str], *, secret: str | None = "") -> TestResponse:
        form = self.form(fields)
        text = url + "".join(name + form[name] for name in sorted(form))
        headers = {}
        if secret is not None:
            key = (secret or SECRETS[self.carrier]).encode()
            digest = hmac.new(key, text.encode(), hashlib.sha1).digest()
            headers[self.header] = base64.b64encode(digest).decode()
        return self.client.post(url.removeprefix(ORIGIN), data=form, headers=headers)


class SignalwireLine(TwimlLine):
    header = "X-SignalWire-Signature"


class SomlengLine(TwimlLine):
    lacks = frozenset({"Pause", "Conference", "Enqueue"})


class PlivoLine(ActionLine):
    """Plivo writes numbers without a plus, and posts the end of a recording even when silent."""

    knows = PLIVO

    def form(self, fields: dict[str, str]) -> dict[str, str]:
        addresses = {"From": self.number.removeprefix("+"), "To": self.to.removeprefix("+")}
        return {"CallUUID": self.call_id, "CallStatus": "in-progress", **addresses, **fields}

    def say_nothing(self) -> None:
        if self.waits_for == "speech":
            self.act()
            empty = {"RecordUrl": RECORDINGS["plivo"], "RecordingDuration": "0"}
            self.go(self.verb.get("action") or "", empty)
        else:
            super().say_nothing()

    def send(self, url: str, fields: dict[str, str], *, secret: str | None = "") -> TestResponse:
        form, nonce = self.form(fields), "12345"
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        asked = "&".join(f"{name}={value[0]}" for name, value in sorted(query.items()))
        posted = "".join(name + form[name] for name in sorted(form))
        base = f"{parts.scheme}://{parts.netloc}{parts.path}?{asked}{'.' if asked else ''}{posted}"
        headers = {"X-Plivo-Signature-V3-Nonce": nonce}
        if secret is not None:
            key = (secret or SECRETS["plivo"]).encode()
            digest = hmac.new(key, f"{base}.{nonce}".encode(), hashlib.sha256).digest()
            headers["X-Plivo-Signature-V3"] = base64.b64encode(digest).decode()
        return self.client.post(url.removeprefix(ORIGIN), data=form, headers=headers)


class KookooLine(Line):
    """KooKoo calls one address, and sends back as `sid` what the last response called itself."""

    def dial(self) -> None:
        self._sid, self._url = self.call_id, f"{ORIGIN}/voice/kookoo/incoming"
        self.go(self._url, self.arrival())

    def answer_outbound(self, intent: str) -> None:
        self._sid, self._url = self.call_id, f"{ORIGIN}/voice/kookoo/outbound/{intent}"
        self.go(self._url, self.arrival())

    def arrival(self) -> dict[str, str]:
        called = {"cid": self.number.removeprefix("+91"), "called_number": self.to[1:]}
        return {"event": "NewCall", "sid": self._sid, **called}

    def run(self, root: Element) -> None:
        assert root.tag == "response"
        self._sid = root.get("sid") or self._sid
        for verb in root:
            self.verb = verb
            match verb.tag:
                case "playaudio":
                    self.hear(verb.text or "")
                case "playtext":
                    self.hear_said(verb.text or "")
                case "collectdtmf":
                    for sound in verb:
                        self.hear(sound.text or "")
                    self.waits_for = "keys"
                case "record":
                    self.waits_for = "speech"
                case "dial":
                    self.waits_for = "dial"
                case "gotourl":
                    self._url = verb.text or ""
                    return self.event("GotoURL")
                case "hangup":
                    self.waits_for = "end"
                case _:
                    raise AssertionError(f"an unknown verb: {verb.tag}")
        return None

    def event(self, name: str, **told: str) -> None:
        self.go(self._url, {"event": name, "sid": self._sid, **told})

    def press(self, keys: str) -> None:
        assert self.waits_for == "keys"
        self.act()
        self.event("GotDTMF", data=keys.rstrip(self.verb.get("t") or " "))

    def say_nothing(self) -> None:
        assert self.waits_for in {"keys", "speech"}
        self.act()
        self.event("GotDTMF" if self.waits_for == "keys" else "Record", data="")

    def speak(self) -> None:
        assert self.waits_for == "speech"
        self.act()
        self.event("Record", data=RECORDINGS["kookoo"], status="success")

    def dialled(self, status: str, seconds: int = 0) -> None:
        self.act()
        talked = status == "completed"
        told = {"status": "answered" if talked else "not_answered", "callduration": str(seconds)}
        self.event("Dial", data="-1", **told)

    def hang_up(self) -> TestResponse:
        return self.send(self._url, {"event": "Hangup", "sid": self._sid})

    def send(
        self,
        url: str,
        fields: dict[str, str],
        *,
        secret: str | None = "",
        address: str = KOOKOO_ADDRESS,
    ) -> TestResponse:
        parts = urlsplit(url)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if secret is None:
            given.pop("key", None)
        else:
            given["key"] = secret or given.get("key", SECRETS["kookoo"])
        query = urlencode({**given, **fields}, quote_via=quote)
        remote = {"REMOTE_ADDR": address}
        return self.client.get(f"{parts.path}?{query}", environ_overrides=remote)


LINES: dict[str, type[Line]] = {
    "twilio": TwimlLine,
    "signalwire": SignalwireLine,
    "somleng": SomlengLine,
    "plivo": PlivoLine,
    "kookoo": KookooLine,
}
