"""Each rule of prescribing once refused and once, by the smallest change, allowed: none is left."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from gateway.domain.rules import Rule
from tests.domain.test_prescription import (
    FOLLOW_UP,
    METFORMIN,
    PARACETAMOL,
    SITAGLIPTIN,
    ZINC,
    medicine,
    rules,
)


class Draft(NamedTuple):
    medicines: tuple[dict[str, Any], ...] = (PARACETAMOL,)
    changed: dict[str, Any] = {}  # noqa: RUF012  # never written to

    standing: tuple[dict[str, Any], ...] = ()

    def rules(self) -> list[Rule]:
        return rules(*self.medicines, standing=self.standing, **self.changed)


def patient(*medicines: dict[str, Any], **told: Any) -> Draft:
    return Draft(medicines or (PARACETAMOL,), {"patient": told})


def seen(*medicines: dict[str, Any], **consultation: Any) -> Draft:
    return Draft(medicines, {"consultation": consultation})


COUGH = medicine("bromhexine", strength="8 mg")
SYRUP = medicine("paracetamol", form="syrup", strength="250 mg/5 ml", dose="5ml-0-5ml")
AMOXICILLIN = medicine("amoxicillin", form="capsule")
TAKES_METFORMIN = {"current_medicines": ["metformin"]}
DROPS = medicine("paracetamol", form="drops", strength="100 mg/ml", dose="0.5ml-0-0.5ml")
IRON = medicine("iron and folic acid", strength="100 mg + 500 mcg", dose="1 weekly", days=28)
DEXTROMETHORPHAN = medicine("dextromethorphan", form="syrup", strength="10 mg/5 ml")

NEIGHBOURS: dict[Rule, tuple[Draft, Draft]] = {
    Rule.REGISTRATION_MISSING: (
        Draft(changed={"doctor": {"registration_number": ""}}),
        Draft(changed={"doctor": {"registration_number": "MH-12345"}}),
    ),
    Rule.REGISTRATION_SHAPE: (
        Draft(changed={"doctor": {"registration_number": "12345"}}),
        Draft(changed={"doctor": {"registration_number": "KMC 12345"}}),
    ),
    Rule.DIAGNOSIS_MISSING: (
        Draft(changed={"diagnosis": " "}),
        Draft(changed={"diagnosis": "fever"}),
    ),
    Rule.AGE_MISSING: (patient(age_years=None), patient(age_years=34)),
    Rule.SEX_MISSING: (patient(sex=None), patient(sex="other")),
    Rule.MINOR_WITHOUT_ADULT: (
        patient(age_years=17, with_adult=False),
        patient(age_years=18, with_adult=False),
    ),
    Rule.NO_MEDICINE: (Draft((), {"medicines": []}), Draft()),
    Rule.IN_PERSON_IN_FUTURE: (
        seen(PARACETAMOL, last_in_person="2026-11-24"),
        seen(PARACETAMOL, last_in_person="2026-11-23"),
    ),
    Rule.MEDICINE_UNKNOWN: (Draft((medicine("wonder cure"),)), Draft((medicine("Crocin"),))),
    Rule.FORM_UNKNOWN: (
        Draft((medicine("paracetamol", form="capsule"),)),
        Draft((medicine("paracetamol", form="tablets"),)),
    ),
    Rule.STRENGTH_UNKNOWN: (
        Draft((medicine("paracetamol", strength="600 mg"),)),
        Draft((medicine("paracetamol", strength="650 mg"),)),
    ),
    Rule.PROHIBITED: (Draft((medicine("morphine"),)), Draft((PARACETAMOL,))),
    Rule.LIST_A_FIRST: (seen(METFORMIN), seen(METFORMIN, mode="video")),
    Rule.LIST_A_NOT_REFILL: (
        Draft(
            (METFORMIN,), {"consultation": FOLLOW_UP, "patient": {"current_medicines": ["Aten"]}}
        ),
        Draft((METFORMIN,), {"consultation": FOLLOW_UP, "patient": TAKES_METFORMIN}),
    ),
    Rule.LIST_B_FIRST: (
        Draft((SITAGLIPTIN,), {"patient": TAKES_METFORMIN}),
        Draft((SITAGLIPTIN,), {"consultation": FOLLOW_UP, "patient": TAKES_METFORMIN}),
    ),
    Rule.LIST_B_NOT_ADD_ON: (
        Draft(
            (SITAGLIPTIN,),
            {"consultation": FOLLOW_UP, "patient": {"current_medicines": ["amlodipine"]}},
        ),
        Draft((SITAGLIPTIN,), {"consultation": FOLLOW_UP, "patient": TAKES_METFORMIN}),
    ),
    Rule.UNLISTED: (seen(AMOXICILLIN, mode="video"), seen(AMOXICILLIN, mode="in_person")),
    Rule.DOSE_UNREADABLE: (
        Draft((medicine("paracetamol", dose="1-0-0-0-1"),)),
        Draft((medicine("paracetamol", dose="1-0-0-1"),)),
    ),
    Rule.DAYS_TOO_MANY: (
        Draft((medicine("paracetamol", days=91),)),
        Draft((medicine("paracetamol", days=90),)),
    ),
    Rule.ONCE_FOR_DAYS: (
        Draft((medicine("paracetamol", dose="1 stat", days=2),)),
        Draft((medicine("paracetamol", dose="1 stat", days=1),)),
    ),
    Rule.WEEKLY_NOT_USUAL: (
        Draft((medicine("paracetamol", dose="1 weekly", days=7),)),
        Draft((IRON,)),
    ),
    Rule.WEEKLY_MAXIMUM: (
        Draft(({**IRON, "dose": "2 weekly"},)),
        Draft(({**IRON, "dose": "1 weekly"},)),
    ),
    Rule.DAILY_MAXIMUM: (
        Draft((medicine("paracetamol", dose="3-3-3"),)),
        Draft((medicine("paracetamol", dose="2-2-2"),)),
    ),
    Rule.TOGETHER_MAXIMUM: (
        Draft((medicine("paracetamol", dose="2-2-2"),), standing=(medicine("Dolo", dose="1-1-1"),)),
        Draft((medicine("paracetamol", dose="2-2-1"),), standing=(medicine("Dolo", dose="1-1-1"),)),
    ),
    Rule.WEIGHT_NEEDED: (patient(SYRUP, age_years=11), patient(SYRUP, age_years=12)),
    Rule.MINIMUM_AGE: (
        patient(DROPS, age_years=0, age_months=2, weight_kg=6),
        patient(DROPS, age_years=0, age_months=3, weight_kg=6),
    ),
    Rule.PREGNANCY: (patient(COUGH, pregnant=True), patient(COUGH, pregnant=False)),
    Rule.PREGNANCY_UNKNOWN: (
        patient(COUGH, pregnant=None, age_years=50),
        patient(COUGH, pregnant=None, age_years=51),
    ),
    Rule.DUPLICATE: (Draft((PARACETAMOL, medicine("Dolo"))), Draft((PARACETAMOL, ZINC))),
    Rule.ALLERGY: (patient(allergies=["Crocin"]), patient(allergies=["penicillin"])),
    Rule.INTERACTION: (
        patient(DEXTROMETHORPHAN, current_medicines=["fluoxetine"]),
        patient(DEXTROMETHORPHAN, current_medicines=["metformin"]),
    ),
}


def test_no_rule_is_without_its_pair() -> None:
    assert set(NEIGHBOURS) == set(Rule)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.value) for rule in Rule])
def test_a_rule_refuses_and_its_neighbour_is_allowed(rule: Rule) -> None:
    refused, allowed = NEIGHBOURS[rule]
    assert refused.rules() == [rule]
    assert allowed.rules() == []
