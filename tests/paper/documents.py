"""Stored prescriptions to print, as the service writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from config.signing_key import make_signing_key
from gateway.paper.press import Press
from gateway.paper.signing import Seal
from sms.catalogue import Catalogue
from sms.loader import load_catalogue

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ORIGIN = "https://rx.example.in"
NONE = dict.fromkeys(("morning", "noon", "evening", "night"), "0")


@cache
def catalogue() -> Catalogue:
    return load_catalogue(Path(__file__).parents[2] / "config" / "sms.yaml")


@cache
def press() -> Press:
    return Press(catalogue(), Seal.parse(make_signing_key()), ORIGIN)


def medicine(name: str = "paracetamol", hindi: str = "पैरासिटामोल", **line: Any) -> dict[str, Any]:
    """A medicine as it was written, with its line as it was read; daily 1-0-1 unless told."""
    written = {"name": name, "form": "tablet", "strength": "500 mg", "days": 5}
    read = {
        **{key: written[key] for key in ("form", "strength", "days")},
        "medicine": name.upper(),
        "pattern": "daily",
        "unit": "piece",
        "parts": {**NONE, "morning": "1", "night": "1"},
        "amount": "1",
        "at_most": 0,
        "names": {"hi": hindi, "en": name},
        **line,
    }
    return {**written, "dose": "1-0-1", "instructions": "after food", "line": read}


def document(language: str = "hi", **changed: Any) -> dict[str, Any]:
    """A whole prescription with every field filled in."""
    return {
        "version": 2,
        "code": "BCDF2345",
        "language": language,
        "issued_on": "2026-11-23",
        "valid_until": "2026-12-23",
        "mode": "audio",
        "visit": "first",
        "doctor": {
            "name": "Asha Rao",
            "qualification": "MBBS",
            "registration_number": "MH-12345",
            "address": "Health centre, Wardha 442001",
            "contact": "+911800000100",
        },
        "patient": {
            "name": "सुनीता देवी",
            "address": "Ward 3, Arvi",
            "age_years": 34,
            "age_months": 0,
            "sex": "female",
            "pregnant": False,
            "weight_kg": 54.0,
            "height_cm": 152,
            "lmp_on": "2026-11-02",
            "allergies": ["penicillin"],
            "current_medicines": ["metformin"],
            "with_adult": False,
        },
        "complaint": ["fever", "chest_pain"],
        "history": "three days of fever",
        "findings": "alert by her account",
        "investigations": "malaria smear",
        "diagnosis": "viral fever",
        "notes": "आराम करें, drink much",
        "medicines": [
            medicine(),
            medicine("cetirizine", "सेटिरिज़ीन", pattern="as_needed", parts=NONE, at_most=2),
        ],
        **changed,
    }


def old_document() -> dict[str, Any]:
    """A prescription of before the document had a language, a name and findings."""
    new = document()
    for name in ("language", "history", "findings", "investigations"):
        del new[name]
    for name in ("name", "address", "height_cm", "lmp_on"):
        del new["patient"][name]
    for name in ("address", "contact"):
        del new["doctor"][name]
    return {**new, "version": 1}
