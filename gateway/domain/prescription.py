"""May this be prescribed by telephone? Each refusal names its rule, its source and the lawful way.

Source: Telemedicine Practice Guidelines, 25 March 2020 (domain/telemedicine-rules.md). The words
and sources of the rules are data, in `config/formulary.yaml`. Software refuses and explains; the
doctor decides what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.domain.dose import BadDose, parse_dose, written
from gateway.domain.draft import ConsultationDraft, Draft, MedicineDraft, Visit
from gateway.domain.formulary import Formulary, Medicine, plain_form
from gateway.domain.medicine_rules import Case, Refusal, check_medicine, refuse
from gateway.domain.rules import Rule
from sms.medicine import MedicineLine

ADULT_FROM_YEARS: Final = 18
FOLLOW_UP_MONTHS: Final = 6

# Councils write MH-12345, DMC/R/1234 or 2015/03/0123: letters or a year, then a running number.
_REGISTRATION: Final = re.compile(r"(?P<council>[A-Z][A-Z ./-]{0,20}|\d{4}/\d{2}/)(?!0+$)\d{3,8}")
# "flu", "UTI" and "HT" are diagnoses; a stop or a letter alone is none.
SHORTEST_DIAGNOSIS: Final = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every rule that the draft breaks; none, and it may be issued."""

    refusals: tuple[Refusal, ...]

    @property
    def allowed(self) -> bool:
        return not self.refusals


def check_prescription(
    draft: Draft, *, formulary: Formulary, on: date, standing: Sequence[MedicineDraft] = ()
) -> Verdict:
    """Check the draft as it would be issued on that day, in India.

    standing: the lines of other prescriptions by which she may take medicines that day.
    """
    follow_up = is_follow_up(draft.consultation, on=on)
    case = Case(draft, formulary, follow_up=follow_up, standing=tuple(standing))
    refusals = list(_whole(case, on))
    earlier: list[Medicine] = []
    for line in draft.medicines:
        medicine = formulary.find(line.name, form=line.form)
        if medicine is None:
            refusals.append(refuse(case, Rule.MEDICINE_UNKNOWN, line=line))
            continue
        refusals += check_medicine(case, line, medicine, earlier)
        earlier.append(medicine)
    return Verdict(tuple(refusals))


def is_follow_up(consultation: ConsultationDraft, *, on: date) -> bool:
    """Tell whether it is a follow-up in the guidelines' sense, whatever it is called.

    That needs a visit in person within six months and the same condition: a teleconsultation
    alone does not start the clock.
    """
    last = consultation.last_in_person
    return (
        consultation.visit is Visit.FOLLOW_UP
        and consultation.same_condition
        and last is not None
        and last <= on <= _months_later(last, FOLLOW_UP_MONTHS)
    )


def prescription_lines(draft: Draft, *, formulary: Formulary) -> tuple[MedicineLine, ...]:
    """Return the lines of a draft that was allowed, for text and speech.

    Errors: ValueError for a medicine or a dose that the check would have refused.
    """
    return tuple(medicine_line(line, formulary=formulary) for line in draft.medicines)


def verdict_as_json(verdict: Verdict) -> dict[str, object]:
    """Return the answer of `doorvani rx check --json`; medicine is null for the whole of it."""
    return {
        "allowed": verdict.allowed,
        "refusals": [
            {
                "medicine": refusal.medicine or None,
                "rule": refusal.rule.value,
                "source": refusal.source,
                "explanation": refusal.explanation,
                "lawful_way": refusal.lawful_way,
            }
            for refusal in verdict.refusals
        ],
    }


def _whole(case: Case, on: date) -> Iterator[Refusal]:
    draft, patient = case.draft, case.draft.patient
    number = (draft.doctor.registration_number or "").strip()
    if not number:
        yield refuse(case, Rule.REGISTRATION_MISSING)
    elif not _is_registration(number, case.formulary):
        yield refuse(case, Rule.REGISTRATION_SHAPE)
    if not _is_diagnosis(draft.diagnosis or "", case.formulary):
        yield refuse(case, Rule.DIAGNOSIS_MISSING)
    if patient.age is None:
        yield refuse(case, Rule.AGE_MISSING)
    elif patient.age < ADULT_FROM_YEARS and not patient.with_adult:
        yield refuse(case, Rule.MINOR_WITHOUT_ADULT)
    if patient.sex is None:
        yield refuse(case, Rule.SEX_MISSING)
    last = draft.consultation.last_in_person
    if last is not None and last > on:
        yield refuse(case, Rule.IN_PERSON_IN_FUTURE)
    if not draft.medicines:
        yield refuse(case, Rule.NO_MEDICINE)


def _is_registration(number: str, formulary: Formulary) -> bool:
    found = _REGISTRATION.fullmatch(number.upper())
    return found is not None and not set(_words(found["council"])) & formulary.placeholders


def _is_diagnosis(text: str, formulary: Formulary) -> bool:
    """Tell whether words stand there: more than signs, and more than "nil" or "test"."""
    letters = sum(sign.isalpha() for sign in text)
    return letters >= SHORTEST_DIAGNOSIS and "".join(_words(text)) not in formulary.placeholders


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\W\d_]+", text.casefold()) if word]


def _months_later(day: date, months: int) -> date:
    """Return the same day of a later month; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(day.year + years, month + 1, last)
        except ValueError:
            continue
    return date(day.year + years, month + 1, day.day)


def medicine_line(line: MedicineDraft, *, formulary: Formulary) -> MedicineLine:
    """Return one line for text and speech. Errors: ValueError, as for the whole."""
    medicine = formulary.find(line.name, form=line.form)
    form = medicine.form_of(line.form) if medicine else None
    if medicine is None or form is None:
        raise ValueError("a medicine that is not in the formulary in this form")
    dose = parse_dose(line.dose, form=form)
    if isinstance(dose, BadDose):
        raise ValueError(f"a dose that cannot be read: {dose.problem}")
    return MedicineLine(
        medicine=medicine.name.upper(),
        form=plain_form(form),
        strength=line.strength,
        pattern=dose.pattern,
        unit=dose.unit,
        days=line.days,
        parts=dose.parts,
        amount=written(dose.each),
        at_most=dose.at_most,
        food=formulary.food_of(line.instructions),
        names={"hi": medicine.name_hi, "en": medicine.name},
    )
