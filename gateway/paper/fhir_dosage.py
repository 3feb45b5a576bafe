"""The dose of a medicine line as FHIR Dosage elements."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, TypeAlias

from gateway.paper.words import dose_of

Dosage: TypeAlias = dict[str, Any]

_UCUM: Final = "http://unitsofmeasure.org"
_WHEN: Final = {"morning": "MORN", "noon": "NOON", "evening": "EVE", "night": "NIGHT"}
_DAILY: Final = {"frequency": 1, "period": 1, "periodUnit": "d"}
_WEEKLY: Final = {"frequency": 1, "period": 1, "periodUnit": "wk"}


def dosages_of(medicine: Mapping[str, Any]) -> list[Dosage]:
    """Return one Dosage for each part of the day, since amounts may differ; else a single one."""
    line = medicine["line"]
    text = {"text": dose_of(medicine)}
    if medicine["instructions"]:
        text["patientInstruction"] = medicine["instructions"]
    if line["pattern"] == "daily":
        parts = [(part, amount) for part, amount in line["parts"].items() if amount != "0"]
        return [
            {**text, **_timing(line, {**_DAILY, "when": [_WHEN[part]]}), **_amount(line, amount)}
            for part, amount in parts
        ]
    amount = _amount(line, line["amount"])
    if line["pattern"] == "as_needed":
        return [{**text, "asNeededBoolean": True, **_at_most(line), **amount}]
    if line["pattern"] == "weekly":
        return [{**text, **_timing(line, _WEEKLY), **amount}]
    return [{**text, "timing": {"repeat": {"count": 1}}, **amount}]


def _timing(line: Mapping[str, Any], repeat: Mapping[str, Any]) -> Dosage:
    bounds = {"value": line["days"], "unit": "day", "system": _UCUM, "code": "d"}
    return {"timing": {"repeat": {"boundsDuration": bounds, **repeat}}}


def _amount(line: Mapping[str, Any], written: str) -> Dosage:
    return {"doseAndRate": [{"doseQuantity": _quantity(line, _number(written))}]}


def _at_most(line: Mapping[str, Any]) -> Dosage:
    most = _number(line["amount"]) * line["at_most"]
    day = {"value": 1, "unit": "day", "system": _UCUM, "code": "d"}
    return {
        **_timing(line, {}),
        "maxDosePerPeriod": {"numerator": _quantity(line, most), "denominator": day},
    }


def _quantity(line: Mapping[str, Any], amount: float) -> Dosage:
    if line["unit"] == "ml":
        return {"value": amount, "unit": "ml", "system": _UCUM, "code": "mL"}
    return {"value": amount, "unit": line["form"] if line["unit"] == "piece" else line["unit"]}


def _number(written: str) -> float:
    """Return an amount of a line, such as "1 1/2", as a number."""
    return float(sum((Fraction(part) for part in written.split()), Fraction()))
