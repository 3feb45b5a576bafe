"""Who may enter the console, and how: signing in, signing out, roles."""

from __future__ import annotations

import pytest

from gateway.domain.roles import Role
from tests.console.clinic import PASSWORD, Clinic, field_of, shown

LOGIN = "/console/login"


def test_a_doctor_signs_in_and_sees_her_day(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.browser()
    answer = browser.sign_in()
    assert (answer.status_code, answer.location) == (303, "/console")
    page = browser.get("/console")
    assert "Dr Asha Rao" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_stranger_is_led_to_the_sign_in_page_and_back(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.browser()
    led = browser.get("/console/visit/x")
    assert led.status_code == 302
    assert led.location.startswith(LOGIN)
    login = browser.get(led.location).text
    asked = {"username": "asha", "password": PASSWORD, "next": field_of(login, "next")}
    back = browser.post(LOGIN, page=led.location, **asked)
    assert back.location == "/console/visit/x"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/\\x"])
def test_signing_in_never_leads_elsewhere(clinic: Clinic, target: str) -> None:
    clinic.doctor()
    answer = clinic.browser().post(
        LOGIN, page=LOGIN, username="asha", password=PASSWORD, next=target
    )
    assert answer.location == "/console"


def test_a_wrong_password_and_an_unknown_name_get_one_answer(clinic: Clinic) -> None:
    clinic.doctor()
    wrong = clinic.browser().sign_in("asha", "not her password")
    unknown = clinic.browser().sign_in("nobody", "not her password")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert shown(wrong.text, "sign-in-refused") == shown(unknown.text, "sign-in-refused") != []


def test_after_five_wrong_tries_the_right_password_waits_a_minute(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.browser()
    for _ in range(5):
        assert browser.sign_in("asha", "not her password").status_code == 401
    assert browser.sign_in().status_code == 401
    clinic.desk.clock.forward(61)
    assert browser.sign_in().status_code == 303


def test_signing_out_ends_the_session(clinic: Clinic) -> None:
    clinic.doctor()
    browser = clinic.signed_in()
    assert browser.post("/console/logout", page="/console").status_code == 303
    assert browser.get("/console").status_code == 302


# Roles


def test_a_supervisor_reads_no_consultation(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    clinic.account("super", Role.SUPERVISOR)
    browser = clinic.signed_in("super")
    for path in ("/console", f"/console/visit/{consultation_id}", "/console/recording/x"):
        answer = browser.get(path)
        assert answer.status_code == 403, path
        assert shown(answer.text, "error-403"), "refused by role, before any view ran"
        assert "fever" not in answer.text


def test_a_role_without_a_page_is_told_so(clinic: Clinic) -> None:
    clinic.account("worker", Role.HEALTH_WORKER)
    browser = clinic.browser()
    assert browser.sign_in("worker").status_code == 403
    assert browser.get("/console").status_code == 302


def test_a_doctors_account_without_a_place_on_the_rota_is_told_what_to_do(clinic: Clinic) -> None:
    clinic.account("new", Role.DOCTOR)
    answer = clinic.signed_in("new").get("/console")
    assert answer.status_code == 403
