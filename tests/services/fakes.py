"""Fakes: the carrier's edge, time, the queue, the ear; and effects held to what they promise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.jobs import QUEUE_OF
from gateway.services.effects import Effects
from gateway.services.ports import (
    AlreadyEnded,
    Done,
    Fetched,
    Fetching,
    Finding,
    Placed,
    Sought,
    Steering,
)
from gateway.services.ports import Placing as PlacingResult
from gateway.services.recordings import Hearing
from gateway.services.turning import Turning
from gateway.services.work import Job, QueueUnreachableError
from ivr_flows.definitions import load_contract
from ivr_flows.engine.session import Effect, EffectDone
from speech.hearing import one_of_few


@dataclass
class Clock:
    """Time that stands until it is moved."""

    now: datetime = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Queue:
    """Keeps hints until they are worked off; can be broken, and can lose them."""

    hints: list[tuple[Job, str]] = field(default_factory=list)
    broken: bool = False

    def enqueue(self, job: Job, subject_id: str) -> None:
        if self.broken:
            raise QueueUnreachableError("stopped")
        self.hints.append((job, subject_id))

    def waiting(self, job: Job) -> int:
        if self.broken:
            raise QueueUnreachableError("stopped")
        return [QUEUE_OF[hinted] for hinted, _ in self.hints].count(QUEUE_OF[job])


@dataclass
class FakeCarrier:
    """A carrier that remembers what it was asked and answers as it is told."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    texts: list[tuple[str, str, str]] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)
    rooms: list[tuple[str, str]] = field(default_factory=list)
    moving: Steering | None = None
    placing: PlacingResult | None = None
    sending: PlacingResult | None = None
    found_call: Finding = None
    found_text: Finding = None
    ended: bool | None = False
    sought: list[Sought] = field(default_factory=list)
    asked_about: list[str] = field(default_factory=list)
    recording: Fetching = field(default_factory=lambda: Fetched(b"RIFF", "audio/wav"))

    def place_call(self, phone: str, *, intent: str, ring_s: int) -> PlacingResult:
        self.calls.append((phone, intent))
        return self.placing or Placed(f"CAout{len(self.calls)}")

    def find_call(self, phone: str, *, intent: str, since: datetime) -> Finding:
        return self.found_call

    def redirect_to_offer(self, provider_call_id: str, *, offer_id: str) -> Steering:
        self.redirects.append((provider_call_id, offer_id))
        return Done()

    def redirect_to_room(self, provider_call_id: str, *, offer_id: str) -> Steering:
        self.rooms.append((provider_call_id, offer_id))
        return self.moving or Done()

    def end_call(self, provider_call_id: str) -> Steering:
        return AlreadyEnded()

    def has_ended(self, provider_call_id: str) -> bool | None:
        self.asked_about.append(provider_call_id)
        return self.ended

    def send_sms(self, phone: str, body: str, *, intent: str) -> PlacingResult:
        self.texts.append((phone, body, intent))
        return self.sending or Placed(f"SM{len(self.texts)}")

    def find_sms(self, phone: str, body: str, *, sought: Sought) -> Finding:
        self.sought.append(sought)
        return self.found_text

    def fetch_recording(self, url: str) -> Fetching:
        return self.recording


@dataclass
class FakeEar:
    """An ear that hears what it is told; the recogniser itself has its own tests.

    answer: heard in the place of symptoms where it was asked for.
    """

    offered: Sequence[str] = ("fever",)
    languages: Sequence[str] = ("hi",)
    hears_freely: bool = True
    answer: str = ""

    def can_hear(self, language: str, *, asked: Collection[str] = ()) -> bool:
        return language in self.languages and (self.hears_freely or one_of_few(asked))

    def hear(self, audio: bytes, *, language: str, asked: Collection[str] = ()) -> Hearing:
        if self.answer in asked:
            return Hearing("understood", {"text": "", "offered": [], "answer": self.answer})
        few = one_of_few(asked)
        offered = [code for code in self.offered if not few or code in asked]
        if not offered:
            return Hearing("unclear", {"text": "", "offered": [], "confidence": 0.1})
        detail = {"text": "बुखार", "offered": offered, "confidence": 0.99}
        return Hearing("understood", detail)


CONTRACT = load_contract()


class HeldEffects(Effects):
    """The real effects, each answer held against what `ivr_flows/effects.yaml` promises."""

    def perform(self, turning: Turning, effect: Effect) -> EffectDone:
        done = super().perform(turning, effect)
        promised = CONTRACT.effects[effect.name]
        assert set(effect.arguments) <= set(promised.arguments), effect
        assert done.outcome in promised.outcomes, (effect.name, done)
        assert set(done.facts) <= set(promised.facts), (effect.name, done)
        return done
