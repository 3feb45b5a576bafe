"""Allergies and long-term medicines are kept with the patient, however they were told."""

from __future__ import annotations

import re
from html import unescape

import pytest

from gateway.domain.draft import MedicineDraft
from gateway.domain.rules import Rule
from gateway.services.issuing import Refused
from tests.console.clinic import Browser, Clinic, field_of
from tests.domain.formulary_file import shipped
from tests.services.line import Line
from tests.services.prescribing import medicine, written
from tests.services.test_doctors_texts import answers, clinic, issued, kinds, pin

__all__ = ["clinic", "pin"]

PCM = "fever: pcm 500 1-0-1 5d"
LINE = {"medicine": "paracetamol", "strength": "tablet|500 mg", "dose": "1-0-1", "days": "3"}


def visit_of(clinic: Clinic) -> str:
    return clinic.desk.consultations()[-1].id


def page(clinic: Clinic) -> str:
    return f"/console/visit/{visit_of(clinic)}"


def rules(clinic: Clinic, *medicines: MedicineDraft) -> list[Rule]:
    [doctor] = clinic.desk.doctors()
    checked = clinic.prescriptions.check(visit_of(clinic), written(*medicines), doctor_id=doctor.id)
    return [one.rule for one in checked.refusals] if isinstance(checked, Refused) else []


def kept(clinic: Clinic) -> tuple[list[str] | None, list[str] | None]:
    patient = clinic.patient_of(visit_of(clinic))
    return patient.allergies, patient.long_term_medicines


def send(clinic: Clinic, browser: Browser, action: str, **fields: str) -> str:
    """Send the form as the page shows it, with these fields changed; return the answer."""
    shown = browser.get(page(clinic)).text
    hidden = {name: field_of(shown, name) for name in ("known_allergies", "known_medicines")}
    answer = browser.prescribe(
        visit_of(clinic), LINE, action=action, **{"diagnosis": "fever", **hidden, **fields}
    )
    return unescape(answer.text)


@pytest.mark.parametrize("word", ["paracetamol", "paracetmol", "crocin"])
def test_an_allergy_texted_once_refuses_every_later_prescription(
    clinic: Clinic, pin: str, word: str
) -> None:
    desk = clinic.desk
    assert kinds(desk, f"rx {pin} {PCM}; allergy {word}", "SM1") == ["rx_refused"]
    desk.clock.forward(60)
    assert kinds(desk, f"rx {pin} {PCM}", "SM2") == ["rx_refused"]
    # By keys and on the console as well: they ask the same.
    assert rules(clinic, medicine()) == [Rule.ALLERGY]
    assert issued(desk) == []


def test_an_allergy_written_on_the_console_refuses_the_next_time_too(
    clinic: Clinic, pin: str
) -> None:
    browser = clinic.signed_in()
    for fields in ({"allergies": "paracetamol"}, {"allergies": "paracetamol"}):
        assert 'data-rule="allergy"' in send(clinic, browser, "issue", **fields)
    assert kept(clinic)[0] == ["paracetamol"]
    assert kinds(clinic.desk, f"rx {pin} {PCM}", "SM1") == ["rx_refused"]
    clinic.desk.clock.forward(3600)
    assert field_of(browser.get(page(clinic)).text, "allergies") == "paracetamol"


def test_the_doctor_takes_one_out_on_the_console(clinic: Clinic, pin: str) -> None:
    browser = clinic.signed_in()
    answers(clinic.desk, f"rx {pin} {PCM}; allergy paracetamol, sulfa; on metformin", "SM1")
    assert kept(clinic) == (["paracetamol", "sulfa"], ["metformin"])
    said = send(clinic, browser, "check", allergies="sulfa", current_medicines="")
    assert "data-rule" not in said
    assert kept(clinic) == (["sulfa"], [])


def test_a_page_that_did_not_show_an_allergy_does_not_take_it_out(clinic: Clinic, pin: str) -> None:
    browser = clinic.signed_in()
    answers(clinic.desk, f"rx {pin} {PCM}; allergy paracetamol", "SM1")
    fields = {"known_allergies": "", "allergies": ""}  # a page from before the text
    assert 'data-rule="allergy"' in send(clinic, browser, "issue", **fields)
    assert kept(clinic)[0] == ["paracetamol"]


def test_another_of_the_household_has_her_own(clinic: Clinic, pin: str) -> None:
    answers(clinic.desk, f"rx {pin} {PCM}; allergy paracetamol", "SM1")
    Line(clinic.desk, "CA1").ends()
    clinic.desk.clock.forward(3600)
    clinic.consultation("CA7", "+919800000077")
    assert kept(clinic)[0] is None


def test_what_no_rule_can_heed_is_read_back_by_text(clinic: Clinic, pin: str) -> None:
    told = answers(clinic.desk, f"rx {pin} {PCM}; allergy dust; on blue tablet", "SM1")
    assert [m.kind for m in told if m.kind == "rx_unplaced"] == ["rx_unplaced"] * 2
    assert [m.kind for m in told][-1] == "rx_confirm"
    assert "dust" in next(m.body for m in told if m.kind == "rx_unplaced")
    answers(clinic.desk, f"yes {pin}", "SM2")
    [row] = issued(clinic.desk)
    assert row.document["patient"]["allergies"] == ["dust"]
    assert row.document["patient"]["current_medicines"] == ["blue tablet"]


def test_what_no_rule_can_heed_is_shown_before_it_is_issued(clinic: Clinic) -> None:
    browser = clinic.signed_in()
    said = send(clinic, browser, "issue", allergies="penicillin, dust")
    assert re.search(r'data-testid="unplaced".*<strong>dust</strong>', said)
    assert issued(clinic.desk) == []
    send(clinic, browser, "issue", allergies="penicillin, dust", noted=field_of(said, "noted"))
    [row] = issued(clinic.desk)
    assert row.document["patient"]["allergies"] == ["penicillin", "dust"]


def test_none_is_no_word_that_is_not_understood() -> None:
    unplaced = shipped().unplaced(
        allergies=["nil", "penicillin", "paracetmol", "dust"], medicines=["None", "metformin"]
    )
    assert unplaced == ("dust",)
