"""Lines that a doctor types as a whole: read into the form, or shown with what comes nearer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from gateway.domain.draft import MedicineDraft
from gateway.domain.formulary import Formulary
from gateway.domain.prescription import medicine_line
from gateway.domain.quick_line import BadLine, parse_line
from gateway.web.prescription_form import FormLine, PrescriptionForm, UnreadLine, draft_of_line
from sms.medicine import line_as_json


def quick_lines(form: MultiDict[str, str]) -> list[str]:
    """Return the lines that were typed, one of them replaced where a nearer one was taken."""
    lines = [" ".join(line.split()) for line in form.get("quick", "").splitlines()]
    lines = [line for line in lines if line]
    place, _, taken = form.get("take", "").partition(":")
    if taken and place.isascii() and place.isdecimal() and len(place) < 3:
        lines[int(place) : int(place) + 1] = [taken]
    return lines


def read_into(
    form: PrescriptionForm, lines: list[str], *, formulary: Formulary
) -> PrescriptionForm:
    """Return the form with each line that can be read as a medicine of it; the others stay."""
    read, unread = list(form.lines), []
    for text in lines:
        found = parse_line(text, formulary=formulary)
        if isinstance(found, BadLine):
            unread.append(UnreadLine(text, found.problem.value, found.choices))
        else:
            read.append(_line_of(found))
    return replace(form, lines=read, unread=unread, written=None)


def echo_of(line: FormLine, *, formulary: Formulary) -> Mapping[str, Any] | None:
    """Return what a line of the form means, in parts, as it will be printed; None if it cannot."""
    draft = draft_of_line(line)
    if not isinstance(draft, MedicineDraft):
        return None
    try:
        return line_as_json(medicine_line(draft, formulary=formulary))
    except ValueError:
        return None


def _line_of(draft: MedicineDraft) -> FormLine:
    return FormLine(
        medicine=draft.name,
        strength=f"{draft.form}|{draft.strength}",
        dose=draft.dose,
        days=str(draft.days),
        instructions=draft.instructions,
    )
