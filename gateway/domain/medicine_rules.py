"""The rules that one medicine of a prescription must keep: its list, its dose, the patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from gateway.domain.current_medicines import line_of, name_of
from gateway.domain.dose import BadDose, Dose, parse_dose
from gateway.domain.draft import Draft, MedicineDraft, Mode, Visit
from gateway.domain.formulary import DrugList, Formulary, Medicine, Pregnancy, Strength
from gateway.domain.pregnancy import may_be_pregnant
from gateway.domain.rules import Rule
from sms.medicine import Pattern

LONGEST_DAYS: Final = 90
BY_WEIGHT_BELOW_YEARS: Final = 12


@dataclass(frozen=True, slots=True)
class Refusal:
    """medicine: as it was written, empty where the whole prescription is refused."""

    medicine: str
    rule: Rule
    source: str
    explanation: str
    lawful_way: str


@dataclass(frozen=True, slots=True)
class Case:
    """What every rule looks at; follow_up in the guidelines' sense, not as it was claimed.

    standing: the lines of other prescriptions by which she may take medicines today.
    """

    draft: Draft
    formulary: Formulary
    follow_up: bool
    standing: tuple[MedicineDraft, ...] = ()

    @property
    def current_names(self) -> tuple[str, ...]:
        """The names of what she takes already."""
        told = self.draft.patient.current_medicines
        return tuple(name_of(text, self.formulary) for text in told)

    @property
    def current_lines(self) -> tuple[MedicineDraft, ...]:
        """What she takes already, as far as its dose was told."""
        told = self.draft.patient.current_medicines
        lines = (line_of(text, self.formulary) for text in told)
        return tuple(line for line in lines if line is not None)


def refuse(
    case: Case,
    rule: Rule,
    *,
    line: MedicineDraft | None = None,
    medicine: Medicine | None = None,
    source: str = "",
    facts: Mapping[str, str] = MappingProxyType({}),
) -> Refusal:
    """Return the refusal in the words of the formulary, `facts` filled in.

    source: a key of the formulary's sources, where neither the rule nor the list's basis is it.
    """
    words = case.formulary.rules[rule]
    source = words.source or source or (medicine.basis if medicine else "")
    return Refusal(
        medicine=line.name if line else "",
        rule=rule,
        source=case.formulary.sources[source],
        explanation=words.explanation.format_map(facts).strip(),
        lawful_way=words.lawful_way,
    )


def check_medicine(
    case: Case, line: MedicineDraft, medicine: Medicine, earlier: Sequence[Medicine]
) -> Iterator[Refusal]:
    """Yield every rule that the line breaks; `earlier`: the medicines of the lines before it."""
    if medicine.list is DrugList.PROHIBITED:
        yield refuse(case, Rule.PROHIBITED, line=line, medicine=medicine)
        return
    yield from _list(case, line, medicine)
    yield from _dose(case, line, medicine)
    yield from _patient(case, line, medicine)
    yield from _company(case, line, medicine, earlier)


def _list(case: Case, line: MedicineDraft, medicine: Medicine) -> Iterator[Refusal]:
    consultation = case.draft.consultation
    if consultation.mode is Mode.IN_PERSON or medicine.list is DrugList.O:
        return
    taken = case.formulary.kinds_of(case.current_names)
    claimed = consultation.visit is Visit.FOLLOW_UP
    claim = case.formulary.claim_without_visit if claimed else ""
    facts = {"mode": consultation.mode.value, "claim": claim}
    if medicine.list is DrugList.UNLISTED:
        yield refuse(case, Rule.UNLISTED, line=line, medicine=medicine, facts=facts)
    elif medicine.list is DrugList.B:
        if not case.follow_up:
            yield refuse(case, Rule.LIST_B_FIRST, line=line, facts=facts)
        elif not taken & set(medicine.add_on_to):
            known = ", ".join(medicine.add_on_to)
            yield refuse(case, Rule.LIST_B_NOT_ADD_ON, line=line, facts={"known": known})
    elif not case.follow_up:
        if consultation.mode is not Mode.VIDEO:
            yield refuse(case, Rule.LIST_A_FIRST, line=line, facts=facts)
    elif taken and not taken & medicine.substances:
        # An empty list says that nobody recorded what she takes: the doctor's word stands then.
        yield refuse(case, Rule.LIST_A_NOT_REFILL, line=line)


def _dose(case: Case, line: MedicineDraft, medicine: Medicine) -> Iterator[Refusal]:
    if line.days > LONGEST_DAYS:
        yield refuse(case, Rule.DAYS_TOO_MANY, line=line, facts={"limit": str(LONGEST_DAYS)})
    form = medicine.form_of(line.form)
    if form is None:
        known = ", ".join(sorted(medicine.forms))
        yield refuse(case, Rule.FORM_UNKNOWN, line=line, facts={"known": known})
        return
    dose = parse_dose(line.dose, form=form)
    if isinstance(dose, BadDose):
        problem = case.formulary.dose_problems[dose.problem]
        yield refuse(case, Rule.DOSE_UNREADABLE, line=line, facts={"problem": problem})
        return
    if dose.pattern is Pattern.ONCE and line.days > 1:
        yield refuse(case, Rule.ONCE_FOR_DAYS, line=line, facts={"days": str(line.days)})
    if dose.pattern is Pattern.WEEKLY and medicine.weekly is None:
        yield refuse(case, Rule.WEEKLY_NOT_USUAL, line=line)
        return
    if medicine.max_daily_mg is None:
        return
    strength = medicine.strength_of(form, line.strength)
    if strength is None or strength.mg is None:
        known = ", ".join(s.strength for s in medicine.strengths if s.form == form and s.mg)
        yield refuse(case, Rule.STRENGTH_UNKNOWN, line=line, facts={"known": known})
        return
    yield from _maximum(case, line, medicine, (dose, strength))


def _maximum(
    case: Case, line: MedicineDraft, medicine: Medicine, taken: tuple[Dose, Strength]
) -> Iterator[Refusal]:
    dose, strength = taken
    taken_mg = _mg(dose, strength)
    if dose.pattern is Pattern.WEEKLY and medicine.weekly is not None:
        limit_mg = medicine.weekly.max_mg
        if taken_mg > limit_mg:
            facts = {"taken": f"{taken_mg:g}", "limit": f"{limit_mg:g}"}
            source = medicine.weekly.source
            yield refuse(case, Rule.WEEKLY_MAXIMUM, line=line, source=source, facts=facts)
        else:
            yield from _together(case, line, medicine, taken_mg=taken_mg, limit_mg=limit_mg)
        return
    patient, per_kg = case.draft.patient, medicine.max_daily_mg_per_kg
    limit_mg = medicine.max_daily_mg or 0
    if per_kg is not None:
        if patient.weight_kg is not None:
            limit_mg = min(limit_mg, per_kg * patient.weight_kg)
        elif patient.age is not None and patient.age < BY_WEIGHT_BELOW_YEARS:
            yield refuse(case, Rule.WEIGHT_NEEDED, line=line)
    if taken_mg > limit_mg:
        facts = {"taken": f"{taken_mg:g}", "limit": f"{limit_mg:g}"}
        yield refuse(case, Rule.DAILY_MAXIMUM, line=line, facts=facts)
    else:
        yield from _together(case, line, medicine, taken_mg=taken_mg, limit_mg=limit_mg)


def _together(
    case: Case, line: MedicineDraft, medicine: Medicine, *, taken_mg: float, limit_mg: float
) -> Iterator[Refusal]:
    """Add what she takes of the same substance in a day besides.

    What she was told to take by us and what she says that she takes may be the same, so the larger
    of the two counts. A refill goes on with what she says, and adds nothing to it.
    """

    def mg(lines: Iterable[MedicineDraft]) -> float:
        return sum(_mg_of(other, medicine, case.formulary) for other in lines)

    is_refill = case.follow_up and medicine.list is DrugList.A
    other_mg = max(mg(case.standing), 0 if is_refill else mg(case.current_lines))
    if other_mg and taken_mg + other_mg > limit_mg:
        taken = {"taken": f"{taken_mg + other_mg:g}", "other": f"{other_mg:g}"}
        facts = {**taken, "limit": f"{limit_mg:g}"}
        yield refuse(case, Rule.TOGETHER_MAXIMUM, line=line, facts=facts)


def _mg_of(line: MedicineDraft, medicine: Medicine, formulary: Formulary) -> float:
    """The mg a day of the medicine's substance in another line; 0 where it has none of it."""
    other = formulary.find(line.name, form=line.form)
    form = other.form_of(line.form) if other else None
    if other is None or form is None or other.counted != medicine.counted:
        return 0
    dose, strength = parse_dose(line.dose, form=form), other.strength_of(form, line.strength)
    return 0 if strength is None or isinstance(dose, BadDose) else _mg(dose, strength)


def _mg(dose: Dose, strength: Strength) -> float:
    return float(dose.per_day * Fraction(strength.mg or 0))


def _patient(case: Case, line: MedicineDraft, medicine: Medicine) -> Iterator[Refusal]:
    patient = case.draft.patient
    if patient.age is not None and patient.age < medicine.min_age_years:
        limit = f"{medicine.min_age_years:g}"
        yield refuse(case, Rule.MINIMUM_AGE, line=line, facts={"limit": limit})
    if medicine.pregnancy is Pregnancy.AVOID:
        may_be = may_be_pregnant(sex=patient.sex, age_years=patient.age_years)
        if patient.pregnant:
            yield refuse(case, Rule.PREGNANCY, line=line)
        elif patient.pregnant is None and may_be:
            yield refuse(case, Rule.PREGNANCY_UNKNOWN, line=line)
    for allergy in patient.allergies:
        if case.formulary.allergens(allergy) & medicine.kinds:
            yield refuse(case, Rule.ALLERGY, line=line, facts={"other": allergy})


def _company(
    case: Case, line: MedicineDraft, medicine: Medicine, earlier: Sequence[Medicine]
) -> Iterator[Refusal]:
    for other in earlier:
        for substance in sorted(medicine.substances & other.substances):
            yield refuse(case, Rule.DUPLICATE, line=line, facts={"other": substance})
    current = [case.formulary.recalled(name) for name in case.current_names]
    standing = [case.formulary.find(line.name, form=line.form) for line in case.standing]
    taken = (*earlier, *current, *standing)
    company = {other.name: other for other in taken if other is not None}
    for name, other in sorted(company.items()):
        if set(medicine.avoid_with) & other.kinds or set(other.avoid_with) & medicine.kinds:
            yield refuse(case, Rule.INTERACTION, line=line, facts={"other": name})
