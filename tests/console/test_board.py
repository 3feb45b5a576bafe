"""The supervisor's board: numbers and transitions, nobody's data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gateway.db.models import Message
from gateway.dead_letters import DeadLetters
from gateway.domain.roles import Role
from gateway.domain.states import MessageStatus
from gateway.web.parts import EXTENSION
from tests.conftest import database_url
from tests.console.clinic import PARACETAMOL, Clinic, shown
from tests.services.line import Line, to_the_talk, to_the_token
from tests.services.test_dead_letters import fail, work_off

# What these pages ask is asked nowhere else, so they are held on both databases.
__all__ = ["database_url"]


def test_the_board_counts_who_waits_and_for_how_long(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    for n in range(2):
        to_the_token(Line(clinic.desk, f"CA{n}", f"+91980000010{n}"))
    clinic.desk.clock.forward(125)
    page = clinic.signed_in("super").get("/board").text
    assert shown(page, "waiting-routine") == ["2"]
    assert shown(page, "waiting-red") == ["0"]
    assert shown(page, "oldest-wait") == ["2:05"]


def test_the_board_tells_doctors_by_status_and_messages_that_were_lost(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    clinic.doctor()
    to_the_token(Line(clinic.desk, "CA1"))
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Message).values(status=MessageStatus.FAILED))
    page = clinic.signed_in("super").get("/board").text
    assert shown(page, "doctors-available") == ["1"]
    assert shown(page, "doctors-paused") == ["0"]
    assert shown(page, "lost-messages") == ["1"]
    clinic.desk.clock.forward(25 * 3600)
    later = clinic.signed_in("super").get("/board/figures").text
    assert shown(later, "lost-messages") == ["0"]


def test_the_board_shows_nobodys_data(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    clinic.doctor()
    consultation_id = clinic.consultation()
    clinic.signed_in().prescribe(consultation_id, PARACETAMOL)
    page = clinic.signed_in("super").get("/board").text
    assert len(shown(page, "event")) > 10
    for part in ("fever", "PARACETAMOL", "9800000001", "Asha", "34 years", "बुखार"):
        assert part not in page


def test_a_supervisor_and_an_admin_begin_at_the_board_and_a_doctor_may_not_enter(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    for username, role in (("super", Role.SUPERVISOR), ("root", Role.ADMIN)):
        clinic.account(username, role)
        assert clinic.browser().sign_in(username).location == "/board"
    assert clinic.signed_in("asha").get("/board").status_code == 403
    assert clinic.browser().get("/board").status_code == 302


def test_the_board_counts_what_patients_said_of_their_talks(clinic: Clinic) -> None:
    clinic.doctor()
    clinic.account("sup", Role.SUPERVISOR)
    line = Line(clinic.desk, "CA1")
    to_the_token(line)
    to_the_talk(clinic.desk, line)
    line.press("answer.if_no")
    page = clinic.signed_in("sup").get("/board").text
    assert (shown(page, "helped"), shown(page, "not-helped")) == (["0"], ["1"])


def test_failed_jobs_are_listed_and_forgotten(
    clinic: Clinic, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.account("super", Role.SUPERVISOR)
    redis = Redis.from_url(valkey_url)
    parts = clinic.app.extensions[EXTENSION]
    monkeypatch.setitem(
        clinic.app.extensions, EXTENSION, replace(parts, dead_letters=DeadLetters(redis))
    )
    DeadLetters(redis).forget()
    browser = clinic.signed_in("super")
    assert shown(browser.get("/board/jobs").text, "no-failed-jobs")
    fail(redis, "gateway.jobs.place_call", "row-1", queue="voice")
    page = browser.get("/board/jobs").text
    [row] = shown(page, "failed-job")
    assert "place_call" in row
    assert "row-1" in row
    [job_id] = [letter.job_id for letter in DeadLetters(redis).all()]
    browser.post(f"/board/jobs/{job_id}/again", page="/board/jobs")
    assert shown(browser.get("/board/jobs").text, "no-failed-jobs")
    work_off(redis)
    assert shown(browser.get("/board/jobs").text, "failed-job")
    browser.post(f"/board/jobs/{job_id}/discard", page="/board/jobs")
    assert shown(browser.get("/board/jobs").text, "no-failed-jobs")
    fail(redis, "gateway.jobs.place_call", "row-1", queue="voice")
    browser.post("/board/jobs/forget", page="/board/jobs")
    assert shown(browser.get("/board/jobs").text, "no-failed-jobs")


def test_a_queue_that_does_not_answer_is_told_on_the_page_of_failed_jobs(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    answer = clinic.signed_in("super").get("/board/jobs")
    assert answer.status_code == 503
    assert "REDIS_URL" in answer.text


def test_failed_jobs_are_no_doctors_business(clinic: Clinic) -> None:
    clinic.doctor()
    assert clinic.signed_in().get("/board/jobs").status_code == 403


def test_the_board_shows_and_sets_the_shifts_of_a_doctor(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    doctor_id = clinic.doctor()
    browser = clinic.signed_in("super")
    [row] = shown(browser.get("/board/rota").text, "on-rota")
    assert "not known" in row

    def told(hours: str, doctor_id: str = doctor_id) -> TestResponse:
        return browser.post(f"/board/rota/{doctor_id}", page="/board/rota", hours=hours)

    assert told("mon-sat 09:00-13:00").status_code == 303
    page = browser.get("/board/rota").text
    assert 'value="mon-sat 09:00-13:00"' in page
    assert "notice-hours_set" in page
    page = told("mon 9-13").text
    assert "notice-hours_unreadable" in page
    assert 'value="mon 9-13"' in page
    assert clinic.desk.rota.doctors()[0].hours == "mon-sat 09:00-13:00"
    told("")
    assert clinic.desk.rota.doctors()[0].comes_at is None
    assert told("", "nobody").status_code == 404
