"""The running service, seen from outside: its processes, its carrier, its phones, its rows."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import requests
from redis import Redis
from sqlalchemy import select, update

from config.settings import Settings
from gateway import embedded
from gateway.commands.run import DOCTOR_NAME, DOCTOR_PHONE
from gateway.container import Container
from gateway.db.models import Consultation, Doctor, Message, Offer, Ticket
from gateway.demo.consultation import DOCTOR, FIRST_CALL, Person, connected, hung_up, together
from gateway.demo.gloss import Gloss
from gateway.demo.phone import Event, Phone
from gateway.domain.states import LIVE_OFFERS, OPEN_TICKETS, DoctorStatus, OfferStatus, TicketStatus
from gateway.running import Stack

# By keypad alone: fever, nothing else, no danger; and yes to whoever calls back.
KEYPAD: Final = {**FIRST_CALL, "tell.after_tone": "2", "callback.who": "1"}
PATIENCE_S: Final = 25.0
VOLUNTEERS: Final = "+911800000109"
STAFF: Final = "+911800000108"
# Line seconds in a second of the clock.
SPEED: Final = 20
# Line seconds; long enough not to be rounded to nothing.
TALK_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Record:
    """What is left of one patient's visit: in the database, and on her phone."""

    tickets: tuple[str, ...]
    consultations: tuple[str, ...]
    messages: tuple[str, ...]
    inbox: int
    doctor: str


# The same whatever happens on the way: one ticket, one talk, one message that came once.
ONE_TALK: Final = Record(
    tickets=("done",),
    consultations=("talked",),
    messages=("delivered",),
    inbox=1,
    doctor="wrap_up",
)


def eventually(holds: Callable[[], bool], what: str, *, within_s: float = PATIENCE_S) -> None:
    """Wait until it holds. Errors: AssertionError naming what did not."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s:g} s: {what}"
        time.sleep(0.05)


def heard(prompt: str) -> Callable[[Person, Event], bool]:
    """Return the test whether this prompt was said just now."""

    def said(person: Person, event: Event) -> bool:
        return event["kind"] == "prompt" and person.prompts[-1:] == [prompt]

    return said


@dataclass(slots=True)
class Desk:
    """Everything on one machine, with the levers to break it."""

    settings: Settings
    parts: Container
    stack: Stack
    valkeys: ExitStack
    events: list[tuple[str, Event]] = field(default_factory=list)

    def phone(self, number: str, name: str) -> Phone:
        return Phone(
            self.settings.twilio_api_url,
            number,
            name=name,
            listener=lambda who, event: self.events.append((who, event)),
        )

    def patient(self, number: str) -> Person:
        return Person(self.phone(number, "Patient"), KEYPAD, self._gloss())

    def doctor(self) -> Person:
        """The doctor, who has seen all that happened to her phone before now."""
        doctor = Person(self.phone(DOCTOR_PHONE, "Doctor"), DOCTOR, self._gloss())
        for _ in doctor.phone.events(timeout_s=0.2):
            pass
        return doctor

    @contextmanager
    def another_phone(self, number: str) -> Iterator[Person]:
        """A second telephone of the doctor, as long as it is hers."""
        doctor_id = self._doctor().id
        person = Person(self.phone(number, "Second"), DOCTOR, self._gloss())
        assert self.parts.doctor_phones.add(doctor_id, number) is None
        yield person
        assert self.parts.doctor_phones.remove(doctor_id, number) is None

    def kinds(self, name: str) -> list[str]:
        """What happened so far to the phone of this name, without its details."""
        return [event["kind"] for who, event in self.events if who == name]

    def _gloss(self) -> Gloss:
        return Gloss(self.parts.book.catalogue("hi"), self.parts.book.catalogue("en"))

    # The rota

    def go_on_duty(self) -> None:
        assert self.parts.rota.go_on_duty(self._doctor().id)

    def make_pin(self) -> str:
        return self.parts.rota.make_pin(self._doctor().id)

    def doctor_status(self) -> str:
        return self._doctor().status.value

    def _doctor(self) -> Doctor:
        account = self.parts.accounts.find(DOCTOR_NAME)
        assert account is not None
        doctor = self.parts.rota.doctor_of(account.id)
        assert doctor is not None
        return doctor

    # The carrier

    def misbehave(self, **faults: object) -> None:
        """Replace the carrier's faults; without any it behaves again."""
        answer = requests.post(
            f"{self.settings.twilio_api_url}/control/misbehave", json=faults, timeout=10
        )
        answer.raise_for_status()

    def carrier_log(self, kind: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.settings.twilio_api_url}/log", timeout=10)
        answer.raise_for_status()
        return [event for event in answer.json() if event["kind"] == kind]

    # The processes

    def kill(self, *names: str) -> None:
        """End processes as the kernel does: no warning, nothing put in order."""
        for process in [p for p in self.stack.processes if p.name in names]:
            process.popen.kill()
            process.popen.wait()
            self.stack.processes.remove(process)

    def start_workers(self, *queues: str) -> None:
        running = {process.name for process in self.stack.processes}
        for queue in queues:
            if f"worker-{queue}" not in running:
                self.stack.start(f"worker-{queue}", ["gateway.cli", "worker", queue])

    def flush_valkey(self) -> None:
        self._valkey().flushall()

    def kill_valkey(self) -> None:
        pid = self._valkey().info("server")["process_id"]
        os.kill(int(pid), signal.SIGKILL)
        eventually(lambda: not embedded.answers(self.parts.redis_url), "Valkey is dead")

    def start_valkey(self) -> None:
        self.valkeys.enter_context(embedded.valkey(self.settings.data_dir))

    def _valkey(self) -> Redis:
        return Redis.from_url(self.parts.redis_url)

    # The rows

    def record_of(self, patient: Person) -> Record:
        inbox, doctor = len(patient.phone.inbox()), self.doctor_status()
        with self.parts.work.begin() as unit:
            caller = self.parts.directory.caller_of(unit, patient.phone.number)
            assert caller is not None
            tickets = unit.db.scalars(select(Ticket).where(Ticket.caller_id == caller.id)).all()
            talks = unit.db.scalars(
                select(Consultation).where(Consultation.ticket_id.in_([t.id for t in tickets]))
            ).all()
            messages = unit.db.scalars(select(Message).where(Message.caller_id == caller.id)).all()
            return Record(
                tickets=tuple(ticket.status.value for ticket in tickets),
                consultations=tuple(str(talk.status) for talk in talks),
                messages=tuple(message.status.value for message in messages),
                inbox=inbox,
                doctor=doctor,
            )

    def talk_s(self, patient: Person) -> list[int | None]:
        """The talk times of this patient's consultations, in line seconds."""
        with self.parts.work.begin() as unit:
            caller = self.parts.directory.caller_of(unit, patient.phone.number)
            assert caller is not None
            return list(
                unit.db.scalars(
                    select(Consultation.talk_s)
                    .join(Ticket, Ticket.id == Consultation.ticket_id)
                    .where(Ticket.caller_id == caller.id)
                )
            )

    def ticket_of(self, patient: Person) -> Ticket:
        with self.parts.work.begin() as unit:
            caller = self.parts.directory.caller_of(unit, patient.phone.number)
            assert caller is not None
            return unit.db.scalars(select(Ticket).where(Ticket.caller_id == caller.id)).one()

    def offers_of(self, patient: Person) -> list[Offer]:
        ticket_id = self.ticket_of(patient).id
        with self.parts.work.begin() as unit:
            return list(unit.db.scalars(select(Offer).where(Offer.ticket_id == ticket_id)))

    def let_leases_run_out(self) -> None:
        """The half minute in which the carrier might still answer has passed."""
        with self.parts.work.begin() as unit:
            unit.db.execute(update(Message).values(lease_until=datetime.now(UTC)))

    def let_call_back_fall_due(self) -> None:
        """The time has passed that she is given to call again by herself."""
        with self.parts.work.begin() as unit:
            unit.db.execute(
                update(Ticket)
                .where(Ticket.call_back_due_at.is_not(None))
                .values(call_back_due_at=datetime.now(UTC))
            )

    # The people

    def meet(self, patient: Person, doctor: Person) -> None:
        """The doctor takes the call that comes; both are joined, talk, and she hangs up."""

        def ring_and_take() -> None:
            doctor.phone.wait_for("ringing", timeout_s=PATIENCE_S)
            doctor.phone.answer()
            doctor.until(connected, timeout_s=PATIENCE_S)

        together(lambda: patient.until(connected, timeout_s=2 * PATIENCE_S), ring_and_take)
        time.sleep(TALK_S / SPEED)
        doctor.phone.hang_up()
        patient.until(hung_up, timeout_s=PATIENCE_S)

    def ends_as(self, patient: Person, record: Record) -> None:
        """Wait for the last callbacks, and show the difference if they do not bring it about."""
        try:
            eventually(lambda: self.record_of(patient) == record, "the record", within_s=10)
        except AssertionError:
            assert self.record_of(patient) == record

    def tidy(self) -> None:
        """Leave nothing of this test to the next: calls, faults, open tickets, a busy doctor."""
        self.misbehave()
        requests.post(f"{self.settings.twilio_api_url}/control/reset", timeout=10)
        if not embedded.answers(self.parts.redis_url):
            self.start_valkey()
        self.start_workers("voice", "sms", "speech")
        now = datetime.now(UTC)
        with self.parts.work.begin() as unit:
            unit.db.execute(
                update(Offer)
                .where(Offer.status.in_(LIVE_OFFERS))
                .values(status=OfferStatus.CANCELLED, ended_at=now)
            )
            unit.db.execute(
                update(Ticket)
                .where(Ticket.status.in_(OPEN_TICKETS))
                .values(status=TicketStatus.CANCELLED, closed_at=now)
            )
            unit.db.execute(update(Doctor).values(status=DoctorStatus.OFF_DUTY))
