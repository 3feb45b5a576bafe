"""One consultation by telephone, from dial to prescription, by people who hold phones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.demo.gloss import Gloss
from gateway.demo.phone import Event, NothingHappened, Phone

LONGEST_S: Final = 150.0

# What the patient keys when she is asked; prompts that are not here are listened to.
FIRST_CALL: Final[Mapping[str, str]] = {
    "language.own": "1",
    "consent.line": "1",
    "household.ask_who": "1",
    "household.ask_age": "34",
    "household.ask_pregnant": "2",
    "heard.ask": "1",
    "area.ask": "1",
    "area.which": "1",
    "duration.ask": "2",
    "severity.ask": "1",
    "danger.ask": "2",
    "feedback.ask": "1",
}
SECOND_CALL: Final[Mapping[str, str]] = {
    "welcome.back": "4",
    "menu.prescription": "2",
    "rx.who": "1",
}
DOCTOR: Final[Mapping[str, str]] = {"offer.accept": "1"}


@dataclass(slots=True)
class Person:
    """Somebody with a phone, who keys by plan and speaks when the tone sounds."""

    phone: Phone
    plan: Mapping[str, str]
    gloss: Gloss
    # What she says at each tone, in its order: her name, and what hurts.
    words: Sequence[bytes] = ()
    heard: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    said: int = 0

    def until(self, done: Callable[[Person, Event], bool], *, timeout_s: float = LONGEST_S) -> None:
        """Go on with the call until `done` says so. Errors: NothingHappened."""
        asked: list[str] = []
        for event in self.phone.events(timeout_s=timeout_s):
            if event["kind"] == "prompt" and event.get("text"):
                self.heard.append(str(event["text"]))
                understood = self.gloss.recognise(str(event["text"]))
                if understood:
                    asked.append(understood.prompt)
                    self.prompts.append(understood.prompt)
            if event["kind"] == "gathering":
                self._answer(asked)
                asked.clear()
            if event["kind"] == "recording":
                if self.said < len(self.words):
                    self.phone.speak(self.words[self.said])
                self.said += 1
            if done(self, event):
                return
        raise NothingHappened(f"{self.phone.name}: nothing more happened in {timeout_s:g} s")

    def _answer(self, asked: list[str]) -> None:
        key = next((self.plan[prompt] for prompt in asked if prompt in self.plan), None)
        if key is not None:
            self.phone.key(key)


def together(*people: Callable[[], None]) -> None:
    """Let several people act at once; the first failure of any is raised when all have ended."""
    failures: list[Exception] = []

    def act(person: Callable[[], None]) -> None:
        try:
            person()
        except Exception as error:  # carried to the caller's thread
            failures.append(error)

    threads = [threading.Thread(target=act, args=(person,), daemon=True) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def connected(_person: Person, event: Event) -> bool:
    return bool(event["kind"] == "bridged")


def hung_up(_person: Person, event: Event) -> bool:
    return bool(event["kind"] == "hangup")
