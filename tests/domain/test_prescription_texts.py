"""Every medicine that may go through can be texted and heard, in every language and script."""

from __future__ import annotations

import pytest

from gateway.domain.draft import Draft, MedicineDraft
from gateway.domain.formulary import DrugList, Medicine
from gateway.domain.prescription import prescription_lines
from sms.catalogue import Script
from sms.render import LineMessage, Sms, line_message, render, spoken_line
from tests.domain.formulary_file import shipped
from tests.domain.test_prescription import draft
from tests.sms.catalogue_file import shipped as catalogue

SENDABLE = [
    pytest.param(medicine, id=medicine.name)
    for medicine in shipped().medicines
    if medicine.list in {DrugList.O, DrugList.A, DrugList.B}
]


def drafted(medicine: Medicine) -> Draft:
    lines = tuple(
        MedicineDraft(
            name=medicine.name, form=s.form, strength=s.strength, dose="1 sos 3/day", days=5
        )
        if s.form != "drops"
        else MedicineDraft(
            name=medicine.name, form=s.form, strength=s.strength, dose="1ml-0-1ml", days=5
        )
        for s in medicine.strengths
    )
    return draft().model_copy(update={"medicines": lines})


@pytest.mark.parametrize(("language", "script"), sorted(catalogue().locales))
@pytest.mark.parametrize("medicine", SENDABLE)
def test_a_medicine_fits_its_registered_template(
    medicine: Medicine, language: str, script: Script
) -> None:
    for line in prescription_lines(drafted(medicine), formulary=shipped()):
        message = line_message(
            line, position=1, language=language, script=script, catalogue=catalogue()
        )
        assert isinstance(message, LineMessage)
        text = render(
            message.kind,
            language=language,
            script=script,
            values=message.values,
            catalogue=catalogue(),
        )
        assert isinstance(text, Sms)
        assert medicine.name.upper() in text.text


@pytest.mark.parametrize("medicine", SENDABLE)
def test_a_medicine_is_heard_by_its_hindi_name(medicine: Medicine) -> None:
    for line in prescription_lines(drafted(medicine), formulary=shipped()):
        heard = spoken_line(line, position=1, language="hi", catalogue=catalogue())
        assert isinstance(heard, str)
        assert medicine.name_hi in heard
        assert "mg" not in heard
