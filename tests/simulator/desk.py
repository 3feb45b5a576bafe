"""The desk: a running simulator, phones on it, and a small gateway that answers its webhooks."""

from __future__ import annotations

import io
import math
import struct
import threading
import time
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from twilio.request_validator import (
    RequestValidator,
)

from simulator.server import Running, start
from simulator.settings import CarrierNumber, Measured, Settings

ACCOUNT_SID = "AC" + "ab" * 16
AUTH_TOKEN = "a token of the tests"
TOLL_FREE = "+911800000100"
PATIENT = "+919800000001"
DOCTOR = "+919800000002"
OTHER_DOCTOR = "+919800000003"
NOBODY = "+919800000099"
SPEED = 40.0
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """What the gateway received. url: as the simulator asked for it."""

    method: str
    url: str
    form: Mapping[str, str]
    signature: str | None

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def params(self) -> dict[str, str]:
        query = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        return dict(query) | dict(self.form)

    @property
    def signed(self) -> bool:
        """Twilio's own validator is the judge."""
        form = dict(self.form) if self.method == "POST" else {}
        return bool(RequestValidator(AUTH_TOKEN).validate(self.url, form, self.signature or ""))


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes
    content_type: str = "text/xml"
    status: int = 200
    delay_s: float = 0
    headers: Mapping[str, str] = field(default_factory=dict)


Answerer = Callable[[Request], "str | Reply"]


class _Server(ThreadingHTTPServer):
    request_queue_size = 512


class StubGateway:
    """A real HTTP server: `answers` by path, `requests` in order of arrival."""

    def __init__(self) -> None:
        self.answers: dict[str, str | Reply | Answerer] = {}
        self.requests: list[Request] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def at(self, path: str) -> list[Request]:
        return [request for request in list(self.requests) if request.path == path]

    def wait_for(self, path: str, count: int = 1) -> list[Request]:
        """Return the requests at `path` once there are `count` of them."""
        eventually(lambda: len(self.at(path)) >= count, f"{count} request(s) at {path}")
        return self.at(path)

    def _reply(self, request: Request) -> Reply:
        answer = self.answers.get(request.path, Reply(b"", status=404))
        if callable(answer):
            answer = answer(request)
        return Reply(answer.encode()) if isinstance(answer, str) else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                self._take("POST", dict(parse_qsl(body, keep_blank_values=True)))

            def do_GET(self) -> None:
                self._take("GET", {})

            def _take(self, method: str, form: dict[str, str]) -> None:
                signature = self.headers.get("X-Twilio-Signature")
                request = Request(method, gateway.origin + self.path, form, signature)
                gateway.requests.append(request)
                reply = gateway._reply(request)
                time.sleep(reply.delay_s)
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler


@dataclass(slots=True)
class Desk:
    gateway: StubGateway
    simulator: Running
    http: requests.Session = field(default_factory=requests.Session)

    def url(self, path: str) -> str:
        return self.simulator.origin + path

    def phone(self, number: str) -> HandHeld:
        return HandHeld(self, number)

    def log(self, kind: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.http.get(self.url("/log")).json()
        return [event for event in events if event["kind"] == kind]

    def misbehave(self, **faults: object) -> None:
        response = self.http.post(self.url("/control/misbehave"), json=faults)
        assert response.status_code == 200, response.text

    def rest(self, method: str, path: str, data: Any = None, **options: Any) -> Any:
        return self.http.request(
            method,
            self.url(f"/2010-04-01/Accounts/{ACCOUNT_SID}{path}"),
            data=data,
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            **options,
        )

    def call(self, to: str, **params: Any) -> str:
        """Create a call over REST and return its SID."""
        form = {"To": to, "From": TOLL_FREE, "Url": f"{self.gateway.origin}/outbound"} | params
        response = self.rest("POST", "/Calls.json", form)
        assert response.status_code == 201, response.text
        return str(response.json()["sid"])

    def call_status(self, sid: str) -> str:
        return str(self.rest("GET", f"/Calls/{sid}.json").json()["status"])


@dataclass(slots=True)
class HandHeld:
    """A phone in a tester's hand, over the phone API alone."""

    desk: Desk
    number: str
    seen: int = 0

    def do(self, action: str, expect: int = 200, **body: object) -> dict[str, Any]:
        url = self.desk.url(f"/phones/{self.number}/{action}")
        response = self.desk.http.post(url, json=body)
        assert response.status_code == expect, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def speak(self, wav: bytes, expect: int = 200) -> dict[str, Any]:
        url = self.desk.url(f"/phones/{self.number}/audio")
        response = self.desk.http.post(url, data=wav, headers={"Content-Type": "audio/wav"})
        assert response.status_code == expect, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.desk.http.get(self.desk.url(f"/phones/{self.number}")).json()
        return state

    def events(self) -> list[dict[str, Any]]:
        url = self.desk.url(f"/phones/{self.number}/log")
        events: list[dict[str, Any]] = self.desk.http.get(url).json()
        return events

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events()]

    def expect(self, kind: str, **facts: object) -> dict[str, Any]:
        """Return the next event of this kind and these facts, after the last one expected."""
        deadline_s = time.monotonic() + PATIENCE_S
        url = self.desk.url(f"/phones/{self.number}/log")
        after = self.seen
        while (left_s := deadline_s - time.monotonic()) > 0:
            asked: dict[str, str] = {"after": str(after), "wait": f"{left_s:.2f}"}
            for event in self.desk.http.get(url, params=asked).json():
                after = event["id"]
                if event["kind"] == kind and facts.items() <= event.items():
                    self.seen = after
                    return dict(event)
        raise AssertionError(f"no {kind} {facts}; heard {self.kinds()}")


def eventually(holds: Callable[[], bool], what: str, *, patience_s: float = PATIENCE_S) -> None:
    deadline_s = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline_s, f"not in time: {what}"
        time.sleep(0.01)


def settings_for(gateway: StubGateway, **changes: Any) -> Settings:
    number = CarrierNumber(
        number=TOLL_FREE,
        voice_url=f"{gateway.origin}/incoming",
        status_callback=f"{gateway.origin}/status",
        sms_url=f"{gateway.origin}/sms",
    )
    chosen: dict[str, Any] = {
        "account_sid": ACCOUNT_SID,
        "auth_token": AUTH_TOKEN,
        "port": 0,
        "numbers": (number,),
        "sms_senders": ("DRVANI",),
        "speed": SPEED,
        "measured": Measured.ESTIMATED,
    }
    return Settings(**chosen | changes)


def start_desk(gateway: StubGateway, **changes: Any) -> Desk:
    desk = Desk(gateway, start(settings_for(gateway, **changes)))
    for number in (PATIENT, DOCTOR, OTHER_DOCTOR):
        response = desk.http.post(desk.url("/phones"), json={"number": number, "name": "phone"})
        assert response.status_code == 201
    return desk


def twiml(*verbs: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{"".join(verbs)}</Response>'


def tone(seconds: float, *, hertz: float = 440, rate_hz: int = 8000) -> bytes:
    """A WAV file that is clearly not silence (or, at 0 Hz, is)."""
    samples = (
        int(9000 * math.sin(2 * math.pi * hertz * n / rate_hz))
        for n in range(int(seconds * rate_hz))
    )
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()
