"""The services over a real database, with fakes only at the carrier's edge and at the ear."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gateway.db.crypto import Keyring
from gateway.db.models import (
    Aftercare,
    Base,
    Call,
    Consultation,
    Doctor,
    Event,
    Message,
    Offer,
    OutboundCall,
    Patient,
    Recording,
    Ticket,
    Turn,
)
from gateway.db.session import open_sessions
from gateway.domain.rates import RateLimits
from gateway.domain.tips import Tips
from gateway.domain.triage import TriageRules
from gateway.domain.vitals import VitalRules
from gateway.jobs import QUEUE_OF
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.areas import Area, Numbers
from gateway.services.callers import Directory
from gateway.services.calls import Calls, UnknownCall
from gateway.services.conversation import Conversation
from gateway.services.dispatch import Dispatch
from gateway.services.doctor_phones import DoctorPhones
from gateway.services.doctors_texts import DoctorsTexts
from gateway.services.duty import Duty
from gateway.services.effects import Effects
from gateway.services.health_workers import HealthWorkers
from gateway.services.inbox import Inbox
from gateway.services.keyed_medicines import KeyedMedicines
from gateway.services.keyed_prescriptions import KeyedPrescriptions
from gateway.services.keyed_slips import KeyedSlips
from gateway.services.letters import Letters
from gateway.services.messages import Texts
from gateway.services.placing import Placing
from gateway.services.ports import (
    AlreadyEnded,
    Carrier,
    Done,
    Fetched,
    Fetching,
    Finding,
    Placed,
    Sought,
    Steering,
)
from gateway.services.ports import Placing as PlacingResult
from gateway.services.prescription_reading import Reading
from gateway.services.prescriptions import Prescriptions
from gateway.services.presenting import Presenting
from gateway.services.rates import Rates
from gateway.services.receipts import Receipts
from gateway.services.recordings import Complaints, Hearing, Transcribing
from gateway.services.roads import Roads
from gateway.services.rooms import Rooms
from gateway.services.rota import NewDoctor, Rota
from gateway.services.sending import Sending
from gateway.services.slips import Slips
from gateway.services.spokes import Spokes
from gateway.services.sweep import Sweeper, Swept
from gateway.services.text_claims import Claims
from gateway.services.triaging import Triage
from gateway.services.turning import Leg, Turning
from gateway.services.vitals import Vitals
from gateway.services.volunteering import Volunteering
from gateway.services.waiting_room import WaitingRoom
from gateway.services.work import Job, QueueUnreachableError, Work
from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.speech import AudioTokens, CarrierVoice, SpeechBook
from ivr_flows.catalogues import LOCALE, load_numbers
from ivr_flows.definitions import load_contract
from ivr_flows.engine.dates import say_date
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.nodes.pick import PickNode
from ivr_flows.engine.session import Effect, EffectDone
from ivr_flows.loading import load_flow_book
from sms.catalogue import Catalogue
from sms.commands import CommandWords
from sms.loader import load_catalogue, load_commands
from tests.domain.formulary_file import diagnoses, shipped
from tests.domain.hours_file import HOURS
from tests.domain.order_file import ORDER
from tests.domain.slips_file import slip_choices

ROOT = Path(__file__).parents[2]
ORIGIN = "https://doorvani.example"
PATIENT = "+919800000001"
DOCTOR = "+919800000002"
TOLL_FREE = "+911800000100"
MISSED_CALL = "+911800000101"
VOLUNTEERS = "+911800000109"
STAFF = "+911800000108"
LANGUAGES_A_PAGE = 3
# The answers to whether a danger sign is there.
DANGER, NO_DANGER = "answer.if_yes", "answer.if_no"
# Numbers of another area, in which English comes first.
OTHER_TOLL_FREE = "+911800000200"
OTHER_MISSED_CALL = "+911800000201"
OTHER_AREA = Area(("en", "hi"), "108", "TN")
NUMBERS = Numbers(
    service=Area(("hi", "en"), "112"),
    toll_free={TOLL_FREE},
    missed_call={MISSED_CALL, OTHER_MISSED_CALL},
    flows={VOLUNTEERS: "volunteer", STAFF: "duty"},
    by_number={OTHER_TOLL_FREE: OTHER_AREA, OTHER_MISSED_CALL: OTHER_AREA},
)


_M = TypeVar("_M", bound=Base)


@cache
def flow_book() -> FlowBook:
    return load_flow_book()


def day_in_hindi(day: date) -> str:
    return say_date(day, "hi", load_numbers(LOCALE, "hi"))


@cache
def sms_catalogue() -> Catalogue:
    return load_catalogue(ROOT / "config" / "sms.yaml")


@cache
def command_words() -> CommandWords:
    return load_commands(ROOT / "config" / "sms_commands.yaml")


@cache
def shipped_tips() -> Tips:
    return Tips.model_validate(yaml.safe_load((ROOT / "config" / "tips.yaml").read_text()))


@cache
def triage_rules() -> TriageRules:
    return TriageRules.model_validate(yaml.safe_load((ROOT / "config" / "triage.yaml").read_text()))


@cache
def vital_rules() -> VitalRules:
    return VitalRules.model_validate(yaml.safe_load((ROOT / "config" / "vitals.yaml").read_text()))


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
    """An ear that hears what it is told; the recogniser itself has its own tests."""

    offered: Sequence[str] = ("fever",)
    languages: Sequence[str] = ("hi",)
    hears_freely: bool = True

    def can_hear(self, language: str, *, freely: bool = False) -> bool:
        return language in self.languages and (self.hears_freely or not freely)

    def hear(self, audio: bytes, *, language: str, asked: Collection[str] = ()) -> Hearing:
        offered = [code for code in self.offered if not asked or code in asked]
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


class Desk:
    """The whole of the services, with a clock, a queue and a carrier that a test can hold."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        *,
        dialable_helpline: str = "",
        rates: Rates | None = None,
    ) -> None:
        self.dialable_helpline = dialable_helpline
        self.engine = engine
        self.clock, self.queue, self.carrier = Clock(), Queue(), FakeCarrier()
        self.ear = FakeEar()
        self.work = Work(
            sessions=open_sessions(engine), queue=self.queue, clock=self.clock, rules=ORDER
        )
        self.directory = Directory(keyring)
        catalogue = sms_catalogue()
        self.texts = Texts(catalogue=catalogue, toll_free=TOLL_FREE)
        self.aftercare_texts = AftercareTexts(self.texts, shipped(), "hi")
        self.carriers: dict[str, Carrier] = {"twilio": self.carrier}
        carriers = self.carriers
        self.receipts = Receipts(self.work)
        self.duty = Duty(
            directory=self.directory, texts=self.texts, languages=flow_book().languages
        )
        words = command_words()
        self.inbox = Inbox(
            work=self.work,
            directory=self.directory,
            texts=self.texts,
            words=words,
            first_language="hi",
            carrier="twilio",
            doctors=DoctorsTexts(
                self.work,
                self.duty,
                self.texts,
                words,
                Prescriptions(work=self.work, formulary=shipped(), texts=self.texts),
            ),
        )
        self.rates = rates or Rates(RateLimits(version=1), {})
        self.rooms = Rooms(self.work, carriers)
        self.placing = Placing(
            work=self.work,
            carriers=carriers,
            default_carrier="twilio",
            hours=HOURS,
            rates=self.rates,
        )
        self.dispatching = Dispatch(work=self.work, carriers=carriers, default_carrier="twilio")
        self.transcribing = Transcribing(work=self.work, carriers=carriers, ear=self.ear)
        self.text_by(carriers)
        self.health_workers = HealthWorkers(work=self.work, directory=self.directory)
        self.rota = Rota(work=self.work, directory=self.directory)
        self.doctor_phones = DoctorPhones(work=self.work, directory=self.directory)
        self.calls = self._calls(catalogue)

    def text_by(self, carriers: dict[str, Carrier]) -> None:
        """Texts go by these carriers, the first one preferred."""
        self.sending = Sending(
            work=self.work,
            carriers=carriers,
            claims=Claims(
                work=self.work,
                roads=Roads([*carriers]),
                rates=self.rates,
                lane_hours=HOURS.of_lanes(self.texts.catalogue.lanes),
            ),
            pause=self.clock.forward,
        )
        self.sweeper = Sweeper(
            work=self.work,
            sending=self.sending,
            placing=self.placing,
            carriers=carriers,
            carrier="twilio",
            follow_up_days=3,
            duty=self.duty,
            hours=HOURS,
            rates=self.rates,
            texts=self.aftercare_texts,
        )

    def _calls(self, catalogue: Catalogue) -> Calls:
        voices = {("twilio", lang): CarrierVoice("Polly.Aditi", lang) for lang in ("hi", "en")}
        speech = SpeechBook(origin=ORIGIN, tokens=AudioTokens("test"), voices=voices)
        book = flow_book()
        self.effects = effects = HeldEffects(
            numbers=NUMBERS,
            room=WaitingRoom(self.texts, NUMBERS, Presenting(vital_rules()), shipped_tips()),
            complaints=Complaints(self.ear),
            triage=Triage(triage_rules(), vital_rules()),
            reading=Reading(catalogue=catalogue, say_day={"hi": day_in_hindi}),
            volunteering=Volunteering(("fever", "cough", "headache")),
            duty=self.duty,
            spokes=Spokes(self.health_workers, self.directory, NUMBERS, {"twilio"}),
            vitals=Vitals(vital_rules()),
            keyed=KeyedPrescriptions(
                Prescriptions(work=self.work, formulary=shipped(), texts=self.texts),
                KeyedMedicines(shipped(), diagnoses(), Reading(catalogue=catalogue)),
                vital_rules(),
            ),
            letters=Letters(catalogue),
            keyed_slips=KeyedSlips(
                Slips(work=self.work, choices=slip_choices(), texts=self.texts),
                Reading(catalogue=catalogue),
            ),
            aftercare_texts=self.aftercare_texts,
            dialable_helpline=self.dialable_helpline,
        )
        answers = TelephonyAnswers(
            origin=ORIGIN, caller_id=TOLL_FREE, dialects=DIALECTS, speech=speech, book=book
        )
        return Calls(
            work=self.work,
            conversation=Conversation(book=book, effects=effects, answers=answers),
            directory=self.directory,
            numbers=NUMBERS,
        )

    def work_off(self, *, rounds: int = 10) -> None:
        """Run the hinted jobs, as workers would, until no more are hinted."""
        run = {
            Job.TRANSCRIBE: self.transcribing.transcribe,
            Job.SEND_MESSAGES: self._send_due,
            Job.PLACE_CALL: self.placing.place,
            Job.CONNECT_OFFER: self.dispatching.connect,
            Job.OPEN_ROOM: self.rooms.open,
            Job.DISPATCH: self._dispatch,
        }
        for _ in range(rounds):
            hints, self.queue.hints = self.queue.hints, []
            for job, subject_id in hints:
                run[job](subject_id)
            if not self.queue.hints:
                return

    def _send_due(self, _subject_id: str) -> None:
        self.sending.send_due()

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

    def all(self, model: type[_M]) -> list[_M]:
        with Session(self.engine) as db:
            return list(db.scalars(select(model)))

    def one(self, model: type[_M], row_id: object) -> _M:
        with Session(self.engine) as db:
            return db.get_one(model, row_id)

    def tickets(self) -> list[Ticket]:
        return sorted(self.all(Ticket), key=lambda ticket: ticket.id)

    def offers(self) -> list[Offer]:
        return self.all(Offer)

    def doctors(self) -> list[Doctor]:
        return self.all(Doctor)

    def messages(self) -> list[Message]:
        return self.all(Message)

    def outbound(self) -> list[OutboundCall]:
        return sorted(self.all(OutboundCall), key=lambda call: call.due_at)

    def patients(self) -> list[Patient]:
        return sorted(self.all(Patient), key=lambda patient: patient.created_at)

    def aftercare(self) -> list[Aftercare]:
        return self.all(Aftercare)

    def recordings(self) -> list[Recording]:
        return sorted(self.all(Recording), key=lambda recording: recording.created_at)

    def consultations(self) -> list[Consultation]:
        return sorted(self.all(Consultation), key=lambda one: one.started_at)

    def calls_made(self) -> list[Call]:
        return self.all(Call)

    def events(self) -> list[str]:
        return [f"{e.subject}:{e.name}" for e in sorted(self.all(Event), key=lambda e: e.id)]

    def later(self, seconds: float) -> None:
        """Let time pass, then sweep and work off what is due."""
        self.clock.forward(seconds)
        self.sweep()
        self.work_off()

    def answered(self, sid: str = "CAout1", *, number: str = PATIENT) -> Line:
        """The newest call that we placed was answered."""
        _, intent = self.carrier.calls[-1]
        line = Line(self, sid, TOLL_FREE, number)
        answer = self.calls.receive_outbound("twilio", intent, line.leg())
        assert isinstance(answer, str), answer
        line.answer = answer
        return line

    def unanswered(self, status: str = "no-answer") -> None:
        """The newest call that we placed was not answered."""
        _, intent = self.carrier.calls[-1]
        leg = Line(self, f"CAno{len(self.carrier.calls)}", TOLL_FREE, PATIENT).leg(status=status)
        self.calls.receive_status("twilio", leg, outbound_id=intent)


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

    @property
    def session(self) -> dict[str, Any]:
        """The flow's session as it stands after the last answer."""
        call_id, number = self.next_turn
        with Session(self.desk.engine) as db:
            kept: dict[str, Any] = db.get_one(Turn, (call_id, number - 1)).session["session"]
        return kept

    @property
    def at(self) -> str:
        """Where the conversation stands, as flow/node."""
        return f"{self.session['flow']}/{self.session['node']}"

    def press(self, *meanings: str) -> str:
        """Press the keys that these prompts are offered by, whatever keys they are."""
        for meaning in meanings:
            self.key(self._key_of(meaning))
        return self.answer

    def pick(self, place: int = 0) -> str:
        """Press the key of the listed item of that place."""
        return self.key(str(place + 1))

    def _key_of(self, meaning: str) -> str:
        session = self.session
        node = flow_book().flow(session["flow"], session["version"]).node(session["node"])
        for key, choice in getattr(node, "choices", {}).items():
            if choice.say.prompt == meaning:
                return str(key)
        if isinstance(node, PickNode):
            items = session["variables"][node.items]
            first = session["variables"].get(f"page:{session['node']}", 0)
            offered = [node.item.replace("*", str(item)) for item in items[first:]]
            if meaning in offered[: node.per_page]:
                return str(offered.index(meaning) + 1)
        raise AssertionError(f"{meaning} is not offered at {self.at}: {self.answer}")

    def offers(self, meaning: str) -> bool:
        try:
            self._key_of(meaning)
        except AssertionError:
            return False
        return True

    def for_somebody_new(self) -> str:
        """From wherever a known household is asked who it is about, to the first of her facts."""
        while self.at != "visit/ask_who":
            another = self.offers("household.another")
            self.press("household.another" if another else "household.new")
        return self.answer

    def choose_language(self, language: str = "hi") -> str:
        """Page on to the language, and press its key."""
        place = self.session["variables"]["languages"].index(language)
        while place >= LANGUAGES_A_PAGE:
            self.press_more()
            place -= LANGUAGES_A_PAGE
        return self.key(str(place + 1))

    def press_more(self) -> str:
        return self.key(str(LANGUAGES_A_PAGE + 1))

    def wait(self) -> str:
        """Let the time run out."""
        return self.post()

    def say(self, url: str = "https://api.twilio.com/rec") -> str:
        """Speak into the recording."""
        return self.post(recording_url=url, recording_s=3)

    def skip_name(self) -> str:
        """Say nothing where the name is asked for."""
        return self.wait() if self.at == "visit/ask_name" else self.answer

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


def register(line: Line, *, who: str = "household.self_female", age: str = "34") -> str:
    """Whoever calls for the first time, in Hindi, up to the tone at which she tells her trouble."""
    line.choose_language()
    line.press("consent.agree")
    return tell_who(line, who=who, age=age)


def tell_who(line: Line, *, who: str = "household.self_female", age: str = "34") -> str:
    """Key a person who is not pregnant and whose guardian is there; no name is said."""
    line.press(who)
    if line.at == "visit/ask_sex":
        line.press("household.female")
    line.key(age + "#" if len(age) < 2 else age)
    answers = {
        "visit/ask_months": lambda: line.key("6#"),
        "visit/ask_guardian": lambda: line.press("answer.if_yes"),
        "visit/ask_pregnant": lambda: line.press("answer.if_no"),
        "visit/ask_name": line.wait,
    }
    while line.at in answers:
        answers[line.at]()
    return line.answer


def fever_by_keys(line: Line, *, danger: str = NO_DANGER) -> str:
    """At the tone: fever by keys, for a day, mild; without danger up to the spoken token."""
    line.press("tell.by_keys")
    if line.at == "complaint/area":
        line.press("area.general")
    line.press("symptom.fever")
    if line.at == "complaint/ask_duration":
        line.press("duration.one")
    if line.at == "complaint/ask_severity":
        line.press("severity.mild")
    return line.press(danger)


def to_the_token(line: Line, *, who: str = "household.self_female", age: str = "34") -> str:
    """A first call in Hindi up to the spoken token: not pregnant, fever by keys, no danger."""
    line.dial()
    register(line, who=who, age=age)
    return fever_by_keys(line)


def whispered(line: Line, sid: str = "") -> Line:
    """The doctor has picked up the dial of this line's answer, and hears the whisper."""
    [offer_id, *_] = re.findall(r"/offer/([0-9a-f]+)/whisper", line.answer)
    doctor = Line(line.desk, sid or f"{line.sid}d", DOCTOR)
    answer = line.desk.calls.receive_whisper("twilio", offer_id, doctor.leg())
    assert isinstance(answer, str), answer
    doctor.answer = answer
    return doctor


def to_the_talk(desk: Desk, line: Line, *, talk_s: int = 200) -> str:
    """From the token through a talk with the doctor who is free, up to the question after it."""
    line.wait()
    desk.work_off()
    line.redirected()
    whispered(line).press("offer.accept")
    desk.clock.forward(talk_s)
    return line.post(dial_status="completed", dial_s=talk_s - 5, dial_bridged=True)
