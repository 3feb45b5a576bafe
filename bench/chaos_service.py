"""The service of the chaos run: real processes on one machine, with the levers to break them."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import requests
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select, update

from bench.chaos_audit import Event, Left, Visit
from config.settings import Environment, Settings, developer_secrets
from gateway import embedded
from gateway.commands.run import desk_settings, environment_of
from gateway.container import Container
from gateway.db import migrate
from gateway.db.models import (
    Call,
    Caller,
    Consultation,
    Doctor,
    Message,
    Offer,
    OutboundCall,
    Ticket,
    Turn,
)
from gateway.domain.errors import GatewayError
from gateway.domain.states import (
    LIVE_OFFERS,
    OPEN_TICKETS,
    ConsultationStatus,
    DoctorStatus,
    MessageStatus,
    OutboundStatus,
)
from gateway.running import Stack, everything, free_port
from gateway.services.rota import NewDoctor

# Line seconds in a second of the clock, and of a talk. It is long by the clock as well: where the
# carrier's figure is lost, the gateway measures by its own, and below its shortest it was no talk.
SPEED: Final = 20
TALK_S: Final = 320
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
KILLED: Final = ("web", "worker-voice", "worker-sms", "worker-speech", "sweeper")
# Whom unanswered rings have paused says that she is back after so long.
BACK_AFTER_S: Final = 10.0
_HELD_CALLS: Final = (OutboundStatus.PLACING, OutboundStatus.PLACED, OutboundStatus.ANSWERED)


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
        """Wrap-up takes its minutes by the clock of the lines, and only the service ends it; a
        doctor who was paused comes back by herself after a while."""
        paused_since: dict[str, float] = {}
        while not until.wait(0.5):
            with self.parts.work.begin() as unit:
                soon = unit.now + unit.rules.doctor.wrap_up / SPEED
                writing = (Doctor.status == DoctorStatus.WRAP_UP, Doctor.resumes_at > soon)
                unit.change(update(Doctor).where(*writing).values(resumes_at=soon))
                paused = unit.db.scalars(
                    select(Doctor.id).where(Doctor.status == DoctorStatus.PAUSED)
                ).all()
            now = time.monotonic()
            paused_since = {doctor_id: paused_since.get(doctor_id, now) for doctor_id in paused}
            for doctor_id, since in paused_since.items():
                if now - since > BACK_AFTER_S:
                    self.parts.rota.go_on_duty(doctor_id)

    def is_quiet(self) -> bool:
        with self.parts.work.begin() as unit:
            return not any(
                unit.db.scalar(select(func.count()).where(condition))
                for condition in (
                    Offer.status.in_(LIVE_OFFERS),
                    Ticket.status.in_(OPEN_TICKETS),
                    Message.status.in_((MessageStatus.QUEUED, MessageStatus.SENDING)),
                    Consultation.status == ConsultationStatus.OPEN,
                    OutboundCall.status.in_(_HELD_CALLS),
                )
            )

    def let_leases_run_out(self) -> int:
        """Put the time of everything that is held forward; return how many were held."""
        past = datetime.now(UTC) - timedelta(minutes=3)
        texts = Message.status.in_((MessageStatus.SENDING, MessageStatus.QUEUED))
        silent = Call.ended_at.is_(None)
        with self.parts.work.begin() as unit:
            unit.change(
                update(Turn)
                .where(Turn.call_id.in_(select(Call.id).where(silent)))
                .values(created_at=past)
            )
            unit.change(update(Call).where(silent).values(started_at=past))
            return sum(
                unit.change(statement)
                for statement in (
                    update(Offer).where(Offer.status.in_(LIVE_OFFERS)).values(lease_until=past),
                    update(Message)
                    .where(texts)
                    .values(lease_until=past, sent_at=past, due_at=past),
                    update(OutboundCall)
                    .where(OutboundCall.status.in_(_HELD_CALLS))
                    .values(lease_until=past),
                )
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

    def left(self) -> Left:
        """Return what is held by nothing that goes on."""
        conditions = (
            Doctor.status == DoctorStatus.ENGAGED,
            Consultation.status == ConsultationStatus.OPEN,
            OutboundCall.status.in_(_HELD_CALLS),
        )
        with self.parts.work.begin() as unit:
            return Left(*(unit.db.scalar(select(func.count()).where(it)) or 0 for it in conditions))


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


def enrol(desk: Service, numbers: list[str]) -> None:
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
