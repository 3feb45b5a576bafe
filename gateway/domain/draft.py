"""A prescription before it is issued: the JSON of `doorvani rx check`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MONTHS_A_YEAR = 12


class Mode(StrEnum):
    """How patient and doctor met; a telephone call is always audio."""

    AUDIO = "audio"
    TEXT = "text"
    VIDEO = "video"
    IN_PERSON = "in_person"


class Visit(StrEnum):
    FIRST = "first"
    FOLLOW_UP = "follow_up"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class _Part(BaseModel):
    # A misspelt field must not pass as one that was left out: "alergies" would hide an allergy.
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConsultationDraft(_Part):
    """last_in_person: the last visit in person to this doctor, whatever was said by telephone."""

    mode: Mode
    visit: Visit
    last_in_person: date | None = None
    same_condition: bool = False


class PatientDraft(_Part):
    """age_months counts only below one year. pregnant: None when it was not asked.

    with_adult: an identified adult is on the call; the caller is one of the household.
    """

    age_years: int | None = Field(default=None, ge=0, le=125)
    age_months: int = Field(default=0, ge=0, lt=MONTHS_A_YEAR)
    sex: Sex | None = None
    pregnant: bool | None = None
    weight_kg: float | None = Field(default=None, gt=0, le=400)
    allergies: tuple[str, ...] = ()
    current_medicines: tuple[str, ...] = ()
    with_adult: bool = True

    @property
    def age(self) -> float | None:
        """The age in years, with months as a fraction in the first year."""
        return self.age_years or (
            None if self.age_years is None else self.age_months / MONTHS_A_YEAR
        )


class DoctorDraft(_Part):
    registration_number: str | None = None


class MedicineDraft(_Part):
    name: str = Field(min_length=1, max_length=80)
    form: str = Field(min_length=1, max_length=40)
    strength: str = Field(default="", max_length=40)
    dose: str = Field(max_length=40)
    days: int = Field(ge=1, le=3650)
    instructions: str = Field(default="", max_length=60)


class Draft(_Part):
    consultation: ConsultationDraft
    patient: PatientDraft
    doctor: DoctorDraft = DoctorDraft()
    diagnosis: str | None = None
    medicines: tuple[MedicineDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class BadDraft:
    """The JSON is no draft; each problem names the field and what is wrong with it."""

    problems: tuple[str, ...]


def parse_draft(text: str | bytes) -> Draft | BadDraft:
    """Read a draft from its JSON."""
    try:
        return Draft.model_validate_json(text)
    except ValidationError as error:
        return BadDraft(
            tuple(
                f"{'.'.join(str(place) for place in problem['loc']) or 'draft'}: {problem['msg']}"
                for problem in error.errors()
            )
        )
