"""Provisional diagnoses that are named by a number, for a doctor who has only keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.domain.formulary import CODE_STEP, index_by_code


class Diagnosis(BaseModel):
    """name: as it stands on the prescription. name_hi: as it is spoken in India's scripts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: int = Field(ge=100, le=999, multiple_of=CODE_STEP)
    name: str = Field(min_length=1, max_length=80)
    name_hi: str = Field(min_length=1)


class Diagnoses(BaseModel):
    """`config/diagnoses.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    review: str
    source: str
    diagnoses: tuple[Diagnosis, ...]

    @property
    def by_code(self) -> Mapping[int, Diagnosis]:
        return index_by_code(self.diagnoses)

    @model_validator(mode="after")
    def _one_meaning_a_code(self) -> Self:
        index_by_code(self.diagnoses)
        return self
