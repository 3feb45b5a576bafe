"""A clinic to test the pages with: the application, doctors with accounts, patients who called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gateway.db.models import Consultation, Patient
from gateway.dead_letters import DeadLetters
from gateway.domain.roles import Role
from gateway.services.accounts import Accounts
from gateway.services.clinic import Clinic as ClinicService
from gateway.services.prescriptions import Prescriptions
from gateway.services.regimens import Regimens
from gateway.services.rota import NewDoctor
from gateway.services.slips import Slips
from gateway.telephony.answers import TelephonyAnswers
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.signatures import SignatureGuard
from gateway.telephony.speech import AudioTokens, SpeechBook
from gateway.web.app import create_app
from gateway.web.metrics import Metrics
from gateway.web.parts import WebParts
from gateway.web.prompt_audio import PromptAudio
from tests.domain.formulary_file import diagnoses, shipped
from tests.domain.slips_file import slip_choices
from tests.lent import cheap_hasher
from tests.paper.documents import press
from tests.services.data import DOCTOR, ORIGIN, PATIENT, TOLL_FREE, flow_book, vital_rules
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, register, whispered

PASSWORD = "a long enough secret"
HTTP_ORIGIN = "http://localhost"


class _Ready:
    def problems(self) -> dict[str, str]:
        return {}


def _never_spoken(text: str, language: str) -> bytes:
    raise AssertionError("no prompt is synthesised for these pages")


class Clinic:
    """The application over a desk; sign-in hashes are cheap here, their cost has its own test."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.accounts = Accounts(work=desk.work, hasher=cheap_hasher())
        self.clinic = ClinicService(work=desk.work)
        self.prescriptions = Prescriptions(work=desk.work, formulary=shipped(), texts=desk.texts)
        self.app = self._app(folder)

    def _app(self, folder: Path) -> Flask:
        desk = self.desk
        book = SpeechBook(origin=ORIGIN, tokens=AudioTokens("test"), voices={})
        parts = WebParts(
            work=desk.work,
            calls=desk.calls,
            answers=TelephonyAnswers(
                origin=ORIGIN,
                caller_id=TOLL_FREE,
                dialects=DIALECTS,
                speech=book,
                book=flow_book(),
            ),
            prompts=PromptAudio(book=book, voice=_never_spoken, cache_dir=folder, recorded={}),
            receipts=desk.receipts,
            inbox=desk.inbox,
            accounts=self.accounts,
            rota=desk.rota,
            clinic=self.clinic,
            prescriptions=self.prescriptions,
            diagnoses=diagnoses(),
            vitals=vital_rules(),
            press=press(),
            regimens=Regimens(desk.work),
            slips=Slips(work=desk.work, choices=slip_choices(), texts=desk.texts),
            guard=SignatureGuard(HTTP_ORIGIN, {"twilio": ("token",)}),
            readiness=_Ready(),
            metrics=Metrics(desk.work),
            dead_letters=DeadLetters(Redis(port=1)),
            first_language="hi",
        )
        app = create_app(parts, secret_key="test", origin=HTTP_ORIGIN)
        app.testing = True
        return app

    def browser(self) -> Browser:
        return Browser(self.app.test_client())

    def account(self, username: str, role: Role) -> str:
        made = self.accounts.create(username, PASSWORD, role=role)
        assert isinstance(made, str)
        return made

    def doctor(self, username: str = "asha", phone: str = DOCTOR) -> str:
        """Add a doctor with an account, on duty; return her id."""
        account_id = self.account(username, Role.DOCTOR)
        doctor = NewDoctor("Asha Rao", "MBBS", "MH-12345", phone, ("hi", "en"), account_id)
        doctor_id = self.desk.rota.enrol(doctor)
        assert isinstance(doctor_id, str)
        self.desk.rota.go_on_duty(doctor_id)
        return doctor_id

    def signed_in(self, username: str = "asha") -> Browser:
        browser = self.browser()
        answer = browser.sign_in(username)
        assert answer.status_code == 303, answer.text
        return browser

    def consultation(
        self,
        sid: str = "CA1",
        number: str = PATIENT,
        *,
        who: str = "household.self_female",
        age: str = "34",
        joined: bool = True,
    ) -> str:
        """Have a patient call, wait and talk with the doctor who is free; return its id."""
        desk = self.desk
        line = Line(desk, sid, number)
        if line.dial().at == "inbound/whose":
            line.pick()
            fever_by_keys(line)
        else:
            register(line, who=who, age=age)
            fever_by_keys(line)
        line.wait()
        desk.work_off()
        line.redirected()
        whispered(line).press("offer.accept")
        desk.clock.forward(200)
        if joined:
            line.post(dial_status="completed", dial_s=195, dial_bridged=True)
        else:
            line.post(dial_status="no-answer", dial_bridged=False)
        desk.work_off()
        with Session(desk.engine) as db:
            found = db.scalar(
                select(Consultation.id).order_by(Consultation.started_at.desc()).limit(1)
            )
        assert found is not None
        return found

    def patient_of(self, consultation_id: str) -> Patient:
        with Session(self.desk.engine) as db:
            consultation = db.get_one(Consultation, consultation_id)
            return db.get_one(Patient, consultation.patient_id)


@dataclass
class Browser:
    """A client that fills in the tokens of the forms it was shown, as a browser does."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, *, page: str, **fields: object) -> TestResponse:
        """Post a form with the token of the page that it stands on."""
        token = field_of(self.get(page).text, "csrf_token")
        return self.client.post(path, data={"csrf_token": token, **fields})

    def sign_in(self, username: str = "asha", password: str = PASSWORD) -> TestResponse:
        login = "/console/login"
        return self.post(login, page=login, username=username, password=password)

    def prescribe(
        self, consultation_id: str, *lines: dict[str, str], action: str = "issue", **fields: object
    ) -> TestResponse:
        """Write a prescription on the visit's page and send it; other fields as they are named."""
        page = f"/console/visit/{consultation_id}"
        columns = ("medicine", "strength", "dose", "days", "instructions")
        asked = {
            "key": field_of(self.get(page).text, "key"),
            "diagnosis": "viral fever",
            "action": action,
            **{column: [line.get(column, "") for line in lines] for column in columns},
            **fields,
        }
        return self.post(f"{page}/prescription", page=page, **asked)


def field_of(page: str, name: str) -> str:
    """Return the value of the first input of that name on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name} on the page"
    return unescape(found[1])


def shown(page: str, testid: str) -> list[str]:
    """Return the texts of the elements with that test id, tags taken out."""
    found = re.findall(rf'<(\w+)[^>]*data-testid="{testid}"[^>]*>(.*?)</\1>', page, flags=re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split()) for _, body in found]


PARACETAMOL = {
    "medicine": "paracetamol",
    "strength": "tablet|500 mg",
    "dose": "1-0-1",
    "days": "3",
}
METFORMIN = {"medicine": "metformin", "strength": "tablet|500 mg", "dose": "1-0-1", "days": "30"}
