"""The formulary that ships, read once for the tests of this folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.domain.diagnoses import Diagnoses
from gateway.domain.formulary import Formulary, FormularyFile

FORMULARY = Path(__file__).parents[2] / "config" / "formulary.yaml"


@cache
def shipped() -> Formulary:
    return Formulary(FormularyFile.model_validate(raw()))


def raw() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(FORMULARY.read_text(encoding="utf-8"))
    return data


@cache
def diagnoses() -> Diagnoses:
    data = yaml.safe_load(FORMULARY.with_name("diagnoses.yaml").read_text(encoding="utf-8"))
    return Diagnoses.model_validate(data)
