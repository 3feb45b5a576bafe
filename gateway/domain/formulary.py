"""The formulary: medicines, the list that each stands on, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class DrugList(StrEnum):
    """Lists of the Telemedicine Practice Guidelines (2020), and what may never be prescribed."""

    O = "O"  # noqa: E741  # the guidelines' own name
    A = "A"
    B = "B"
    PROHIBITED = "prohibited"


class Strength(BaseModel):
    """A form in one strength; mg: substance in one unit of the dose (a tablet, a ml, a sachet)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: str
    strength: str
    mg: float | None = None


class Medicine(BaseModel):
    """One generic medicine; everything medical is to be reviewed by a clinician."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    synonyms: tuple[str, ...] = ()
    name_hi: str
    list: DrugList
    strengths: tuple[Strength, ...] = ()
    max_daily_mg: float | None = Field(default=None, gt=0)
    min_age_years: float = 0
    avoid_in_pregnancy: bool = False
    interacts_with: tuple[str, ...] = ()
    substance_class: str = ""
    source: str
    reviewed_by: str | None = None


class FormularyFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    review: str
    medicines: tuple[Medicine, ...]


class Formulary:
    """Finds medicines by generic name, synonym or brand."""

    def __init__(self, file: FormularyFile) -> None:
        self.version = file.version
        self.medicines = file.medicines
        self._by_name: Mapping[str, Medicine] = {
            name.casefold(): medicine
            for medicine in file.medicines
            for name in (medicine.name, *medicine.synonyms)
        }
        expected = sum(1 + len(medicine.synonyms) for medicine in file.medicines)
        if len(self._by_name) != expected:
            raise ValueError("two medicines of the formulary share a name")

    def find(self, name: str) -> Medicine | None:
        """Return the medicine of that name, in any case; None for one that is not listed."""
        return self._by_name.get(" ".join(name.split()).casefold())
