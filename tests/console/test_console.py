"""What holds for every page of the console."""

from __future__ import annotations

import re

from gateway.db.models import Prescription
from gateway.web.access import routes
from tests.console.clinic import PARACETAMOL, Clinic, shown

LOGIN = "/console/login"


def issued(clinic: Clinic) -> list[Prescription]:
    return [row for row in clinic.desk.all(Prescription) if isinstance(row, Prescription)]


def test_a_form_without_its_token_is_refused_and_changes_nothing(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    page = f"/console/visit/{consultation_id}"
    forms = {
        f"{page}/prescription": {"key": "0" * 32, "action": "issue", **PARACETAMOL},
        f"{page}/in-person": {"day": "2026-11-01"},
        "/console/duty": {"to": "off"},
        "/console/logout": {},
    }
    before = clinic.desk.doctors()[0].status
    for path, fields in forms.items():
        answer = browser.client.post(path, data=fields)
        assert answer.status_code == 400, path
        assert shown(answer.text, "error-400")
    assert not issued(clinic)
    assert clinic.patient_of(consultation_id).last_in_person_on is None
    assert clinic.desk.doctors()[0].status is before
    assert browser.get("/console").status_code == 200


def test_no_page_needs_anything_from_elsewhere_or_inline(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    for path in (LOGIN, "/console", f"/console/visit/{consultation_id}", "/rx"):
        page = browser.get(path).text
        assert not re.search(r"https?://", page), path
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), path


def test_every_field_of_the_prescription_form_has_a_label(clinic: Clinic) -> None:
    clinic.doctor()
    page = clinic.signed_in().get(f"/console/visit/{clinic.consultation()}").text
    ids = re.findall(r'<(?:input|select|textarea)[^>]*\bid="([^"]+)"', page)
    labelled = re.findall(r'<label[^>]*\bfor="([^"]+)"', page)
    assert len(ids) > 8
    assert set(ids) <= set(labelled)
    assert len(ids) == len(set(ids))


def test_every_route_of_the_application_declares_who_may_enter(clinic: Clinic) -> None:
    every = list(routes(clinic.app))
    assert len(every) > 20
    assert [route.rule for route in every if route.access is None] == []
