from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.domain.dose import unit_of
from gateway.domain.formulary import (
    Basis,
    DrugList,
    Formulary,
    FormularyFile,
    Medicine,
    plain_strength,
)
from sms.medicine import DoseUnit
from tests.domain.formulary_file import raw, shipped

MEDICINES = [pytest.param(medicine, id=medicine.name) for medicine in shipped().medicines]
DLT_VARIABLE = 30


def test_it_holds_the_essential_medicines() -> None:
    assert len(shipped().medicines) >= 120


def test_nothing_passes_for_reviewed_that_no_clinician_has_signed() -> None:
    assert "to be reviewed by a clinician" in raw()["review"]
    assert {medicine.reviewed_by for medicine in shipped().medicines} == {None}


@pytest.mark.parametrize("medicine", MEDICINES)
def test_a_medicine_can_be_texted_and_read_aloud(medicine: Medicine) -> None:
    assert medicine.name_hi
    assert all("\u0900" <= letter <= "\u097f" or letter in " -" for letter in medicine.name_hi)
    if medicine.list in {DrugList.O, DrugList.A, DrugList.B}:
        assert len(medicine.name) <= DLT_VARIABLE
        assert all(len(strength.strength) <= DLT_VARIABLE for strength in medicine.strengths)


@pytest.mark.parametrize("medicine", MEDICINES)
def test_what_may_be_prescribed_has_forms_and_its_limits(medicine: Medicine) -> None:
    if medicine.list is DrugList.PROHIBITED:
        assert medicine.basis in {Basis.NDPS, Basis.CANCER}
        return
    assert medicine.strengths
    if medicine.max_daily_mg is None:
        assert all(strength.mg is None for strength in medicine.strengths)
    else:
        inside = {s.form for s in medicine.strengths if unit_of(s.form) is not DoseUnit.APPLICATION}
        assert inside <= {s.form for s in medicine.strengths if s.mg is not None}


@pytest.mark.parametrize("medicine", MEDICINES)
def test_a_list_has_its_basis(medicine: Medicine) -> None:
    listed = medicine.list in {DrugList.O, DrugList.A, DrugList.B}
    assert listed == (medicine.basis in {Basis.NAMED, Basis.ANALOGY})
    assert bool(medicine.add_on_to) == (medicine.list is DrugList.B)


def test_every_class_that_an_interaction_names_is_known() -> None:
    known = {kind for medicine in shipped().medicines for kind in medicine.kinds}
    named = {kind for m in shipped().medicines for kind in (*m.avoid_with, *m.add_on_to)} - {
        "maoi",
        "amiodarone",
        "tizanidine",
    }
    assert named <= known


@pytest.mark.parametrize(
    ("name", "form", "found"),
    [
        ("paracetamol", "tablet", "paracetamol"),
        ("PARACETAMOL", "tablet", "paracetamol"),
        ("pcm", "", "paracetamol"),
        ("Crocin", "", "paracetamol"),
        ("Dolo 650", "", "paracetamol"),
        ("paracetamol 500mg", "tablet", "paracetamol"),
        ("acetaminophen", "", "paracetamol"),
        ("  ors ", "sachet", "oral rehydration salts"),
        ("ciprofloxacin", "eye drops", "ciprofloxacin eye drops"),
        ("ciprofloxacin", "tablet", "ciprofloxacin"),
        ("clotrimazole", "cream", "clotrimazole cream"),
        ("clotrimazole", "ear drops", "clotrimazole ear drops"),
        ("salbutamol", "inhaler", "salbutamol inhaler"),
        ("salbutamol", "tablet", "salbutamol tablet"),
    ],
)
def test_a_medicine_is_found_by_generic_brand_and_form(name: str, form: str, found: str) -> None:
    medicine = shipped().find(name, form=form)
    assert medicine is not None
    assert medicine.name == found


@pytest.mark.parametrize("name", ["", "500", "paracetamo", "water"])
def test_a_name_that_is_not_listed_is_not_guessed(name: str) -> None:
    assert shipped().find(name) is None


def test_pheniramine_is_not_taken_for_chlorpheniramine() -> None:
    medicine = shipped().find("Avil")
    assert medicine is not None
    assert medicine.name == "pheniramine"


@pytest.mark.parametrize(
    ("allergy", "kind"),
    [
        ("penicillin", "penicillin"),
        ("Penicillin allergy", "penicillin"),
        ("allergic to sulfa drugs", "sulfonamide"),
        ("Brufen", "nsaid"),
        ("paracetamol", "paracetamol"),
    ],
)
def test_an_allergy_in_words_is_a_substance_or_a_class(allergy: str, kind: str) -> None:
    assert kind in shipped().allergens(allergy)


def test_an_allergy_to_no_medicine_speaks_of_none() -> None:
    assert shipped().allergens("dust") == frozenset()


@pytest.mark.parametrize(
    ("left", "right"),
    [("500 mg", "500mg"), ("0.5 g", "500 mg"), ("50 mcg", "0.05 mg"), ("125 MG/5 ML", "125mg/5ml")],
)
def test_one_strength_has_many_ways_of_writing(left: str, right: str) -> None:
    assert plain_strength(left) == plain_strength(right)


def test_different_strengths_stay_different() -> None:
    assert plain_strength("50 mcg") != plain_strength("50 mg")


def test_two_medicines_of_one_name_and_form_are_refused() -> None:
    data = raw()
    twin = {**data["medicines"][0], "name": "another", "synonyms": ["PCM"]}
    data["medicines"].append(twin)
    with pytest.raises(ValueError, match="pcm means paracetamol and another"):
        Formulary(FormularyFile.model_validate(data))


def test_a_misspelt_field_is_refused() -> None:
    data = raw()
    data["medicines"][0]["max_daily"] = 4000
    with pytest.raises(ValidationError, match="max_daily"):
        FormularyFile.model_validate(data)


def test_a_rule_without_words_is_refused() -> None:
    data = raw()
    del data["rules"]["allergy"]
    with pytest.raises(ValidationError, match="rules without words: allergy"):
        FormularyFile.model_validate(data)


@pytest.mark.parametrize("misspelt", ["paracitamol", "Paracetmol", "allergic to parasetamol"])
def test_a_misspelt_allergy_is_heeded(misspelt: str) -> None:
    assert "paracetamol" in shipped().allergens(misspelt)


@pytest.mark.parametrize("other", ["peanuts", "dust", "milk", "pcn", "eggs", "pollen"])
def test_an_allergy_to_something_else_is_no_medicines(other: str) -> None:
    assert shipped().allergens(other) == frozenset()


def test_a_misspelt_medicine_is_never_guessed_for_a_prescription() -> None:
    assert shipped().find("paracitamol") is None
