"""A doctor's day: her duty, her PIN, and who comes first."""

from __future__ import annotations

import re

from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Consultation
from gateway.domain.states import DoctorStatus
from tests.console.clinic import Clinic, shown


def test_she_goes_on_a_break_off_duty_and_on_again(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()

    def move(to: str) -> DoctorStatus:
        assert browser.post("/console/duty", page="/console", to=to).status_code == 303
        return clinic.desk.doctors()[0].status

    assert move("break") is DoctorStatus.PAUSED
    assert move("off") is DoctorStatus.OFF_DUTY
    assert move("break") is DoctorStatus.OFF_DUTY
    assert move("on") is DoctorStatus.AVAILABLE


def test_a_doctor_with_a_patient_stays_with_her(clinic: Clinic) -> None:
    doctor_id = clinic.doctor()
    with Session(clinic.desk.engine) as db, db.begin():
        db.get_one(type(clinic.desk.doctors()[0]), doctor_id).status = DoctorStatus.ENGAGED
    browser = clinic.signed_in()
    for to in ("break", "off"):
        browser.post("/console/duty", page="/console", to=to)
        assert clinic.desk.doctors()[0].status is DoctorStatus.ENGAGED
    assert shown(browser.get("/console").text, "notice-duty_kept")


def test_an_unknown_duty_is_a_bad_request(clinic: Clinic) -> None:
    clinic.doctor()
    answer = clinic.signed_in().post("/console/duty", page="/console", to="sleep")
    assert answer.status_code == 400


def test_a_new_pin_is_shown_once_and_kept_by_no_browser(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()
    answer = browser.post("/console/pin", page="/console")
    [pin] = re.findall(r"<strong>(\d{6})</strong>", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert pin not in browser.get("/console").text
    [again] = re.findall(
        r"<strong>(\d{6})</strong>", browser.post("/console/pin", page="/console").text
    )
    assert again != pin


def test_the_live_consultation_comes_first(clinic: Clinic) -> None:
    doctor_id = clinic.doctor()
    older = clinic.consultation("CA1")
    clinic.desk.rota.go_on_duty(doctor_id)
    newer = clinic.consultation("CA2", "+919800000003")
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Consultation).where(Consultation.id == older).values(ended_at=None))
    page = clinic.signed_in().get("/console").text
    links = re.findall(r'href="/console/visit/([0-9a-f]+)"', page)
    assert links == [older, newer]
    assert shown(page, "live") == ["On the line now"]
