"""The services over a real database, with fakes only at the carrier's edge and at the ear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

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
)
from gateway.db.session import open_sessions
from gateway.domain.rates import RateLimits
from gateway.services.aftercare_texts import AftercareTexts
from gateway.services.callers import Directory
from gateway.services.calls import Calls
from gateway.services.conversation import Conversation
from gateway.services.dispatch import Dispatch
from gateway.services.doctor_phones import DoctorPhones
from gateway.services.doctors_texts import DoctorsTexts
from gateway.services.duty import Duty
from gateway.services.health_workers import HealthWorkers
from gateway.services.inbox import Inbox
from gateway.services.keyed_medicines import KeyedMedicines
from gateway.services.keyed_prescriptions import KeyedPrescriptions
from gateway.services.keyed_slips import KeyedSlips
from gateway.services.letters import Letters
from gateway.services.messages import Texts
from gateway.services.placing import Placing
from gateway.services.ports import (
    Carrier,
)
from gateway.services.prescription_reading import Reading
from gateway.services.prescriptions import Prescriptions
from gateway.services.presenting import Presenting
from gateway.services.rates import Rates
from gateway.services.receipts import Receipts
from gateway.services.recordings import Complaints, Transcribing
from gateway.services.roads import Roads
from gateway.services.rooms import Rooms
from gateway.services.rota import NewDoctor, Rota
from gateway.services.sending import Sending
from gateway.services.slips import Slips
from gateway.services.spokes import Spokes
from gateway.services.sweep import Sweeper, Swept
from gateway.services.text_claims import Claims
from gateway.services.triaging import Triage
from gateway.services.vitals import Vitals
from gateway.services.volunteering import Volunteering
from gateway.services.waiting_room import WaitingRoom
from gateway.services.work import Job, Work
from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.speech import AudioTokens, CarrierVoice, SpeechBook
from sms.catalogue import Catalogue
from tests.domain.formulary_file import diagnoses, shipped
from tests.domain.hours_file import HOURS
from tests.domain.order_file import ORDER
from tests.domain.slips_file import slip_choices
from tests.services.data import (
    DOCTOR,
    NUMBERS,
    ORIGIN,
    PATIENT,
    TOLL_FREE,
    command_words,
    day_in_hindi,
    flow_book,
    shipped_tips,
    sms_catalogue,
    triage_rules,
    vital_rules,
)
from tests.services.fakes import Clock, FakeCarrier, FakeEar, HeldEffects, Queue
from tests.services.line import (
    Line,
)

_M = TypeVar("_M", bound=Base)


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
            complaints=Complaints(self.ear, triage_rules()),
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
