"""The prescription form as it was sent: what can be read of it, and what cannot, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import zip_longest
from typing import Any, Final

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from gateway.domain.current_medicines import unplaced
from gateway.domain.draft import MedicineDraft
from gateway.domain.formulary import Formulary
from gateway.domain.quick_line import NO_FORM
from gateway.domain.told_facts import words_kept
from gateway.domain.vitals import WEIGHT, VitalRules
from gateway.services.prescription_document import Told, Written
from gateway.services.visits import Visit as ConsultationVisit

MOST_LINES: Final = 10
LONGEST_TEXT: Final = 2000
LONGEST_DIAGNOSIS: Final = 200
LONGEST_NAME: Final = 80
LONGEST_LIST: Final = 400
HEIGHTS_CM: Final = range(30, 251)
HEAVIEST_KG: Final = 400
REVIEW_DAYS: Final = range(1, 61)
_COLUMNS: Final = ("medicine", "strength", "dose", "days", "instructions")
_TOLD: Final = ("name", "address", "height_cm", "lmp_on", "history", "findings", "investigations")
# Fields of one line, as they are shown again.
_IN_A_LINE: Final = ("diagnosis", "allergies", "current_medicines", "weight_kg", "review_days")
_KEY: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class FormLine:
    """A medicine line as it was typed; problem: the field that cannot be read, if one cannot."""

    medicine: str = ""
    strength: str = ""
    dose: str = ""
    days: str = ""
    instructions: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that was typed as a whole and cannot be read; choices: lines that come nearer."""

    text: str
    problem: str
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PrescriptionForm:
    """What was typed, to be shown again, and what it means when there is no problem.

    strength of a line: form and strength with a bar between, as the page's list gives it.
    told: the fields of `Told` as they were typed. known_allergies, known_medicines: what was kept
    of her as the page showed it; what of it is not typed any more was taken out. None in a form
    that no page has shown yet. noted: what the page said that no rule can heed. noted_weight: the
    weight that it called unusual.
    replaces: the code that it is issued instead of.
    """

    key: str
    diagnosis: str = ""
    notes: str = ""
    allergies: str = ""
    current_medicines: str = ""
    weight_kg: str = ""
    review_days: str = ""
    same_condition: bool = False
    with_adult: bool = False
    lines: Sequence[FormLine] = ()
    problems: Sequence[str] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    replaces: str = ""
    known_allergies: Sequence[str] | None = None
    known_medicines: Sequence[str] = ()
    noted: Sequence[str] = ()
    noted_weight: str = ""
    unread: Sequence[UnreadLine] = ()
    written: Written | None = None


def parse_prescription_form(form: MultiDict[str, str], *, today: date) -> PrescriptionForm:
    """Read the form; `written` stays empty while anything of it cannot be read."""
    typed = {name: " ".join(form.get(name, "").split()) for name in _IN_A_LINE}
    told_typed = {name: form.get(name, "").strip() for name in _TOLD}
    lines, drafts = _lines(form)
    told, problems = _told(told_typed, today)
    written = Written(
        diagnosis=typed["diagnosis"],
        notes=form.get("notes", "").strip(),
        medicines=tuple(drafts),
        same_condition="same_condition" in form,
        with_adult="with_adult" in form,
        weight_kg=_weight(typed["weight_kg"]),
        allergies=_listed(typed["allergies"]),
        current_medicines=_listed(typed["current_medicines"]),
        # What is typed is never taken out, whatever is said here.
        no_allergies=_listed(form.get("known_allergies", "")),
        no_medicines=_listed(form.get("known_medicines", "")),
        review_days=_number(typed["review_days"], REVIEW_DAYS),
        told=told,
        replaces=form.get("replaces", ""),
    )
    problems += _problems(typed, written, key=form.get("key", ""), lines=len(lines))
    readable = not problems and not any(line.problem for line in lines)
    return PrescriptionForm(
        key=form.get("key", ""),
        diagnosis=typed["diagnosis"],
        notes=written.notes,
        allergies=typed["allergies"],
        current_medicines=typed["current_medicines"],
        weight_kg=typed["weight_kg"],
        review_days=typed["review_days"],
        same_condition=written.same_condition,
        with_adult=written.with_adult,
        lines=lines,
        problems=problems,
        told=told_typed,
        replaces=written.replaces,
        # What was typed is kept by the check, and may be taken out from now on.
        known_allergies=words_kept(written.no_allergies, written.allergies),
        known_medicines=words_kept(written.no_medicines, written.current_medicines),
        noted=_listed(form.get("noted", "")),
        noted_weight=form.get("noted_weight", ""),
        written=written if readable else None,
    )


def _problems(typed: Mapping[str, str], written: Written, *, key: str, lines: int) -> Iterator[str]:
    """Name what cannot be read, or is too much, besides the medicines and what was told."""
    if typed["weight_kg"] and written.weight_kg is None:
        yield "weight"
    if typed["review_days"] and written.review_days is None:
        yield "review"
    if not _KEY.fullmatch(key):
        yield "key"
    if lines > MOST_LINES:
        yield "lines"
    if max(len(typed["allergies"]), len(typed["current_medicines"])) > LONGEST_LIST:
        yield "lists"
    if len(written.notes) > LONGEST_TEXT or len(written.diagnosis) > LONGEST_DIAGNOSIS:
        yield "long"


def with_history(form: PrescriptionForm, visit: ConsultationVisit) -> PrescriptionForm:
    """Return a form that no page has shown yet, with what is kept of the patient."""
    if form.known_allergies is not None:
        return form
    allergies = words_kept(visit.allergies or (), _listed(form.allergies))
    medicines = words_kept(visit.long_term_medicines or (), _listed(form.current_medicines))
    return replace(
        form,
        allergies=", ".join(allergies),
        current_medicines=", ".join(medicines),
        known_allergies=allergies,
        known_medicines=medicines,
    )


def unplaced_of(form: PrescriptionForm, formulary: Formulary) -> tuple[str, ...]:
    """Return the allergies and medicines of the form that no rule can heed."""
    return unplaced(
        formulary,
        allergies=_listed(form.allergies),
        medicines=_listed(form.current_medicines),
    )


def unusual_weight(
    form: PrescriptionForm, visit: ConsultationVisit, *, rules: VitalRules, today: date
) -> tuple[float, float] | None:
    """Return the usual kilograms at the patient's age, where the weight of the form is beyond them.

    None too where no age was told, or nothing that is a weight.
    """
    weight_kg = _weight(form.weight_kg)
    if weight_kg is None or visit.born_on is None:
        return None
    return rules.unusual(WEIGHT, weight_kg, age_days=(today - visit.born_on).days)


def copied_form(
    visit: ConsultationVisit, *, key: str, replace: str, repeat: str
) -> PrescriptionForm:
    """Return the form filled in from a prescription; empty when it is not this patient's.

    replace: a code of this consultation, taken over as a whole. repeat: a code of hers, of which
    the medicines and what they were checked against are taken over.
    """
    mine = {row.code: row.document for row in visit.prescriptions}
    earlier = {row.code: row.document for past in visit.history for row in past.prescriptions}
    whole = replace in mine
    document = mine[replace] if whole else {**earlier, **mine}.get(repeat)
    if document is None:
        return PrescriptionForm(key=key)
    patient = document["patient"]
    return PrescriptionForm(
        key=key,
        diagnosis=document["diagnosis"],
        notes=document["notes"],
        # Of one from before they were kept with the patient.
        allergies=", ".join(patient["allergies"]) if visit.allergies is None else "",
        current_medicines=(
            ", ".join(patient["current_medicines"]) if visit.long_term_medicines is None else ""
        ),
        weight_kg=f"{patient['weight_kg']:g}" if whole and patient["weight_kg"] else "",
        with_adult=whole and patient["with_adult"],
        lines=[_line_in(medicine) for medicine in document["medicines"]],
        told=_told_in(document) if whole else {},
        replaces=replace if whole else "",
    )


def regimen_form(medicines: Sequence[Mapping[str, Any]], *, key: str) -> PrescriptionForm:
    """Return a form with these medicines and nothing else."""
    return PrescriptionForm(key=key, lines=[_line_in(medicine) for medicine in medicines])


def _told_in(document: Mapping[str, Any]) -> dict[str, str]:
    known = {**document, **document["patient"]}
    return {name: str(known.get(name) or "") for name in _TOLD}


def _line_in(medicine: Mapping[str, Any]) -> FormLine:
    return FormLine(
        medicine=medicine["name"],
        strength=f"{medicine['form']}|{medicine['strength']}",
        dose=medicine["dose"],
        days=str(medicine["days"]),
        instructions=medicine["instructions"],
    )


def _told(typed: Mapping[str, str], today: date) -> tuple[Told, list[str]]:
    """Return what was told, and the names of what cannot be read of it."""
    problems = []
    height = _number(typed["height_cm"], HEIGHTS_CM)
    if typed["height_cm"] and height is None:
        problems.append("height")
    lmp_on = _date(typed["lmp_on"])
    if typed["lmp_on"] and (lmp_on is None or lmp_on > today):
        problems.append("lmp")
    texts = {name: typed[name] for name in _TOLD if name not in {"height_cm", "lmp_on"}}
    if len(texts["name"]) > LONGEST_NAME or max(map(len, texts.values())) > LONGEST_TEXT:
        problems.append("told")
    return Told(**texts, height_cm=height, lmp_on=lmp_on), problems


def _lines(form: MultiDict[str, str]) -> tuple[list[FormLine], list[MedicineDraft]]:
    """Return the lines in which something was typed, and those of them that can be read."""
    lines, drafts = [], []
    rows = zip_longest(*(form.getlist(column) for column in _COLUMNS), fillvalue="")
    for row in rows:
        typed = FormLine(*(" ".join(value.split()) for value in row))
        if not (typed.medicine or typed.dose or typed.days or typed.instructions):
            continue
        draft = draft_of_line(typed)
        if isinstance(draft, MedicineDraft):
            drafts.append(draft)
            lines.append(typed)
        else:
            lines.append(replace(typed, problem=draft))
    return lines, drafts


def draft_of_line(line: FormLine) -> MedicineDraft | str:
    """Return the line as a draft, or the name of the first field that cannot be read."""
    form, _, strength = line.strength.partition("|")
    try:
        # A form that was not chosen is for the rules to name: a medicine that is unknown or
        # prohibited has none to choose.
        return MedicineDraft.model_validate(
            {
                "name": line.medicine,
                "form": form or NO_FORM,
                "strength": strength,
                "dose": line.dose,
                "days": line.days,
                "instructions": line.instructions,
            }
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        return "medicine" if field == "name" else field


def _weight(text: str) -> float | None:
    try:
        weight_kg = float(text.replace(",", "."))
    except ValueError:
        return None
    return weight_kg if 0 < weight_kg <= HEAVIEST_KG else None


def _number(text: str, allowed: range) -> int | None:
    number = int(text) if text.isascii() and text.isdecimal() else -1
    return number if number in allowed else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in (word.strip() for word in re.split(r"[,;]", text)) if part)
