"""The real service behind the contract of the carriers, with flows of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Environment, Settings, make_keys
from gateway.container import Container
from gateway.db.models import (
    Base,
)
from gateway.services.rota import NewDoctor
from gateway.services.work import Job
from gateway.telephony.dialects import DIALECTS
from ivr_flows.definitions import load_definitions
from ivr_flows.engine.catalogue import Catalogue, parse_template
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.lines import Line as SpokenLine
from ivr_flows.engine.numbers import NumberWords
from tests.services.fakes import FakeCarrier, Queue
from tests.telephony.exchanges import (
    DOCTOR,
    LINES,
    ORIGIN,
    SECRETS,
    TRYING,
    Line,
)

TO_US = "+911800000100"
_R = TypeVar("_R", bound=Base)
CARRIERS = sorted(LINES)
BRIDGING = [name for name in CARRIERS if DIALECTS[name].has_whisper]
TAKING_CALLS = [name for name in CARRIERS if not DIALECTS[name].has_whisper]


@cache
def book() -> FlowBook:
    """The contract's own flows; each prompt is its own key, so a caller hears what she presses."""
    flows = [d.flow for d in load_definitions(Path(__file__).parent / "contract_flows")]
    lines: list[SpokenLine] = [
        line for flow in flows for n in flow.nodes.values() for line in n.lines()
    ]
    keys = {line.prompt for line in lines} | {
        *(f"key.{key}" for key in range(10)),
        *("ear.silence", "ear.invalid", "ear.no_voice", "list.and", "age.years", "age.under_one"),
        *("apology.failure", "apology.unknown_call"),
    }
    templates = {key: parse_template(TRYING + key) for key in sorted(keys)}
    catalogue = Catalogue("hi", templates, NumberWords("num2words", "en"))
    return FlowBook({(flow.flow, flow.version): flow for flow in flows}, {"hi": catalogue})


@dataclass
class Desk:
    parts: Container
    client: FlaskClient
    queue: Queue
    carrier: str
    asked: dict[str, FakeCarrier] = field(default_factory=dict)

    def line(self, **given: str) -> Line:
        return LINES[self.carrier](self.client, self.words, carrier=self.carrier, **given)

    def words(self, token: str) -> str:
        _, text, _ = self.parts.speech_book.open_audio_token(token)
        return text

    def rows(self, model: type[_R]) -> Sequence[_R]:
        with Session(self.parts.engine) as db:
            return db.scalars(select(model)).all()

    def doctor(self) -> None:
        doctor_id = self.parts.rota.enrol(NewDoctor("A. Rao", "MBBS", "MH-1", DOCTOR, ("hi",)))
        assert isinstance(doctor_id, str)
        self.parts.rota.go_on_duty(doctor_id)

    def dispatch(self) -> None:
        """Match doctors and patients, as a worker does, and ask the carrier to bring them on."""
        jobs = self.parts.job_parts()
        jobs.dispatch.dispatch()
        for job, subject_id in self.queue.hints:
            if job is Job.CONNECT_OFFER:
                jobs.dispatch.connect(subject_id)
        self.queue.hints.clear()


def settings(folder: Path, database_url: str, default_carrier: str) -> Settings:
    keys = make_keys()
    return Settings(
        doorvani_env=Environment.PRODUCTION,
        data_dir=folder,
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        public_url=ORIGIN,
        secret_key=keys["SECRET_KEY"],
        field_keys=keys["FIELD_KEYS"],
        signing_key=keys["SIGNING_KEY"],
        default_carrier=default_carrier,
        twilio_account_sid="AC",
        twilio_auth_token=SECRETS["twilio"],
        signalwire_project="project",
        signalwire_token="api",
        signalwire_signing_key=SECRETS["signalwire"],
        signalwire_api_url="https://space.signalwire.com/api/laml",
        somleng_account_sid="SO",
        somleng_auth_token=SECRETS["somleng"],
        plivo_auth_id="MA",
        plivo_auth_token=SECRETS["plivo"],
        kookoo_api_key="KK",
        kookoo_webhook_key=SECRETS["kookoo"],
        kookoo_sources="198.51.100.0/24, 2001:db8::/32",
    )


def press(line: Line, meaning: str) -> None:
    """Press the key that was said right after this meaning."""
    at = line.heard.index(meaning)
    line.press(line.heard[at + 1].removeprefix("key."))


def to_the_token(line: Line) -> None:
    line.dial()
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.keys")
    assert "token.spoken" in line.heard
