"""FHIR documents: valid by the library's models of R4, and whole by the rules of NRCES."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.paper.fhir import Filing, Record, record_of
from tests.paper.documents import NONE, NOW, ORIGIN, document, medicine, old_document

FILING = Filing("a" * 32, "b" * 32, ORIGIN, NOW)
PROFILE = "https://nrces.in/ndhm/fhir/r4/StructureDefinition/"
RECORDS = [pytest.param(record, id=record.value) for record in Record]


def made(
    written: dict[str, Any], record: Record = Record.PRESCRIPTION, filing: Filing = FILING
) -> dict[str, Any]:
    """Return the bundle; errors when the library's models of R4 refuse it."""
    bundle = record_of(written, filing, record)
    Bundle.model_validate_json(json.dumps(bundle))
    return bundle


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if "reference" in value:
            yield value["reference"]
        for part in value.values():
            yield from references(part)
    if isinstance(value, list):
        for part in value:
            yield from references(part)


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("written", [document(), old_document()], ids=["whole", "old"])
def test_a_document_bundle_is_whole(written: dict[str, Any], record: Record) -> None:
    bundle = made(written, record)
    assert bundle["type"] == "document"
    assert bundle["meta"]["versionId"]
    assert bundle["meta"]["profile"] == [f"{PROFILE}DocumentBundle"]
    assert bundle["identifier"]["system"]
    assert bundle["identifier"]["value"]
    assert bundle["timestamp"] == "2026-11-23T05:00:00+00:00"
    assert bundle["entry"][0]["resource"]["resourceType"] == "Composition"
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    assert urls == [f"urn:uuid:{entry['resource']['id']}" for entry in bundle["entry"]]


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("written", [document(), old_document()], ids=["whole", "old"])
def test_everything_referred_to_is_in_it_and_everything_in_it_is_referred_to(
    written: dict[str, Any], record: Record
) -> None:
    bundle = made(written, record)
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert set(references(bundle)) == urls - {bundle["entry"][0]["fullUrl"]}


def test_a_prescription_record_has_one_section_with_every_medicine() -> None:
    bundle = made(document())
    composition = bundle["entry"][0]["resource"]
    assert composition["meta"]["profile"] == [f"{PROFILE}PrescriptionRecord"]
    assert composition["type"]["coding"][0]["code"] == "440545006"
    [section] = composition["section"]
    assert section["code"]["coding"][0]["code"] == "440545006"
    requests = resources(bundle, "MedicationRequest")
    assert [entry["reference"] for entry in section["entry"]] == [
        f"urn:uuid:{request['id']}" for request in requests
    ]
    assert requests[0]["medicationCodeableConcept"]["text"] == "PARACETAMOL, tablet, 500 mg"


def test_a_consultation_record_has_its_encounter_and_a_section_for_each_thing_told() -> None:
    bundle = made(document(), Record.CONSULTATION)
    composition = bundle["entry"][0]["resource"]
    assert composition["meta"]["profile"] == [f"{PROFILE}OPConsultRecord"]
    assert composition["type"]["coding"][0]["code"] == "371530004"
    [encounter] = resources(bundle, "Encounter")
    assert composition["encounter"]["reference"] == f"urn:uuid:{encounter['id']}"
    assert encounter["class"]["code"] == "VR"
    codes = [section["code"]["coding"][0]["code"] for section in composition["section"]]
    assert codes == [
        "422843007",
        "371529009",
        "425044008",
        "722446000",
        "721963009",
        "404684003",
        "721912009",
    ]
    observed = {it["code"]["coding"][0]["code"]: it for it in resources(bundle, "Observation")}
    assert observed["29463-7"]["valueQuantity"]["value"] == 54.0
    assert observed["8665-2"]["valueDateTime"] == "2026-11-02"


def test_what_nobody_told_has_no_section() -> None:
    silent = {**document()["patient"], "allergies": [], "name": ""}
    written = document(patient=silent, history="", findings="", investigations="", complaint=[])
    sections = made(written, Record.CONSULTATION)["entry"][0]["resource"]["section"]
    assert [section["title"] for section in sections] == ["Observations", "Medicines"]


def test_a_doctor_is_named_with_her_registration_and_a_nameless_patient_as_unknown() -> None:
    nameless = {**document()["patient"], "name": ""}
    bundle = made(document(patient=nameless))
    [doctor] = resources(bundle, "Practitioner")
    assert doctor["identifier"][0]["value"] == "MH-12345"
    assert doctor["identifier"][0]["type"]["coding"][0]["code"] == "MD"
    [patient] = resources(bundle, "Patient")
    assert "text" not in patient["name"][0]
    assert patient["name"][0]["extension"][0]["valueCode"] == "unknown"


def test_words_of_a_doctor_are_no_markup() -> None:
    bundle = made(document(history="<script>x</script> & co"), Record.CONSULTATION)
    assert "<script>" not in json.dumps(bundle)


def test_a_cancelled_prescription_is_ordered_no_more() -> None:
    cancelled = replace(FILING, cancelled_on=date(2026, 11, 24))
    for filing, expected in ((FILING, "active"), (cancelled, "cancelled")):
        bundle = made(document(), filing=filing)
        assert {it["status"] for it in resources(bundle, "MedicationRequest")} == {expected}


def test_the_same_prescription_keeps_its_ids_and_another_has_others() -> None:
    later = replace(FILING, at=NOW.replace(hour=9))
    ids = [entry["fullUrl"] for entry in made(document())["entry"]]
    assert ids == [entry["fullUrl"] for entry in made(document(), filing=later)["entry"]]
    other = [entry["fullUrl"] for entry in made(document(code="ZZZZ2345"))["entry"]]
    assert not set(ids) & set(other)


def dosages(**line: Any) -> list[dict[str, Any]]:
    bundle = made(document(medicines=[medicine(**line)]))
    found: list[dict[str, Any]] = resources(bundle, "MedicationRequest")[0]["dosageInstruction"]
    return found


def test_each_part_of_the_day_has_its_own_amount() -> None:
    morning, night = dosages(parts={**NONE, "morning": "1/2", "night": "1 1/2"})
    assert [it["timing"]["repeat"]["when"] for it in (morning, night)] == [["MORN"], ["NIGHT"]]
    amounts = [it["doseAndRate"][0]["doseQuantity"] for it in (morning, night)]
    assert [amount["value"] for amount in amounts] == [0.5, 1.5]
    assert amounts[0]["unit"] == "tablet"
    assert morning["timing"]["repeat"]["boundsDuration"]["value"] == 5
    assert morning["patientInstruction"] == "after food"


def test_a_dose_when_needed_has_its_ceiling_and_the_others_their_period() -> None:
    [needed] = dosages(pattern="as_needed", parts=NONE, amount="5", at_most=3, unit="ml")
    assert needed["asNeededBoolean"] is True
    assert needed["maxDosePerPeriod"]["numerator"] == {
        "value": 15.0,
        "unit": "ml",
        "system": "http://unitsofmeasure.org",
        "code": "mL",
    }
    [weekly] = dosages(pattern="weekly", parts=NONE)
    assert weekly["timing"]["repeat"]["periodUnit"] == "wk"
    [once] = dosages(pattern="once", parts=NONE)
    assert once["timing"]["repeat"] == {"count": 1}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@settings(max_examples=25, deadline=None)
@given(
    history=TEXTS, notes=TEXTS, name=TEXTS, years=st.integers(0, 120), weight=st.floats(0.5, 300)
)
def test_whatever_a_doctor_writes_the_records_are_valid(
    history: str, notes: str, name: str, years: int, weight: float
) -> None:
    told = {"name": name, "age_years": years, "weight_kg": weight}
    patient = {**document()["patient"], **told}
    for record in Record:
        made(document(history=history, notes=notes, patient=patient), record)
