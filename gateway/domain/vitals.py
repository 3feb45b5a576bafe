"""Vital signs: what was keyed as a measurement, whether it is possible, and whether it is usual.

The bounds are data (`config/vitals.yaml`) with their sources, to be reviewed by a clinician. They
order the waiting room and are told to the doctor; they diagnose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.domain.triage import Urgency

BLOOD_PRESSURE: Final = "blood_pressure"
TEMPERATURE: Final = "temperature"
WEIGHT: Final = "weight"
# 120080 is 120 over 80.
_DIASTOLIC_PART: Final = 1000
# Tenths of a degree from which Fahrenheit is meant: no living body has 60 degrees Celsius.
_FAHRENHEIT_FROM: Final = 600

Range: TypeAlias = tuple[int, int]


class Band(BaseModel):
    """The bounds of one age; both ends are within."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    below_days: int | None = None
    possible: Range
    usual: Range
    urgent: Range | None = None
    red: Range | None = None

    @model_validator(mode="after")
    def _nested(self) -> Self:
        held = [each for each in (self.usual, self.urgent, self.red, self.possible) if each]
        for inner, outer in pairwise(held):
            if not outer[0] <= inner[0] <= inner[1] <= outer[1]:
                raise ValueError("usual lies within urgent, that within red, and all in possible")
        return self


class Sign(BaseModel):
    """unit: of UCUM; the bounds are tenths of it where `tenths` says so. loinc: its code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str
    loinc: str
    tenths: bool = False
    source: str
    bands: tuple[Band, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _covers_every_age(self) -> Self:
        *younger, last = (band.below_days for band in self.bands)
        if last is not None or None in younger or younger != sorted(younger, key=lambda d: d or 0):
            raise ValueError("bands go up in age, and the last holds for all others")
        return self

    def band(self, age_days: int | None) -> Band:
        if age_days is None:
            return self.bands[-1]
        return next(b for b in self.bands if b.below_days is None or age_days < b.below_days)

    def value(self, measured: int) -> float:
        """The measurement in its unit."""
        return measured / 10 if self.tenths else float(measured)


class VitalRules(BaseModel):
    """`config/vitals.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    questions: tuple[str, ...]
    signs: dict[str, Sign]

    @model_validator(mode="after")
    def _asks_what_it_knows(self) -> Self:
        asked = [sign for question in self.questions for sign in measured(question, 0)]
        if sorted(asked) != sorted(self.signs):
            raise ValueError("every sign is asked for by one question, and no other is")
        return self

    def is_possible(self, question: str, keyed: int, *, age_days: int | None) -> bool:
        """Tell whether this can have been measured; else it was keyed wrongly."""
        return question in self.questions and all(
            _within(value, self.signs[sign].band(age_days).possible)
            for sign, value in measured(question, keyed).items()
        )

    def unusual(
        self, sign: str, value: float, *, age_days: int | None
    ) -> tuple[float, float] | None:
        """Return the usual bounds that this value is beyond, in the sign's unit; None if within."""
        rule = self.signs[sign]
        low, high = (rule.value(bound) for bound in rule.band(age_days).usual)
        return None if low <= value <= high else (low, high)

    def findings(self, keyed: Mapping[str, int], *, age_days: int | None) -> tuple[Finding, ...]:
        """Return every measurement that the keyed answers give, with what it means for her turn."""
        return tuple(self._found(keyed, age_days))

    def _found(self, keyed: Mapping[str, int], age_days: int | None) -> Iterator[Finding]:
        for question in self.questions:
            for sign, value in measured(question, keyed.get(question, 0)).items():
                if question in keyed:
                    rule = self.signs[sign]
                    band = rule.band(age_days)
                    usual = _within(value, band.usual)
                    yield Finding(
                        question,
                        sign,
                        rule.value(value),
                        usual=usual,
                        urgency=_urgency(value, band),
                    )


@dataclass(frozen=True, slots=True)
class Finding:
    """value: in the sign's unit. urgency: how soon it wants a doctor; routine for most."""

    question: str
    sign: str
    value: float
    usual: bool
    urgency: Urgency


def measured(question: str, keyed: int) -> dict[str, int]:
    """Return the signs that one keyed number gives, in the units of the bounds."""
    if question == BLOOD_PRESSURE:
        systolic, diastolic = divmod(keyed, _DIASTOLIC_PART)
        return {"systolic": systolic, "diastolic": diastolic}
    if question == TEMPERATURE and keyed >= _FAHRENHEIT_FROM:
        return {question: round((keyed - 320) * 5 / 9)}
    return {question: keyed}


def _within(value: int, bounds: Range) -> bool:
    return bounds[0] <= value <= bounds[1]


def _urgency(value: int, band: Band) -> Urgency:
    if band.red and not _within(value, band.red):
        return Urgency.RED
    if band.urgent and not _within(value, band.urgent):
        return Urgency.URGENT
    return Urgency.ROUTINE
