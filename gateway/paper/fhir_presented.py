"""What a health worker presented, in FHIR: the people on record, and the vital signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gateway.paper.fhir_parts import TERMS, Resource, loinc, quantity
from gateway.paper.words import Document, say

# HL7 v3 ParticipationType, of who takes part in the encounter.
_PARTS: Final = {
    "practitioner": ("CON", "consultant"),
    "treating-doctor": ("ATND", "attender"),
    "health-worker": ("REF", "referrer"),
}
ROLES: Final = {
    name: {"coding": [{"system": f"{TERMS}v3-ParticipationType", "code": code, "display": display}]}
    for name, (code, display) in _PARTS.items()
}
_BLOOD_PRESSURE: Final = ("85354-9", ("systolic", "diastolic"))
_WEIGHT: Final = "weight"


def presenters(document: Document, origin: str) -> Iterator[tuple[str, Resource]]:
    """Yield the treating doctor and the health worker, each by name, where one presented."""
    worker, treating = document.get("presented_by"), document.get("treating_doctor")
    if worker is None or treating is None:
        return
    number = {"coding": [{"system": f"{TERMS}v2-0203", "code": "MD"}]}
    registered = {"system": origin, "value": treating["registration_number"], "type": number}
    yield (
        "treating-doctor",
        {
            "identifier": [registered],
            "name": [{"text": say("doctor_name", **treating)}],
            "qualification": [{"code": {"text": say("treating_doctor")}}],
        },
    )
    yield (
        "health-worker",
        {
            "identifier": [{"system": origin, "value": say("presented", **worker)}],
            "name": [{"text": worker["name"]}],
            "address": [{"text": worker["centre"], "country": "IN"}],
        },
    )


def vital_signs(document: Document) -> Iterator[tuple[str, Resource]]:
    """Yield each sign but the weight, which is told of the patient; the two pressures are one."""
    vitals: dict[str, Any] = {each["sign"]: each for each in document.get("vitals", ())}
    panel, parts = _BLOOD_PRESSURE
    pressures = [_measured(vitals.pop(sign)) for sign in parts if sign in vitals]
    vitals.pop(_WEIGHT, None)
    category = {
        "coding": [
            {
                "system": f"{TERMS}observation-category",
                "code": "vital-signs",
                "display": "Vital Signs",
            }
        ]
    }
    if pressures:
        code = loinc(panel, say("fhir_blood_pressure"))
        yield "vital-pressure", {"category": [category], "code": code, "component": pressures}
    for sign, each in vitals.items():
        yield f"vital-{sign}", {"category": [category], **_measured(each)}


def _measured(vital: dict[str, Any]) -> Resource:
    code = loinc(vital["loinc"], say(f"sign_{vital['sign']}"))
    return {"code": code, "valueQuantity": quantity(vital["value"], vital["unit"])}
