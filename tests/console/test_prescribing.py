"""The prescription form: issued once, refused with its reason, kept as it was typed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Patient, Prescription
from tests.console.clinic import METFORMIN, PARACETAMOL, Clinic, field_of, shown


def issued(clinic: Clinic) -> list[Prescription]:
    return [row for row in clinic.desk.all(Prescription) if isinstance(row, Prescription)]


def texted(clinic: Clinic) -> list[str]:
    return [m.body for m in clinic.desk.messages() if m.purpose_key.startswith("rx:")]


def test_an_issued_prescription_is_shown_as_a_document_with_its_messages(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    answer = browser.prescribe(consultation_id, {**PARACETAMOL, "instructions": "after food"})
    [kept] = issued(clinic)
    assert answer.status_code == 303
    assert answer.location == f"/console/visit/{consultation_id}#rx-{kept.code}"
    clinic.desk.work_off()
    page = browser.get(f"/console/visit/{consultation_id}").text
    [document] = shown(page, "document")
    for part in ("Asha Rao", "MH-12345", kept.code, "viral fever", "PARACETAMOL", "after food"):
        assert part in document
    assert shown(page, "sms-status") == ["Sent", "Sent", "Sent"]


def test_a_refusal_names_rule_source_and_lawful_way_and_keeps_what_was_typed(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    answer = clinic.signed_in().prescribe(consultation_id, PARACETAMOL, METFORMIN)
    assert answer.status_code == 422
    [refusal] = shown(answer.text, "refusal")
    for part in ("List A", "referral slip", "list_a_first", "Telemedicine Practice Guidelines"):
        assert part in refusal
    assert 'value="metformin"' in answer.text
    assert '<option value="tablet|500 mg" selected>' in answer.text
    assert not issued(clinic)
    assert not texted(clinic)


def test_a_form_sent_twice_issues_once(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    key = field_of(browser.get(f"/console/visit/{consultation_id}").text, "key")
    first = browser.prescribe(consultation_id, PARACETAMOL, key=key)
    second = browser.prescribe(consultation_id, PARACETAMOL, key=key)
    assert first.location == second.location
    assert len(issued(clinic)) == 1
    assert len(texted(clinic)) == 3


def test_a_used_form_with_another_dose_says_that_nothing_was_issued(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    key = field_of(browser.get(f"/console/visit/{consultation_id}").text, "key")
    browser.prescribe(consultation_id, PARACETAMOL, key=key)
    browser.prescribe(consultation_id, {**PARACETAMOL, "days": "9"}, key=key)
    assert len(issued(clinic)) == 1
    assert shown(browser.get(f"/console/visit/{consultation_id}").text, "notice-form_used")


def test_the_preview_shows_what_will_be_sent_and_sends_nothing(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    browser = clinic.signed_in()
    answer = browser.prescribe(consultation_id, PARACETAMOL, action="check")
    assert answer.status_code == 200
    assert not issued(clinic)
    previewed = [text.rsplit(". ", 1)[0] for text in shown(answer.text, "preview-sms")]
    [segments] = shown(answer.text, "preview-segments")
    browser.prescribe(consultation_id, PARACETAMOL)
    messages = [m for m in clinic.desk.messages() if m.purpose_key.startswith("rx:")]
    assert int(segments) == sum(message.segments for message in messages)
    bodies = [message.body.rsplit(".", 1)[0] for message in messages]
    assert previewed[1] in bodies


def test_the_preview_shows_what_the_messages_will_cost(clinic: Clinic) -> None:
    clinic.doctor()
    page = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, action="check").text
    [segments], [cost] = shown(page, "preview-segments"), shown(page, "preview-cost")
    a_segment = clinic.desk.texts.catalogue.segment_price
    assert cost == f"₹{a_segment.times(int(segments)).amount}"
    assert sum(
        Decimal(footer.rpartition("₹")[2]) for footer in shown(page, "preview-sms")
    ) == Decimal(cost[1:])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({**PARACETAMOL, "days": "three"}, "days"),
        ({**PARACETAMOL, "days": "0"}, "days"),
        ({**PARACETAMOL, "medicine": ""}, "medicine"),
        ({**PARACETAMOL, "instructions": "x" * 61}, "Instructions"),
    ],
)
def test_a_line_that_cannot_be_read_is_pointed_at(
    clinic: Clinic, line: dict[str, str], problem: str
) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), line)
    assert answer.status_code == 422
    [said] = shown(answer.text, "line-problem")
    assert problem in said
    assert not issued(clinic)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"diagnosis": " "}, "diagnosis_missing"),
        ({"allergies": "paracetamol"}, "allergy"),
    ],
)
def test_what_the_doctor_was_told_is_checked_too(
    clinic: Clinic, fields: dict[str, str], rule: str
) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, **fields)
    assert answer.status_code == 422
    assert any(rule in refusal for refusal in shown(answer.text, "refusal"))


@pytest.mark.parametrize("fields", [{"weight_kg": "heavy"}, {"weight_kg": "-3"}, {"key": "mine"}])
def test_absurd_fields_are_refused_and_nothing_is_issued(
    clinic: Clinic, fields: dict[str, str]
) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, **fields)
    assert answer.status_code == 422
    assert not issued(clinic)


def test_a_child_needs_an_adult_on_the_call_and_a_weight(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation(who="household.someone_else", age="7")
    browser = clinic.signed_in()
    syrup = {**PARACETAMOL, "strength": "syrup|250 mg/5 ml", "dose": "5ml-0-5ml"}
    alone = browser.prescribe(consultation_id, syrup)
    rules = " ".join(shown(alone.text, "refusal"))
    assert "minor_without_adult" in rules
    assert "weight_needed" in rules
    cared_for = browser.prescribe(consultation_id, syrup, with_adult="1", weight_kg="22")
    assert cared_for.status_code == 303
    assert len(issued(clinic)) == 1


SYRUP = {**PARACETAMOL, "strength": "syrup|250 mg/5 ml", "dose": "5ml-0-5ml"}


def test_an_unusual_weight_is_shown_before_anything_is_issued(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation(who="household.own_child", age="7")
    browser = clinic.signed_in()
    page = browser.prescribe(consultation_id, SYRUP, with_adult="1", weight_kg="2.2")
    assert page.status_code == 422
    [warning] = shown(page.text, "unusual-weight")
    assert "2.2 kg" in warning
    assert "14.8 to 44.1 kg" in warning
    assert not issued(clinic)
    # Another unusual one is shown as well; what is usual, or was shown, is issued.
    noted = field_of(page.text, "noted_weight")
    page = browser.prescribe(
        consultation_id, SYRUP, with_adult="1", weight_kg="220", noted_weight=noted
    )
    assert shown(page.text, "unusual-weight")
    assert not issued(clinic)
    noted = field_of(page.text, "noted_weight")
    done = browser.prescribe(
        consultation_id, SYRUP, with_adult="1", weight_kg="220", noted_weight=noted
    )
    assert done.status_code == 303
    [row] = issued(clinic)
    assert row.document["patient"]["weight_kg"] == 220


@pytest.mark.parametrize(("age", "weight_kg"), [("7", "22"), ("7", ""), ("34", "54")])
def test_of_a_usual_weight_or_none_nothing_is_said(
    clinic: Clinic, age: str, weight_kg: str
) -> None:
    clinic.doctor()
    who = "household.own_child" if age == "7" else "household.self_female"
    consultation_id = clinic.consultation(who=who, age=age)
    page = clinic.signed_in().prescribe(
        consultation_id, PARACETAMOL, action="check", weight_kg=weight_kg
    )
    assert not shown(page.text, "unusual-weight")
    assert field_of(page.text, "noted_weight") == ""


def test_a_prohibited_medicine_is_refused_as_such_though_no_strength_can_be_chosen(
    clinic: Clinic,
) -> None:
    clinic.doctor()
    morphine = {"medicine": "morphine", "dose": "1-0-1", "days": "3"}
    answer = clinic.signed_in().prescribe(clinic.consultation(), morphine)
    assert any("prohibited" in refusal for refusal in shown(answer.text, "refusal"))


def test_a_browser_without_scripts_can_add_lines(clinic: Clinic) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL, action="add")
    assert answer.status_code == 200
    assert len(shown(answer.text, "medicine-line")) == 2
    assert not issued(clinic)


def test_where_nobody_talked_nothing_can_be_prescribed(clinic: Clinic) -> None:
    clinic.doctor()
    answer = clinic.signed_in().prescribe(clinic.consultation(joined=False), PARACETAMOL)
    assert answer.status_code == 422
    assert shown(answer.text, "not-talked")


def test_a_patient_who_wants_no_sms_is_spared_and_the_doctor_told(clinic: Clinic) -> None:
    clinic.doctor()
    consultation_id = clinic.consultation()
    with Session(clinic.desk.engine) as db, db.begin():
        db.execute(update(Patient).values(no_sms=True))
    browser = clinic.signed_in()
    browser.prescribe(consultation_id, PARACETAMOL)
    assert shown(browser.get(f"/console/visit/{consultation_id}").text, "no-sms")
    assert not texted(clinic)
