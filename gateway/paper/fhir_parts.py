"""Small parts that every FHIR resource of ours is made of."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any, Final, TypeAlias

Resource: TypeAlias = dict[str, Any]

TERMS: Final = "http://terminology.hl7.org/CodeSystem/"
_PROFILE: Final = "https://nrces.in/ndhm/fhir/r4/StructureDefinition/"
_SNOMED: Final = "http://snomed.info/sct"


def concept(code: str, display: str) -> Resource:
    """Return a concept of SNOMED CT."""
    coding = {"system": _SNOMED, "code": code, "display": display}
    return {"coding": [coding], "text": display}


def status(system: str, code: str) -> Resource:
    """Return a code of one of HL7's own systems."""
    return {"coding": [{"system": f"{TERMS}{system}", "code": code}]}


def narrative(text: str) -> Resource:
    """Return text for people, safe in XHTML."""
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(text)}</p></div>'
    return {"status": "generated", "div": div}


def meta(profile: str) -> Resource:
    """Return what claims an NRCES profile."""
    return {"profile": [f"{_PROFILE}{profile}"]}


def instant(at: datetime) -> str:
    """Return an aware time to the second."""
    return at.isoformat(timespec="seconds")


def loinc(code: str, text: str) -> Resource:
    return {"coding": [{"system": "http://loinc.org", "code": code}], "text": text}


def quantity(value: float, unit: str) -> Resource:
    """Return an amount in a unit of UCUM."""
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
