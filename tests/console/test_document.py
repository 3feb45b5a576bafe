"""What the doctor heard, on the document: Appendix 5's fields from the form to the stored JSON."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.db.models import Prescription
from tests.console.clinic import PARACETAMOL, Browser, Clinic, shown

TOLD = {
    "name": "Sunita Devi",
    "address": "Ward 3, Arvi",
    "height_cm": "152",
    "lmp_on": "2026-11-02",
    "history": "three days of fever",
    "findings": "alert by her account",
    "investigations": "malaria smear",
}


def documents(clinic: Clinic) -> list[dict[str, Any]]:
    return [row.document for row in clinic.desk.all(Prescription) if isinstance(row, Prescription)]


def test_what_was_told_stands_on_the_document_and_the_name_is_known_next_time(
    clinic: Clinic, browser: Browser
) -> None:
    consultation_id = clinic.consultation()
    assert browser.prescribe(consultation_id, PARACETAMOL, **TOLD).status_code == 303
    [document] = documents(clinic)
    assert document["version"] == 4
    assert document["language"] == "hi"
    assert document["doctor"]["contact"].startswith("+91")
    assert document["patient"]["name"] == "Sunita Devi"
    assert (document["patient"]["height_cm"], document["patient"]["lmp_on"]) == (152, "2026-11-02")
    for name in ("history", "findings", "investigations"):
        assert document[name] == TOLD[name]
    patient = clinic.patient_of(consultation_id)
    assert (patient.name, patient.address) == ("Sunita Devi", "Ward 3, Arvi")
    page = browser.get(f"/console/visit/{consultation_id}").text
    assert "three days of fever" in shown(page, "document")[0]
    assert 'name="name" maxlength="80" value="Sunita Devi"' in page


def test_nothing_told_leaves_a_document_without_it(clinic: Clinic, browser: Browser) -> None:
    assert browser.prescribe(clinic.consultation(), PARACETAMOL).status_code == 303
    [document] = documents(clinic)
    assert document["patient"]["name"] == document["history"] == ""
    assert document["patient"]["lmp_on"] is None


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("height_cm", "1.52"),
        ("height_cm", "29"),
        ("lmp_on", "2 November"),
        ("lmp_on", "2026-11-24"),
        ("name", "x" * 81),
        ("history", "x" * 2001),
    ],
)
def test_what_cannot_be_read_issues_nothing_and_stays_in_the_form(
    clinic: Clinic, browser: Browser, field: str, typed: str
) -> None:
    answer = browser.prescribe(clinic.consultation(), PARACETAMOL, **{**TOLD, field: typed})
    assert answer.status_code == 422
    assert typed in answer.text
    assert not documents(clinic)


@pytest.mark.parametrize(
    "told", [{"height_cm": "30"}, {"height_cm": "250"}, {"lmp_on": "2026-11-23"}]
)
def test_what_lies_just_within_is_read(
    clinic: Clinic, browser: Browser, told: dict[str, str]
) -> None:
    answer = browser.prescribe(clinic.consultation(), PARACETAMOL, action="issue", **told)
    assert answer.status_code == 303


def test_the_same_form_with_another_history_is_another_writing(
    clinic: Clinic, browser: Browser
) -> None:
    consultation_id, key = clinic.consultation(), "a" * 32
    browser.prescribe(consultation_id, PARACETAMOL, key=key, **TOLD)
    browser.prescribe(consultation_id, PARACETAMOL, key=key, **TOLD)
    changed = {**TOLD, "history": "since yesterday"}
    browser.prescribe(consultation_id, PARACETAMOL, key=key, **changed)
    page = browser.get(f"/console/visit/{consultation_id}").text
    assert shown(page, "notice-form_used")
    assert len(documents(clinic)) == 1
