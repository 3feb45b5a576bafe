"""A doctor sends a patient to a hospital, and asks for tests."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gateway.db.models import Message, Patient, Slip
from tests.conftest import database_url
from tests.console.clinic import Browser, Clinic, shown

# What these pages ask is asked nowhere else, so they are held on both databases.
__all__ = ["database_url"]


def send(browser: Browser, consultation_id: str, **fields: str | list[str]) -> TestResponse:
    path = f"/console/visit/{consultation_id}"
    return browser.post(f"{path}/slip", page=path, **{"key": "k1", **fields})


def texts(clinic: Clinic) -> list[str]:
    kinds = ("referral", "investigation")
    rows = [row for row in clinic.desk.all(Message) if isinstance(row, Message)]
    return [row.body for row in sorted(rows, key=lambda row: row.purpose_key) if row.kind in kinds]


def test_a_referral_and_tests_are_recorded_and_texted_in_her_language(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    sent = send(
        browser,
        consultation_id,
        place="district_hospital",
        when="today",
        test=["hb", "malaria", "urine", "ecg"],
        reason="fever for ten days",
    )
    assert sent.status_code == 303
    referral, first, second = texts(clinic)
    assert "ज़िला अस्पताल" in referral
    assert "आज ही" in referral
    assert "MH-12345" in referral
    assert "HB, MALARIA RDT/SMEAR" in first
    assert "URINE R/M, ECG" in second
    assert "fever" not in referral + first + second
    page = browser.get(f"/console/visit/{consultation_id}").text
    assert len(shown(page, "slip")) == 1
    assert "fever for ten days" in page


def test_a_form_that_is_sent_twice_makes_one_slip(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    for _ in range(2):
        assert send(browser, consultation_id, test=["hb"]).status_code == 303
    assert len(clinic.desk.all(Slip)) == 1
    assert len(texts(clinic)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"place": "district_hospital"},
        {"when": "today"},
        {"place": "the moon", "when": "today"},
        {"place": "health_centre", "when": "some day"},
        {"place": "nearest_hospital", "when": "this_week"},
        {"test": ["horoscope"]},
        {"test": ["hb"], "reason": "x" * 501},
    ],
)
def test_a_slip_that_says_nothing_or_nonsense_is_refused_with_a_word(
    clinic: Clinic, fields: dict[str, str | list[str]]
) -> None:
    clinic.doctor()
    refused = send(clinic.signed_in(), clinic.consultation(), **fields)
    assert refused.status_code == 422
    assert shown(refused.text, "slip-refused")[0]
    assert not clinic.desk.all(Slip)
    assert not texts(clinic)


def test_danger_does_not_wait_but_goes_at_once(clinic: Clinic) -> None:
    clinic.doctor()
    sent = send(clinic.signed_in(), clinic.consultation(), place="nearest_hospital", when="at_once")
    assert sent.status_code == 303
    assert "तुरंत" in texts(clinic)[0]


def test_who_wants_no_sms_gets_none_and_the_doctor_is_told(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Patient).values(no_sms=True))
    browser = clinic.signed_in()
    assert send(browser, consultation_id, test=["hb"]).status_code == 303
    assert not texts(clinic)
    assert shown(browser.get(f"/console/visit/{consultation_id}").text, "no-sms")


def test_without_a_talk_there_is_no_slip(clinic: Clinic) -> None:
    clinic.doctor()
    refused = send(clinic.signed_in(), clinic.consultation(joined=False), test=["hb"])
    assert refused.status_code == 422
    assert not clinic.desk.all(Slip)


def test_another_doctors_patient_is_not_hers_to_send(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    clinic.doctor("ravi", "+919800000009")
    path = f"/console/visit/{consultation_id}/slip"
    answer = clinic.signed_in("ravi").post(path, page="/console", key="k", test=["hb"])
    assert answer.status_code == 404
    assert not clinic.desk.all(Slip)


def test_a_slip_is_sealed_where_it_is_kept(clinic: Clinic) -> None:
    clinic.doctor()
    send(clinic.signed_in(), clinic.consultation(), test=["hb"], reason="a secret reason")
    with clinic.desk.engine.connect() as db:
        raw = db.exec_driver_sql("SELECT document FROM slips").scalar_one()
    assert b"secret" not in bytes(raw)


def test_a_refused_medicine_leads_to_the_slip(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    refused = clinic.signed_in().prescribe(
        consultation_id, {"medicine": "morphine", "strength": "", "dose": "1-0-1", "days": "2"}
    )
    assert refused.status_code == 422
    assert shown(refused.text, "to-slips")
