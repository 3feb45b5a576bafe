"""Every rule is tested beside its neighbour: the nearest draft that is allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from gateway.domain.current_medicines import unplaced
from gateway.domain.draft import BadDraft, Draft, MedicineDraft, parse_draft
from gateway.domain.prescription import (
    check_prescription,
    prescription_lines,
    verdict_as_json,
)
from gateway.domain.rules import Rule
from sms.medicine import DayParts, DoseUnit, Pattern
from tests.domain.formulary_file import shipped

TODAY = date(2026, 11, 23)

# The draft of the public face, word for word.
PUBLIC: dict[str, Any] = {
    "consultation": {
        "mode": "audio",
        "visit": "first",
        "last_in_person": "2026-10-01",
        "same_condition": True,
    },
    "patient": {
        "age_years": 34,
        "sex": "female",
        "pregnant": False,
        "weight_kg": None,
        "allergies": [],
        "current_medicines": [],
    },
    "doctor": {"registration_number": "MH-12345"},
    "diagnosis": "viral fever",
    "medicines": [
        {"name": "paracetamol", "form": "tablet", "strength": "500 mg", "dose": "1-0-1", "days": 5}
    ],
}
FOLLOW_UP = {"visit": "follow_up", "last_in_person": "2026-10-01", "same_condition": True}


def medicine(
    name: str, form: str = "tablet", strength: str = "500 mg", dose: str = "1-0-1", days: int = 5
) -> dict[str, Any]:
    return {"name": name, "form": form, "strength": strength, "dose": dose, "days": days}


PARACETAMOL = medicine("paracetamol")
METFORMIN = medicine("metformin")
SITAGLIPTIN = medicine("sitagliptin", strength="50 mg", dose="1-0-0")
ZINC = medicine("zinc", strength="20 mg", dose="1-0-0")


def draft(*medicines: dict[str, Any], **parts: Any) -> Draft:
    data = deepcopy(PUBLIC)
    for name, part in parts.items():
        data[name] = {**data[name], **part} if isinstance(part, dict) else part
    if medicines:
        data["medicines"] = list(medicines)
    read = parse_draft(json.dumps(data))
    assert isinstance(read, Draft), read
    return read


def rules(
    *medicines: dict[str, Any], standing: Sequence[dict[str, Any]] = (), **parts: Any
) -> list[Rule]:
    verdict = check_prescription(
        draft(*medicines, **parts),
        formulary=shipped(),
        on=TODAY,
        standing=[MedicineDraft.model_validate(line) for line in standing],
    )
    assert verdict.allowed == (not verdict.refusals)
    return [refusal.rule for refusal in verdict.refusals]


def test_the_draft_of_the_public_face_is_allowed() -> None:
    verdict = check_prescription(draft(), formulary=shipped(), on=TODAY)
    assert verdict_as_json(verdict) == {"allowed": True, "refusals": []}


def test_a_refusal_names_medicine_rule_source_and_the_lawful_way() -> None:
    refused = draft(medicine("Glycomet"))
    verdict = check_prescription(refused, formulary=shipped(), on=TODAY)
    (refusal,) = verdict.refusals
    assert refusal.medicine == "Glycomet"
    assert refusal.rule is Rule.LIST_A_FIRST
    assert "Telemedicine Practice Guidelines" in refusal.source
    assert "referral slip" in refusal.lawful_way
    assert "audio" in refusal.explanation


@pytest.mark.parametrize("mode", ["audio", "text", "video"])
def test_list_o_goes_through_in_every_mode(mode: str) -> None:
    assert rules(PARACETAMOL, consultation={"mode": mode}) == []


def test_list_a_needs_video_or_a_follow_up() -> None:
    assert rules(METFORMIN) == [Rule.LIST_A_FIRST]
    assert rules(METFORMIN, consultation={"mode": "text"}) == [Rule.LIST_A_FIRST]
    assert rules(METFORMIN, consultation={"mode": "video"}) == []
    assert rules(METFORMIN, consultation=FOLLOW_UP) == []


def test_list_a_on_a_follow_up_is_a_refill() -> None:
    other = {"current_medicines": ["atenolol"]}
    same = {"current_medicines": ["atenolol", "Glycomet 500"]}
    assert rules(METFORMIN, consultation=FOLLOW_UP, patient=other) == [Rule.LIST_A_NOT_REFILL]
    assert rules(METFORMIN, consultation=FOLLOW_UP, patient=same) == []


@pytest.mark.parametrize(
    ("last", "same", "follow_up"),
    [
        ("2026-05-23", True, True),
        ("2026-05-22", True, False),
        ("2026-11-23", True, True),
        (None, True, False),
        ("2026-10-01", False, False),
    ],
)
def test_a_claimed_follow_up_must_have_been_seen_in_person_within_six_months(
    last: str | None, same: bool, follow_up: bool
) -> None:
    claimed = {"visit": "follow_up", "last_in_person": last, "same_condition": same}
    assert rules(METFORMIN, consultation=claimed) == ([] if follow_up else [Rule.LIST_A_FIRST])


def test_six_months_from_the_end_of_august_end_with_february() -> None:
    august = draft(METFORMIN, consultation={**FOLLOW_UP, "last_in_person": "2025-08-31"})
    on_the_last = check_prescription(august, formulary=shipped(), on=date(2026, 2, 28))
    a_day_later = check_prescription(august, formulary=shipped(), on=date(2026, 3, 1))
    assert (on_the_last.allowed, a_day_later.allowed) == (True, False)


def test_a_visit_in_the_future_is_refused_and_starts_no_clock() -> None:
    future = {**FOLLOW_UP, "last_in_person": "2026-11-24"}
    assert rules(METFORMIN, consultation=future) == [Rule.IN_PERSON_IN_FUTURE, Rule.LIST_A_FIRST]
    assert rules(METFORMIN, consultation={**FOLLOW_UP, "last_in_person": "2026-11-23"}) == []


def test_list_b_is_an_add_on_on_a_follow_up() -> None:
    with_metformin = {"current_medicines": ["metformin"]}
    without = {"current_medicines": ["amlodipine"]}
    assert rules(SITAGLIPTIN, patient=with_metformin) == [Rule.LIST_B_FIRST]
    video = {"mode": "video"}
    assert rules(SITAGLIPTIN, consultation=video, patient=with_metformin) == [Rule.LIST_B_FIRST]
    assert rules(SITAGLIPTIN, consultation=FOLLOW_UP) == [Rule.LIST_B_NOT_ADD_ON]
    assert rules(SITAGLIPTIN, consultation=FOLLOW_UP, patient=without) == [Rule.LIST_B_NOT_ADD_ON]
    assert rules(SITAGLIPTIN, consultation=FOLLOW_UP, patient=with_metformin) == []


def test_a_thiazide_is_added_to_atenolol() -> None:
    thiazide = medicine("hydrochlorothiazide", strength="12.5 mg", dose="1-0-0")
    taking = {"current_medicines": ["Aten 50"]}
    assert rules(thiazide, consultation=FOLLOW_UP, patient=taking) == []


def test_what_no_list_names_is_never_prescribed_at_a_distance() -> None:
    amoxicillin = medicine("amoxicillin", form="capsule")
    assert rules(amoxicillin) == [Rule.UNLISTED]
    assert rules(amoxicillin, consultation={**FOLLOW_UP, "mode": "video"}) == [Rule.UNLISTED]
    assert rules(amoxicillin, consultation={"mode": "in_person"}) == []


@pytest.mark.parametrize("name", ["morphine", "Codeine", "tramadol", "alprazolam", "methotrexate"])
def test_the_prohibited_are_refused_in_every_way(name: str) -> None:
    narcotic = medicine(name)
    assert rules(narcotic) == [Rule.PROHIBITED]
    assert rules(narcotic, consultation={**FOLLOW_UP, "mode": "video"}) == [Rule.PROHIBITED]
    assert rules(narcotic, consultation={"mode": "in_person"}) == [Rule.PROHIBITED]


def test_an_unknown_medicine_is_refused() -> None:
    assert rules(medicine("wonder cure")) == [Rule.MEDICINE_UNKNOWN]


def test_a_form_makes_another_medicine_of_the_same_name() -> None:
    eye_drops = medicine("ciprofloxacin", form="eye drops", strength="0.3 %", dose="1-1-1")
    tablet = medicine("ciprofloxacin")
    assert rules(eye_drops, consultation={"mode": "video"}) == []
    assert rules(tablet, consultation={"mode": "video"}) == [Rule.UNLISTED]


def test_a_form_and_a_strength_must_be_known() -> None:
    assert rules(medicine("paracetamol", form="injection")) == [Rule.FORM_UNKNOWN]
    assert rules(medicine("paracetamol", form="Tab")) == []
    assert rules(medicine("paracetamol", strength="5000 mg")) == [Rule.STRENGTH_UNKNOWN]
    assert rules(medicine("paracetamol", strength="")) == [Rule.STRENGTH_UNKNOWN]
    assert rules(medicine("paracetamol", strength="0.65g")) == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (None, Rule.REGISTRATION_MISSING),
        ("  ", Rule.REGISTRATION_MISSING),
        ("doctor", Rule.REGISTRATION_SHAPE),
        ("12345", Rule.REGISTRATION_SHAPE),
        ("MH-1", Rule.REGISTRATION_SHAPE),
        ("TEST 000", Rule.REGISTRATION_SHAPE),
        ("MH-00000", Rule.REGISTRATION_SHAPE),
        ("Demo/123", Rule.REGISTRATION_SHAPE),
        ("2015/03/000", Rule.REGISTRATION_SHAPE),
        ("A" * 500 + "!", Rule.REGISTRATION_SHAPE),
    ],
)
def test_a_registration_number_must_be_there_and_look_like_one(
    number: str | None, expected: Rule
) -> None:
    assert rules(doctor={"registration_number": number}) == [expected]


@pytest.mark.parametrize(
    "number", ["MH-12345", "DMC/R/1234", "MH-00010", "A/12345", "KMC 54321", "2015/03/0123"]
)
def test_registration_numbers_of_several_councils_are_taken(number: str) -> None:
    assert rules(doctor={"registration_number": number}) == []


@pytest.mark.parametrize(
    "diagnosis", [None, "", "   ", ".", "?!", "x", "12", "nil", "N/A", "Test."]
)
def test_a_provisional_diagnosis_is_required(diagnosis: str | None) -> None:
    assert rules(diagnosis=diagnosis) == [Rule.DIAGNOSIS_MISSING]


@pytest.mark.parametrize("diagnosis", ["flu", "HT", "बुखार", "no. 2 DM", "HIV test positive"])
def test_a_diagnosis_may_be_short_and_in_any_script(diagnosis: str) -> None:
    assert rules(diagnosis=diagnosis) == []


def test_age_and_sex_are_asked_before_prescribing() -> None:
    assert rules(patient={"age_years": None}) == [Rule.AGE_MISSING]
    assert rules(patient={"sex": None}) == [Rule.SEX_MISSING]


def test_a_minor_is_treated_with_an_identified_adult() -> None:
    girl = {"age_years": 15, "with_adult": False}
    assert rules(patient=girl) == [Rule.MINOR_WITHOUT_ADULT]
    assert rules(patient={**girl, "with_adult": True}) == []
    assert rules(patient={**girl, "age_years": 18}) == []


def test_a_prescription_has_a_medicine() -> None:
    assert rules(medicines=[]) == [Rule.NO_MEDICINE]


def test_a_dose_must_be_readable() -> None:
    assert rules(medicine("paracetamol", dose="as told")) == [Rule.DOSE_UNREADABLE]
    assert rules(medicine("paracetamol", dose="1 sos")) == []


def test_days_are_limited() -> None:
    assert rules(medicine("iron and folic acid", strength="100 mg + 500 mcg", days=91)) == [
        Rule.DAYS_TOO_MANY
    ]
    assert rules(medicine("iron and folic acid", strength="100 mg + 500 mcg", days=90)) == []


@pytest.mark.parametrize(
    ("strength", "dose", "over"),
    [
        ("500 mg", "2-2-2-2", False),
        ("500 mg", "3-2-2-2", True),
        ("1 g", "1-1-1-1", False),
        ("1 g", "1½-1-1-1", True),
        ("650 mg", "2 sos", True),
        ("650 mg", "2 sos 3/day", False),
    ],
)
def test_the_daily_maximum_holds_to_the_last_tablet(strength: str, dose: str, over: bool) -> None:
    found = rules(medicine("paracetamol", strength=strength, dose=dose))
    assert found == ([Rule.DAILY_MAXIMUM] if over else [])


def test_a_strong_vitamin_is_for_once_a_week() -> None:
    sachet = medicine("vitamin D3", form="sachet", strength="60000 IU", dose="1-0-0")
    assert rules(sachet) == [Rule.DAILY_MAXIMUM]
    assert rules({**sachet, "dose": "1 weekly"}) == []
    assert rules({**sachet, "dose": "2 weekly"}) == [Rule.WEEKLY_MAXIMUM]


@pytest.mark.parametrize("strength", ["500 mg", "1 g"])
def test_no_week_hides_a_large_dose(strength: str) -> None:
    ten = medicine("paracetamol", strength=strength, dose="10 weekly", days=7)
    assert rules(ten) == [Rule.WEEKLY_NOT_USUAL]


def test_the_most_of_a_week_has_its_own_source() -> None:
    tablet = medicine("iron and folic acid", strength="100 mg + 500 mcg", dose="2 weekly")
    verdict = check_prescription(draft(tablet), formulary=shipped(), on=TODAY)
    (refusal,) = verdict.refusals
    assert "Anemia Mukt Bharat" in refusal.source


def test_what_stands_prescribed_counts_by_its_substance_alone() -> None:
    six = medicine("paracetamol", dose="2-2-2")
    assert rules(six, standing=[medicine("zinc", strength="20 mg")]) == []
    assert rules(six, standing=[medicine("Dolo", strength="650 mg", dose="2-2-2")]) == [
        Rule.TOGETHER_MAXIMUM
    ]
    folic = medicine("folic acid", strength="5 mg", dose="1-0-0")
    iron = medicine("iron and folic acid", strength="100 mg + 500 mcg", dose="1-0-0")
    assert rules(folic, standing=[iron]) == [], "its milligrams are those of iron"


@pytest.mark.parametrize(
    ("takes", "expected"),
    [
        ("crocin 500 1-1-1", [Rule.TOGETHER_MAXIMUM]),
        ("crocin 500 1-1-1 5d", [Rule.TOGETHER_MAXIMUM]),
        ("crocin 500 0-0-1", []),
        # Only the name is known, or no dose that can be read.
        ("crocin", []),
        ("crocin 500", []),
        ("crocin 500 1-1-1-1-1", []),
        ("ashwagandha 500 1-1-1", []),
    ],
)
def test_a_told_dose_of_what_she_takes_already_counts(takes: str, expected: list[Rule]) -> None:
    six = medicine("paracetamol", dose="2-2-2")
    assert rules(six, patient={"current_medicines": [takes]}) == expected


def test_what_she_tells_may_be_what_we_prescribed_and_counts_once() -> None:
    told = {"current_medicines": ["pcm 500 1-0-1"]}
    six, same = medicine("paracetamol", dose="2-2-2"), medicine("Dolo", dose="1-0-1")
    assert rules(six, patient=told) == []
    assert rules(six, patient=told, standing=[same]) == []


def test_a_dose_beside_the_name_hides_it_from_no_rule() -> None:
    cough = medicine("dextromethorphan", form="syrup", strength="10 mg/5 ml")
    told = {"current_medicines": ["fluoxetine 20 1-0-0"]}
    assert rules(cough, patient=told) == [Rule.INTERACTION]


def test_a_refill_goes_on_with_what_she_takes_and_adds_nothing_to_it() -> None:
    most = medicine("metformin", dose="2-0-2")
    told = {"current_medicines": ["metformin 500 2-0-2"]}
    assert rules(most, consultation=FOLLOW_UP, patient=told) == []


@pytest.mark.parametrize("told", ["pcm 500 1-1-1-1-1", "ashwagandha", "ashwagandha 5 1-0-1"])
def test_what_no_rule_can_heed_of_it_is_named_as_it_was_told(told: str) -> None:
    assert unplaced(shipped(), allergies=(), medicines=(told, "metformin 500 1-0-1")) == (told,)


def test_what_stands_prescribed_is_company_too() -> None:
    cough = medicine("dextromethorphan", form="syrup", strength="10 mg/5 ml")
    fluoxetine = medicine("fluoxetine", form="capsule", strength="20 mg", dose="1-0-0")
    assert rules(cough, standing=[fluoxetine]) == [Rule.INTERACTION]


def test_a_childs_maximum_goes_by_weight() -> None:
    syrup = medicine("paracetamol", form="syrup", strength="250 mg/5 ml", dose="5ml-5ml-5ml")
    child = {"age_years": 4, "pregnant": None}
    assert rules(syrup, patient=child) == [Rule.WEIGHT_NEEDED]
    assert rules(syrup, patient={**child, "weight_kg": 10}) == [Rule.DAILY_MAXIMUM]
    assert rules(syrup, patient={**child, "weight_kg": 15}) == []
    assert rules(PARACETAMOL, patient={"age_years": 12}) == []


def test_a_light_adult_has_a_lower_maximum() -> None:
    eight = medicine("paracetamol", dose="2-2-2-2")
    assert rules(eight, patient={"weight_kg": 40}) == [Rule.DAILY_MAXIMUM]
    assert rules(eight, patient={"weight_kg": 70}) == []


def test_the_minimum_age_counts_months_in_the_first_year() -> None:
    drops = medicine("paracetamol", form="drops", strength="100 mg/ml", dose="0.5ml-0-0.5ml")
    baby = {"age_years": 0, "weight_kg": 6, "sex": "male"}
    assert rules(drops, patient={**baby, "age_months": 2}) == [Rule.MINIMUM_AGE]
    assert rules(drops, patient={**baby, "age_months": 3}) == []
    assert rules(drops, patient=baby) == [Rule.MINIMUM_AGE]


def test_pregnancy_is_asked_and_heeded() -> None:
    cough = medicine("bromhexine", strength="8 mg")
    assert rules(cough, patient={"pregnant": True}) == [Rule.PREGNANCY]
    assert rules(cough, patient={"pregnant": None}) == [Rule.PREGNANCY_UNKNOWN]
    assert rules(cough, patient={"pregnant": False}) == []
    assert rules(cough, patient={"pregnant": None, "age_years": 60}) == []
    assert rules(cough, patient={"pregnant": None, "sex": "male"}) == []
    assert rules(PARACETAMOL, patient={"pregnant": True}) == []


def test_one_substance_is_prescribed_once() -> None:
    assert rules(PARACETAMOL, medicine("Crocin")) == [Rule.DUPLICATE]
    assert rules(PARACETAMOL, ZINC) == []


def test_a_combination_repeats_what_it_contains() -> None:
    both = medicine("calcium with vitamin D", strength="500 mg + 250 IU")
    assert rules(medicine("calcium"), both) == [Rule.DUPLICATE]
    assert rules(ZINC, both) == []


def test_a_known_allergy_is_heeded_under_every_name() -> None:
    assert rules(patient={"allergies": ["Crocin"]}) == [Rule.ALLERGY]
    assert rules(patient={"allergies": ["penicillin", "dust"]}) == []


def test_an_allergy_to_a_class_is_one_to_each_of_its_kind() -> None:
    seen = {"mode": "in_person"}
    capsule = medicine("amoxicillin", form="capsule")
    penicillin = {"allergies": ["penicillin"]}
    assert rules(capsule, consultation=seen, patient=penicillin) == [Rule.ALLERGY]
    other = medicine("azithromycin", dose="1-0-0")
    assert rules(other, consultation=seen, patient=penicillin) == []
    ibuprofen = {"allergies": ["Brufen"]}
    diclofenac = medicine("diclofenac", strength="50 mg")
    assert rules(diclofenac, consultation=seen, patient=ibuprofen) == [Rule.ALLERGY]


def test_interactions_are_found_with_what_the_patient_takes() -> None:
    cough = medicine("dextromethorphan", form="syrup", strength="10 mg/5 ml")
    assert rules(cough, patient={"current_medicines": ["Fludac"]}) == [Rule.INTERACTION]
    assert rules(cough, patient={"current_medicines": ["metformin"]}) == []


def test_interactions_are_found_within_the_prescription_in_either_order() -> None:
    cough = medicine("dextromethorphan", form="syrup", strength="10 mg/5 ml")
    ssri = medicine("fluoxetine", form="capsule", strength="20 mg", dose="1-0-0")
    seen = {"mode": "in_person"}
    assert rules(cough, ssri, consultation=seen) == [Rule.INTERACTION]
    assert rules(ssri, cough, consultation=seen) == [Rule.INTERACTION]


def test_every_broken_rule_is_named() -> None:
    found = rules(medicine("metformin", dose="9-9-9"), diagnosis="")
    assert found == [Rule.DIAGNOSIS_MISSING, Rule.LIST_A_FIRST, Rule.DAILY_MAXIMUM]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Invalid JSON"),
        ("[]", "draft:"),
        ('{"consultation": {}}', "consultation.mode: Field required"),
        (json.dumps({**PUBLIC, "medicine": []}), "medicine: Extra inputs"),
        (json.dumps({**PUBLIC, "medicines": [{"name": "x"}]}), "medicines.0.dose: Field required"),
        (json.dumps({**PUBLIC, "patient": {"age_years": -1}}), "patient.age_years"),
        (json.dumps({**PUBLIC, "patient": {"alergies": ["penicillin"]}}), "patient.alergies"),
    ],
)
def test_a_draft_that_is_none_names_the_field(text: str, problem: str) -> None:
    bad = parse_draft(text)
    assert isinstance(bad, BadDraft)
    assert any(problem in found for found in bad.problems)


def test_lines_carry_each_part_for_text_and_speech() -> None:
    allowed = draft(medicine("Dolo", strength="650 mg", dose="1-0-½"))
    (line,) = prescription_lines(allowed, formulary=shipped())
    assert (line.medicine, line.form, line.strength, line.days) == (
        "PARACETAMOL",
        "tablet",
        "650 mg",
        5,
    )
    assert (line.pattern, line.unit) == (Pattern.DAILY, DoseUnit.PIECE)
    assert line.parts == DayParts("1", "0", "0", "1/2")
    assert line.names["hi"] == "पैरासिटामोल"


def test_lines_of_an_unreadable_draft_are_an_error() -> None:
    with pytest.raises(ValueError, match="not_a_dose"):
        prescription_lines(draft(medicine("paracetamol", dose="x")), formulary=shipped())
