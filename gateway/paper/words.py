"""The English words of our documents, from `words.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Document: TypeAlias = Mapping[str, Any]


@cache
def _words() -> dict[str, str]:
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return words


def say(key: str, **values: object) -> str:
    """Return the English words of `words.yaml`."""
    return _words()[key].format(**values)


def age_of(patient: Mapping[str, Any]) -> str:
    """Return the age in words, in months below one year."""
    years = patient["age_years"]
    return say("years", n=years) if years else say("months", n=patient["age_months"])


def name_of(patient: Mapping[str, Any]) -> str:
    """Return the name; where none is written, whether one was given by voice."""
    spoken: bool | None = patient.get("name_spoken")
    otherwise = "nameless" if spoken is None else "spoken_name" if spoken else "untold_name"
    return patient.get("name") or say(otherwise)


def dose_of(medicine: Mapping[str, Any]) -> str:
    """Return the dose as the doctor wrote it, with the days."""
    days = medicine["line"]["days"]
    return say("one_day" if days == 1 else "dose", dose=medicine["dose"], days=days)
