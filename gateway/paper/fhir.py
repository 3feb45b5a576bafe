"""A stored prescription as FHIR R4 documents, by the rules of the NRCES profiles.

Source: https://nrces.in/ndhm/fhir/r4 (PrescriptionRecord, OPConsultRecord, DocumentBundle). Codes
of medicines and diagnoses stay words: nothing of ours is coded in SNOMED CT, and a guessed code is
worse than none. Ids are made from the prescription's code, so that one document keeps its ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from gateway.paper.fhir_dosage import dosages_of
from gateway.paper.fhir_parts import (
    TERMS,
    Resource,
    concept,
    instant,
    loinc,
    meta,
    narrative,
    quantity,
    status,
)
from gateway.paper.fhir_presented import ROLES, presenters, vital_signs
from gateway.paper.words import Document, age_of, name_of, say


class Record(StrEnum):
    PRESCRIPTION = "prescription"
    CONSULTATION = "consultation"


# Profile, SNOMED CT code and its display.
_RECORDS: Final = {
    Record.PRESCRIPTION: ("PrescriptionRecord", "440545006", "Prescription record"),
    Record.CONSULTATION: ("OPConsultRecord", "371530004", "Clinical consultation report"),
}
_SECTIONS: Final = {
    "complaint": ("422843007", "Chief complaint section"),
    "history": ("371529009", "History and physical report"),
    "findings": ("425044008", "Physical exam section"),
    "allergies": ("722446000", "Allergy record"),
    "investigations": ("721963009", "Order document"),
    "medicines": ("721912009", "Medication summary document"),
    "observations": ("404684003", "Clinical finding"),
}


@dataclass(frozen=True, slots=True)
class Filing:
    """What a record says besides the document.

    patient, encounter: our ids of them, unguessable. origin: whose they are. at: when the record is
    made. cancelled_on: None while the prescription stands.
    """

    patient: str
    encounter: str
    origin: str
    at: datetime
    cancelled_on: date | None = None


def record_of(document: Document, filing: Filing, record: Record) -> Resource:
    """Return the document bundle as JSON: the Composition first, then all that it refers to."""
    made = _Made(document, filing)
    made.add("Patient", "patient", _patient(document, filing))
    made.add("Practitioner", "practitioner", _practitioner(document, filing))
    made.add("Organization", "organization", {"name": say("service"), **_identified(filing, "")})
    for name, body in presenters(document, filing.origin):
        made.add("Practitioner", name, body)
    made.add("Condition", "diagnosis", _condition(made, document["diagnosis"], "provisional"))
    made.add("Encounter", "encounter", _encounter(made))
    medicines = [
        made.add("MedicationRequest", f"medicine-{place}", _request(made, medicine))
        for place, medicine in enumerate(document["medicines"], start=1)
    ]
    if record is Record.PRESCRIPTION:
        _, code, display = _RECORDS[record]
        sections = [{"title": display, "code": concept(code, display), "entry": medicines}]
    else:
        sections = list(_sections(made, medicines))
    return _bundle(made, record, sections)


@dataclass(frozen=True, slots=True)
class _Made:
    """The resources of one record, by name."""

    document: Document
    filing: Filing
    resources: dict[str, Resource] = field(default_factory=dict)

    def add(self, kind: str, name: str, body: Mapping[str, Any]) -> Resource:
        """Keep a resource under its profile; return a reference to it."""
        head = {"resourceType": kind, "id": self.id_of(name), "meta": meta(kind)}
        self.resources[name] = {**head, **body}
        return self.to(name)

    def to(self, name: str) -> Resource:
        kind = self.resources[name]["resourceType"]
        return {"reference": f"urn:uuid:{self.id_of(name)}", "type": kind}

    def id_of(self, name: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self.filing.origin}/rx/{self.document['code']}#{name}"))


def _bundle(made: _Made, record: Record, sections: list[Resource]) -> Resource:
    profile, code, display = _RECORDS[record]
    at = instant(made.filing.at)
    composition = {
        "language": "en-IN",
        "identifier": {"system": f"{made.filing.origin}/rx", "value": made.document["code"]},
        "status": "final",
        "type": concept(code, display),
        "subject": made.to("patient"),
        "encounter": made.to("encounter"),
        "date": made.document["issued_on"],
        "author": [made.to("practitioner")],
        "title": display,
        "custodian": made.to("organization"),
        "section": sections,
    }
    made.add("Composition", record.value, {**composition, "meta": meta(profile)})
    first = made.resources.pop(record.value)
    return {
        "resourceType": "Bundle",
        "id": made.id_of(f"{record.value}-bundle"),
        "meta": {
            **meta("DocumentBundle"),
            "versionId": "1",
            "lastUpdated": instant(made.filing.at),
        },
        "identifier": {
            "system": f"{made.filing.origin}/fhir",
            "value": made.id_of(f"{record.value}-bundle"),
        },
        "type": "document",
        "timestamp": at,
        "entry": [
            {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
            for resource in (first, *made.resources.values())
        ],
    }


def _sections(made: _Made, medicines: list[Resource]) -> Iterator[Resource]:
    """Yield what was told and found, each kind in the section that the profile names for it."""
    document = made.document
    complaints = [code.replace("_", " ") for code in document["complaint"]]
    yield from _section("complaint", _conditions(made, complaints))
    for name in ("history", "findings"):
        if text := document.get(name):
            yield {**_section_head(name), "text": narrative(text)}
    yield from _section("allergies", _allergies(made))
    if text := document.get("investigations"):
        order = {"status": "active", "intent": "order", **_about(made), "code": {"text": text}}
        yield from _section("investigations", [made.add("ServiceRequest", "investigations", order)])
    yield from _section("observations", _observations(made))
    yield from _section("medicines", medicines)


def _section(name: str, entries: Iterable[Resource]) -> Iterator[Resource]:
    listed = list(entries)
    if listed:
        yield {**_section_head(name), "entry": listed}


def _section_head(name: str) -> Resource:
    code, display = _SECTIONS[name]
    return {"title": say(name), "code": concept(code, display)}


def _conditions(made: _Made, texts: Iterable[str]) -> Iterator[Resource]:
    for place, text in enumerate(texts, start=1):
        body = _condition(made, text, "unconfirmed")
        yield made.add("Condition", f"complaint-{place}", body)


def _allergies(made: _Made) -> Iterator[Resource]:
    for place, text in enumerate(made.document["patient"]["allergies"], start=1):
        body = {
            "clinicalStatus": status("allergyintolerance-clinical", "active"),
            "verificationStatus": status("allergyintolerance-verification", "unconfirmed"),
            "code": {"text": text},
            "patient": made.to("patient"),
        }
        yield made.add("AllergyIntolerance", f"allergy-{place}", body)


def _observations(made: _Made) -> Iterator[Resource]:
    """Yield age, weight, height and last period, as far as they were told."""
    patient = made.document["patient"]
    years, months = patient["age_years"], patient["age_months"]
    age = (years, "a") if years else (months, "mo")
    measured = (("age", "30525-0", *age), ("weight", "29463-7", patient["weight_kg"], "kg"))
    for name, code, value, unit in (
        *measured,
        ("height", "8302-2", patient.get("height_cm"), "cm"),
    ):
        if value is not None:
            yield _observation(made, name, code, {"valueQuantity": quantity(value, unit)})
    for name, vital in vital_signs(made.document):
        yield made.add("Observation", name, {**_observed(made), **vital})
    if patient.get("lmp_on"):
        yield _observation(made, "lmp", "8665-2", {"valueDateTime": patient["lmp_on"]})


def _observation(made: _Made, name: str, code: str, value: Resource) -> Resource:
    body = {"code": loinc(code, say(f"fhir_{name}")), **_observed(made), **value}
    return made.add("Observation", name, body)


def _observed(made: _Made) -> Resource:
    about = {**_about(made), "effectiveDateTime": made.document["issued_on"]}
    return {"status": "final", **about}


def _request(made: _Made, medicine: Mapping[str, Any]) -> Resource:
    document, line = made.document, medicine["line"]
    words = say("medicine", **line) if line["strength"] else say("plain", **line)
    return {
        "status": "cancelled" if made.filing.cancelled_on else "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": words},
        **_about(made),
        "authoredOn": document["issued_on"],
        "requester": made.to("practitioner"),
        "reasonReference": [made.to("diagnosis")],
        "dosageInstruction": dosages_of(medicine),
        "dispenseRequest": {
            "validityPeriod": {"start": document["issued_on"], "end": document["valid_until"]}
        },
    }


def _patient(document: Document, filing: Filing) -> Resource:
    patient = document["patient"]
    told = ", ".join((name_of(patient), age_of(patient), say(patient["sex"])))
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}
    known = {"text": patient.get("name")}
    unknown = {"extension": [{**absent, "valueCode": "unknown"}]}
    address = patient.get("address")
    return {
        "text": narrative(told),
        **_identified(filing, filing.patient, kind=("MR", "Medical record number")),
        "name": [known if patient.get("name") else unknown],
        "gender": patient["sex"],
        **({"address": [{"text": address, "country": "IN"}]} if address else {}),
    }


def _practitioner(document: Document, filing: Filing) -> Resource:
    doctor = document["doctor"]
    number = doctor["registration_number"]
    return {
        **_identified(filing, number, kind=("MD", "Medical License number")),
        "name": [{"text": say("doctor_name", **doctor)}],
        "qualification": [{"code": {"text": doctor["qualification"]}}],
    }


def _encounter(made: _Made) -> Resource:
    return {
        **_identified(made.filing, made.filing.encounter),
        "status": "finished",
        "class": {"system": f"{TERMS}v3-ActCode", "code": "VR", "display": "virtual"},
        "subject": made.to("patient"),
        "participant": _participants(made),
        "period": {"start": made.document["issued_on"]},
        "diagnosis": [{"condition": made.to("diagnosis")}],
    }


def _participants(made: _Made) -> list[Resource]:
    """Return who took part; each has a part of her own only where a health worker presented."""
    if not made.document.get("presented_by"):
        return [{"individual": made.to("practitioner")}]
    return [{"type": [role], "individual": made.to(name)} for name, role in ROLES.items()]


def _condition(made: _Made, text: str, verification: str) -> Resource:
    return {
        "clinicalStatus": status("condition-clinical", "active"),
        "verificationStatus": status("condition-ver-status", verification),
        "code": {"text": text},
        "subject": made.to("patient"),
    }


def _about(made: _Made) -> Resource:
    return {"subject": made.to("patient"), "encounter": made.to("encounter")}


def _identified(filing: Filing, value: str, *, kind: tuple[str, str] | None = None) -> Resource:
    """Return an identifier that is ours; the value of the service itself is its address."""
    identifier: Resource = {"system": filing.origin, "value": value or filing.origin}
    if kind:
        coding = {"system": f"{TERMS}v2-0203", "code": kind[0], "display": kind[1]}
        identifier["type"] = {"coding": [coding]}
    return {"identifier": [identifier]}
