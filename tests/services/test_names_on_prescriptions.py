"""Whose prescription it is: the name as written, or plainly that it was only spoken, or not."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Patient
from tests.console.clinic import Clinic, shown
from tests.services.test_doctors_texts import answers, clinic, issued, kinds, pin
from tests.services.test_history import LINE, PCM, page, visit_of

__all__ = ["clinic", "pin"]

NO_NAME = {"name": "", "diagnosis": "fever"}


def spoken(clinic: Clinic, recording_id: str | None) -> None:
    with Session(clinic.desk.engine) as db:
        db.execute(update(Patient).values(name_recording_id=recording_id, name=None))
        db.commit()


@pytest.mark.parametrize(
    ("recording_id", "asked", "said"),
    [
        ("0" * 32, "given by voice only", "name given by voice, kept as a recording"),
        (None, "was not told", "name not told"),
    ],
)
def test_without_a_written_name_page_and_document_say_so(
    clinic: Clinic, recording_id: str | None, asked: str, said: str
) -> None:
    spoken(clinic, recording_id)
    browser = clinic.signed_in()
    [notice] = shown(browser.get(page(clinic)).text, "nameless")
    assert asked in notice
    assert browser.prescribe(visit_of(clinic), LINE, **NO_NAME).status_code == 303
    [row] = issued(clinic.desk)
    assert row.document["patient"]["name_spoken"] is (recording_id is not None)
    assert said in shown(browser.get(page(clinic)).text, "rx-name")[0]


def test_a_written_name_is_asked_for_once(clinic: Clinic) -> None:
    browser = clinic.signed_in()
    assert shown(browser.get(page(clinic)).text, "nameless")
    assert browser.prescribe(visit_of(clinic), LINE, name="Sunita Devi").status_code == 303
    again = browser.get(page(clinic)).text
    assert not shown(again, "nameless")
    assert "Sunita Devi" in shown(again, "rx-name")[0]


def test_a_name_is_written_by_text_and_kept(clinic: Clinic, pin: str) -> None:
    told = answers(clinic.desk, f"rx {pin} {PCM}; name Sunita Devi", "SM1")
    assert any("Sunita Devi" in message.body for message in told)
    answers(clinic.desk, f"yes {pin}", "SM2")
    [row] = issued(clinic.desk)
    assert row.document["patient"]["name"] == "Sunita Devi"
    assert clinic.patient_of(visit_of(clinic)).name == "Sunita Devi"


def test_a_name_without_letters_is_told_to_be_unreadable(clinic: Clinic, pin: str) -> None:
    assert kinds(clinic.desk, f"rx {pin} {PCM}; name -", "SM1") == ["rx_unreadable"]
