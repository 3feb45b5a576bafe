"""The services over a real database, with fakes only at the carrier's edge and at the ear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gateway.db.crypto import Keyring
from gateway.db.models import Base, Doctor, Message, Offer, OutboundCall, Ticket
from gateway.db.session import open_sessions
from gateway.domain.triage import TriageRules
from gateway.services.callers import Directory
from gateway.services.calls import Calls, Numbers, UnknownCall
from gateway.services.conversation import Conversation
from gateway.services.dispatch import Dispatch
from gateway.services.effects import Effects
from gateway.services.messages import Sending, Texts
from gateway.services.outbound import Placing
from gateway.services.ports import (
    AlreadyEnded,
    Carrier,
    Done,
    Fetched,
    Fetching,
    Finding,
    Placed,
    Steering,
)
from gateway.services.ports import Placing as PlacingResult
from gateway.services.prescriptions import Reading
from gateway.services.recordings import Complaints, Hearing, Transcribing
from gateway.services.rota import NewDoctor, Rota
from gateway.services.sweep import Sweeper, Swept
from gateway.services.triaging import Triage
from gateway.services.turning import Leg, Turning
from gateway.services.waiting_room import WaitingRoom
from gateway.services.work import Job, QueueUnreachableError, Work
from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.speech import AudioTokens, CarrierVoice, SpeechBook
from ivr_flows.definitions import load_contract
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.session import Effect, EffectDone
from ivr_flows.loading import load_flow_book
from sms.catalogue import Catalogue
from sms.loader import load_catalogue

ROOT = Path(__file__).parents[2]
ORIGIN = "https://doorvani.example"
PATIENT = "+919800000001"
DOCTOR = "+919800000002"
TOLL_FREE = "+911800000100"
MISSED_CALL = "+911800000101"


@cache
def flow_book() -> FlowBook:
    return load_flow_book()


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


@dataclass
class FakeCarrier:
    """A carrier that remembers what it was asked and answers as it is told."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    texts: list[tuple[str, str, str]] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)
    placing: PlacingResult | None = None
    sending: PlacingResult | None = None
    found_call: Finding = None
    found_text: Finding = None
    recording: Fetching = field(default_factory=lambda: Fetched(b"RIFF", "audio/wav"))

    def place_call(self, phone: str, *, intent: str, ring_s: int) -> PlacingResult:
        self.calls.append((phone, intent))
        return self.placing or Placed(f"CAout{len(self.calls)}")

    def find_call(self, phone: str, *, intent: str, since: datetime) -> Finding:
        return self.found_call

    def redirect_to_offer(self, provider_call_id: str, *, offer_id: str) -> Steering:
        self.redirects.append((provider_call_id, offer_id))
        return Done()

    def end_call(self, provider_call_id: str) -> Steering:
        return AlreadyEnded()

    def send_sms(self, phone: str, body: str, *, intent: str) -> PlacingResult:
        self.texts.append((phone, body, intent))
        return self.sending or Placed(f"SM{len(self.texts)}")

    def find_sms(self, phone: str, body: str, *, since: datetime) -> Finding:
        return self.found_text

    def fetch_recording(self, url: str) -> Fetching:
        return self.recording


@dataclass
class FakeEar:
    """An ear that hears what it is told; the recogniser itself has its own tests."""

    offered: Sequence[str] = ("fever",)
    languages: Sequence[str] = ("hi",)

    def can_hear(self, language: str) -> bool:
        return language in self.languages

    def hear(self, audio: bytes, *, language: str) -> Hearing:
        if not self.offered:
            return Hearing("unclear", {"text": "", "offered": [], "confidence": 0.1})
        detail = {"text": "बुखार", "offered": list(self.offered), "confidence": 0.99}
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


class Desk:
    """The whole of the services, with a clock, a queue and a carrier that a test can hold."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self.engine = engine
        self.clock, self.queue, self.carrier = Clock(), Queue(), FakeCarrier()
        self.ear = FakeEar()
        self.work = Work(sessions=open_sessions(engine), queue=self.queue, clock=self.clock)
        self.directory = Directory(keyring)
        catalogue = load_catalogue(ROOT / "config" / "sms.yaml")
        self.texts = Texts(catalogue=catalogue, toll_free=TOLL_FREE)
        carriers: dict[str, Carrier] = {"twilio": self.carrier}
        self.sending = Sending(work=self.work, carriers=carriers, default_carrier="twilio")
        self.placing = Placing(work=self.work, carriers=carriers)
        self.dispatching = Dispatch(work=self.work, carriers=carriers, default_carrier="twilio")
        self.transcribing = Transcribing(work=self.work, carriers=carriers, ear=self.ear)
        self.sweeper = Sweeper(work=self.work, sending=self.sending, placing=self.placing)
        self.rota = Rota(work=self.work, directory=self.directory)
        self.calls = self._calls(catalogue)

    def _calls(self, catalogue: Catalogue) -> Calls:
        voices = {("twilio", lang): CarrierVoice("Polly.Aditi", lang) for lang in ("hi", "en")}
        speech = SpeechBook(origin=ORIGIN, tokens=AudioTokens("test"), voices=voices)
        book = flow_book()
        rules = yaml.safe_load((ROOT / "config" / "triage.yaml").read_text())
        self.effects = effects = HeldEffects(
            room=WaitingRoom(self.texts),
            complaints=Complaints(self.ear),
            triage=Triage(TriageRules.model_validate(rules)),
            reading=Reading(catalogue=catalogue),
            ambulance="112",
        )
        answers = TelephonyAnswers(
            origin=ORIGIN, caller_id=TOLL_FREE, dialects=DIALECTS, speech=speech, book=book
        )
        return Calls(
            work=self.work,
            conversation=Conversation(book=book, effects=effects, answers=answers),
            directory=self.directory,
            numbers=Numbers(TOLL_FREE, MISSED_CALL, "hi"),
        )

    def work_off(self, *, rounds: int = 10) -> None:
        """Run the hinted jobs, as workers would, until no more are hinted."""
        run = {
            Job.TRANSCRIBE: self.transcribing.transcribe,
            Job.SEND_MESSAGE: self.sending.send,
            Job.PLACE_CALL: self.placing.place,
            Job.CONNECT_OFFER: self.dispatching.connect,
            Job.DISPATCH: self._dispatch,
        }
        for _ in range(rounds):
            hints, self.queue.hints = self.queue.hints, []
            for job, subject_id in hints:
                run[job](subject_id)
            if not self.queue.hints:
                return

    def _dispatch(self, _subject_id: str) -> None:
        self.dispatching.dispatch()

    def sweep(self) -> Swept:
        return self.sweeper.sweep()

    def doctor(self, phone: str = DOCTOR, *, languages: Sequence[str] = ("hi", "en")) -> str:
        """Put a doctor on duty and return her id."""
        doctor_id = self.rota.enrol(NewDoctor("A. Rao", "MBBS", "MH-12345", phone, languages))
        assert isinstance(doctor_id, str)
        self.rota.go_on_duty(doctor_id)
        return doctor_id

    def all(self, model: type[Base]) -> list[Base]:
        with Session(self.engine) as db:
            return list(db.scalars(select(model)))

    def tickets(self) -> list[Ticket]:
        return self.all(Ticket)  # type: ignore[return-value]  # by the model asked for

    def offers(self) -> list[Offer]:
        return self.all(Offer)  # type: ignore[return-value]

    def doctors(self) -> list[Doctor]:
        return self.all(Doctor)  # type: ignore[return-value]

    def messages(self) -> list[Message]:
        return self.all(Message)  # type: ignore[return-value]

    def outbound(self) -> list[OutboundCall]:
        return self.all(OutboundCall)  # type: ignore[return-value]


@dataclass
class Line:
    """A call as the carrier carries it: it follows the addresses that the answers give."""

    desk: Desk
    sid: str
    number: str = PATIENT
    to: str = TOLL_FREE
    answer: str = ""

    def leg(self, **said: object) -> Leg:
        return Leg(self.sid, from_number=self.number, to_number=self.to, **said)  # type: ignore[arg-type]

    def dial(self) -> Line:
        self.answer = self.desk.calls.receive_incoming("twilio", self.leg())
        return self

    @property
    def next_turn(self) -> tuple[str, int]:
        found = re.search(r"/turn/([0-9a-f]+)/(\d+)", self.answer)
        assert found, self.answer
        return found[1], int(found[2])

    def post(self, **said: object) -> str:
        """Post the next turn with what the caller did; return and keep the answer."""
        call_id, number = self.next_turn
        answer = self.desk.calls.resume("twilio", call_id, number, self.leg(**said))
        assert not isinstance(answer, UnknownCall), answer
        self.answer = answer
        return answer

    def key(self, *keys: str) -> str:
        for digits in keys:
            self.post(digits=digits)
        return self.answer

    def wait(self) -> str:
        """Let the time run out."""
        return self.post()

    def say(self) -> str:
        """Speak into the recording."""
        return self.post(recording_url="https://api.twilio.com/rec", recording_s=3)

    def ends(self, status: str = "completed") -> None:
        self.desk.calls.receive_status("twilio", self.leg(status=status), outbound_id=None)

    def redirected(self) -> str:
        """Follow the redirect that the gateway last asked the carrier for."""
        sid, offer_id = self.desk.carrier.redirects[-1]
        assert sid == self.sid
        answer = self.desk.calls.receive_redirect("twilio", offer_id, self.leg())
        assert isinstance(answer, str), answer
        self.answer = answer
        return answer


def to_the_token(line: Line, *, sex: str = "1", age: str = "34") -> str:
    """A first call in Hindi up to the hold loop: no pregnancy, fever by keys, no danger."""
    line.dial()
    line.key("1", "1", sex, age + "#" if len(age) < 2 else age)
    if "गर्भ" in line.answer:
        line.key("2")
    line.key("2", "1", "1", "2", "2")
    return line.answer
