"""May this be prescribed by telephone? Each refusal names its rule, its source and the lawful way.

Rules: Telemedicine Practice Guidelines, 25 March 2020 (domain/telemedicine-rules.md). Software
refuses and explains; the doctor decides what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.dose import BadDose, Dose, parse_dose
from gateway.domain.formulary import DrugList, Formulary, Medicine

GUIDELINES: Final = "Telemedicine Practice Guidelines 2020"
FORMULARY: Final = "formulary"
FOLLOW_UP_WITHIN: Final = timedelta(days=183)
LONGEST_DAYS: Final = 90
_REGISTRATION = re.compile(r"^(?=.*\d)[A-Za-z0-9][A-Za-z0-9 ./-]{2,38}$")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConsultationDraft(_Part):
    mode: Literal["audio", "text", "video", "in_person"]
    visit: Literal["first", "follow_up"]
    last_in_person: date | None = None
    same_condition: bool = False


class PatientDraft(_Part):
    age_years: int | None = Field(default=None, ge=0, le=125)
    sex: Literal["female", "male", "other"] | None = None
    pregnant: bool = False
    weight_kg: float | None = Field(default=None, gt=0, le=400)
    allergies: tuple[str, ...] = ()
    current_medicines: tuple[str, ...] = ()


class DoctorDraft(_Part):
    registration_number: str = ""


class MedicineDraft(_Part):
    name: str
    form: str
    strength: str
    dose: str
    days: int = Field(ge=1)
    instructions: str = Field(default="", max_length=60)


class Draft(_Part):
    """A prescription before it is issued."""

    consultation: ConsultationDraft
    patient: PatientDraft
    doctor: DoctorDraft
    diagnosis: str = ""
    medicines: tuple[MedicineDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """medicine: as it was written, empty where the whole prescription is refused."""

    medicine: str
    rule: str
    source: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Verdict:
    refusals: tuple[Refusal, ...]

    @property
    def allowed(self) -> bool:
        return not self.refusals


def check_prescription(draft: Draft, *, formulary: Formulary, on: date) -> Verdict:
    """Check the draft as it would be issued on that day; every rule that it breaks is named."""
    refusals = [*_whole(draft)]
    seen: dict[str, str] = {}
    for line in draft.medicines:
        medicine = formulary.find(line.name)
        if medicine is None:
            refusals.append(
                Refusal(
                    line.name,
                    "medicine_unknown",
                    FORMULARY,
                    "Not in the formulary, so its list is not known: refer the patient in person.",
                )
            )
            continue
        refusals += _by_list(draft, line, medicine, on)
        refusals += _by_limits(draft, line, medicine)
        refusals += _by_company(draft, line, medicine, seen, formulary)
        seen[medicine.name] = line.name
    return Verdict(tuple(refusals))


def is_follow_up(consultation: ConsultationDraft, *, on: date) -> bool:
    """A follow-up is proved by an in-person visit within six months for the same condition."""
    last = consultation.last_in_person
    return (
        consultation.visit == "follow_up"
        and consultation.same_condition
        and last is not None
        and timedelta(0) <= on - last <= FOLLOW_UP_WITHIN
    )


def _whole(draft: Draft) -> Iterator[Refusal]:
    def refuse(rule: str, explanation: str) -> Refusal:
        return Refusal("", rule, GUIDELINES, explanation)

    if not draft.diagnosis.strip():
        yield refuse("diagnosis_missing", "Write a provisional diagnosis; without one it is misconduct.")
    if not _REGISTRATION.match(draft.doctor.registration_number.strip()):
        yield refuse("registration_number", "The doctor's registration number is missing or unreadable.")
    if draft.patient.age_years is None:
        yield refuse("age_missing", "Ask the patient's age before prescribing.")
    if draft.patient.sex is None:
        yield refuse("sex_missing", "Ask the patient's sex before prescribing.")
    if not draft.medicines:
        yield refuse("no_medicine", "There is no medicine on the prescription.")


def _by_list(
    draft: Draft, line: MedicineDraft, medicine: Medicine, on: date
) -> Iterator[Refusal]:
    if medicine.list is DrugList.PROHIBITED:
        yield Refusal(
            line.name,
            "prohibited",
            GUIDELINES,
            "Schedule X and NDPS substances may never be prescribed at a distance.",
        )
        return
    consultation = draft.consultation
    if consultation.mode == "in_person" or medicine.list is DrugList.O:
        return
    if is_follow_up(consultation, on=on):
        return
    if medicine.list is DrugList.A and consultation.mode == "video":
        return
    claimed = " The claimed follow-up has no in-person visit for this condition within six months."
    yield Refusal(
        line.name,
        f"list_{medicine.list.value.lower()}_{consultation.mode}_first",
        GUIDELINES,
        f"List {medicine.list.value} is not allowed on a first consultation by "
        f"{consultation.mode}: refer the patient in person."
        + (claimed if consultation.visit == "follow_up" else ""),
    )


def _by_limits(draft: Draft, line: MedicineDraft, medicine: Medicine) -> Iterator[Refusal]:
    dose = parse_dose(line.dose)
    if isinstance(dose, BadDose):
        yield Refusal(line.name, "dose_unreadable", FORMULARY, dose.reason)
    elif over := _over_the_maximum(dose, line, medicine):
        yield Refusal(line.name, *over)
    if line.days > LONGEST_DAYS:
        yield Refusal(
            line.name, "days", FORMULARY, f"More than {LONGEST_DAYS} days is too long by telephone."
        )
    age = draft.patient.age_years
    if age is not None and age < medicine.min_age_years:
        yield Refusal(
            line.name,
            "minimum_age",
            medicine.source,
            f"Not below {medicine.min_age_years:g} years: refer the patient in person.",
        )
    if draft.patient.pregnant and medicine.avoid_in_pregnancy:
        yield Refusal(
            line.name, "pregnancy", medicine.source, "To be avoided in pregnancy: refer in person."
        )


def _over_the_maximum(
    dose: Dose, line: MedicineDraft, medicine: Medicine
) -> tuple[str, str, str] | None:
    strength = next(
        (
            s
            for s in medicine.strengths
            if (s.form, _plain(s.strength)) == (line.form, _plain(line.strength))
        ),
        None,
    )
    if strength is None:
        known = ", ".join(f"{s.form} {s.strength}" for s in medicine.strengths)
        return "strength_unknown", FORMULARY, f"Known are: {known}."
    if medicine.max_daily_mg is None or strength.mg is None:
        return None
    daily_mg = float(dose.daily_units) * strength.mg
    if daily_mg <= medicine.max_daily_mg:
        return None
    return (
        "daily_maximum",
        medicine.source,
        f"{daily_mg:g} mg a day; the maximum is {medicine.max_daily_mg:g} mg.",
    )


def _by_company(
    draft: Draft,
    line: MedicineDraft,
    medicine: Medicine,
    seen: dict[str, str],
    formulary: Formulary,
) -> Iterator[Refusal]:
    if medicine.name in seen:
        yield Refusal(
            line.name, "duplicate", FORMULARY, f"The same substance as {seen[medicine.name]}."
        )
    allergies = [allergy.casefold() for allergy in draft.patient.allergies]
    named = {medicine.name.casefold(), medicine.substance_class.casefold()} - {""}
    if any(
        allergy in named or _generic(allergy, formulary) == medicine.name for allergy in allergies
    ):
        yield Refusal(line.name, "allergy", "patient's record", "The patient is allergic to it.")
    taken = {_generic(name, formulary) for name in draft.patient.current_medicines} | set(seen)
    for other in sorted(taken & set(medicine.interacts_with)):
        yield Refusal(line.name, "interaction", medicine.source, f"Not together with {other}.")


def _generic(name: str, formulary: Formulary) -> str:
    medicine = formulary.find(name)
    return medicine.name if medicine else name.casefold()


def _plain(strength: str) -> str:
    return "".join(strength.split()).casefold()


def refusals_as_json(refusals: Sequence[Refusal]) -> list[dict[str, str]]:
    """Return refusals in the shape of `doorvani rx check --json`."""
    return [
        {"medicine": r.medicine, "rule": r.rule, "source": r.source, "explanation": r.explanation}
        for r in refusals
    ]
