"""A phone on the desk's carrier, held by a program: dial, key, speak, and wait for what comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import requests

from gateway.domain.errors import GatewayError

POLL_S: Final = 5.0

Event: TypeAlias = dict[str, Any]
Listener: TypeAlias = Callable[[str, Event], None]


class NothingHappened(GatewayError):  # noqa: N818  # what the demonstration says when it gives up
    """What was waited for did not come in time."""


class Phone:
    """One phone of the simulator, reached over its phone API."""

    def __init__(self, origin: str, number: str, *, name: str, listener: Listener) -> None:
        self._origin = origin
        self.number = number
        self.name = name
        self._listener = listener
        self._seen = 0
        self._http = requests.Session()
        self._post("/phones", {"number": number, "name": name})

    def dial(self, to: str) -> None:
        self._act("dial", {"to": to})

    def missed_call(self, to: str) -> None:
        self._act("missed_call", {"to": to})

    def answer(self) -> None:
        self._act("answer", {})

    def hang_up(self) -> None:
        self._act("hangup", {})

    def key(self, digits: str) -> None:
        self._act("keys", {"digits": digits})

    def text(self, to: str, body: str) -> None:
        self._act("sms", {"to": to, "body": body})

    def speak(self, wav: bytes) -> None:
        """Say a WAV file into the mouthpiece."""
        response = self._http.post(
            f"{self._origin}/phones/{self.number}/audio",
            data=wav,
            headers={"Content-Type": "audio/wav"},
            timeout=20,
        )
        response.raise_for_status()

    def inbox(self) -> list[dict[str, Any]]:
        """The messages that have arrived on this phone, as the carrier delivered them."""
        shown = self._http.get(f"{self._origin}/phones/{self.number}", timeout=10)
        shown.raise_for_status()
        messages: list[dict[str, Any]] = shown.json()["inbox"]
        return messages

    def wait_for(self, *kinds: str, timeout_s: float = 30.0) -> Event:
        """Return the next event of one of the kinds; what passes on the way goes to the listener.

        Errors: NothingHappened.
        """
        for event in self.events(timeout_s=timeout_s):
            if event["kind"] in kinds:
                return event
        raise NothingHappened(f"{self.name}: no {' or '.join(kinds)} within {timeout_s:g} s")

    def events(self, *, timeout_s: float) -> Iterator[Event]:
        """Yield what happens to this phone from here on, until the time is over."""
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            response = self._http.get(
                f"{self._origin}/phones/{self.number}/log",
                params={"after": self._seen, "wait": min(left, POLL_S)},
                timeout=POLL_S + 10,
            )
            response.raise_for_status()
            for event in response.json():
                self._seen = event["id"]
                self._listener(self.name, event)
                yield event

    def _act(self, action: str, body: dict[str, str]) -> None:
        self._post(f"/phones/{self.number}/{action}", body)

    def _post(self, path: str, body: dict[str, str]) -> None:
        response = self._http.post(f"{self._origin}{path}", json=body, timeout=20)
        if not response.ok:
            raise GatewayError(f"{self.name}: {path.rsplit('/', 1)[-1]}: {response.text[:200]}")
