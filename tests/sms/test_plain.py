"""One sign that GSM-7 lacks must not more than double what a text costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sms.loader import load_catalogue
from sms.plain import plain_letters, plain_signs
from sms.render import RenderRefusal, Sms, render
from sms.segments import Encoding

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "config" / "sms.yaml")


def head(doctor: str, *, language: str = "en", script: str = "native") -> Sms | RenderRefusal:
    values = {"code": "AB12", "doctor": doctor, "registration": "MH–1"}
    return render(
        "prescription_head", language=language, script=script, values=values, catalogue=CATALOGUE
    )


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("O’Brien", "O'Brien"),
        ("Zoë`s", "Zoe's"),
        ("Raﬁq", "Rafiq"),
        ("A\u00a0B", "A B"),
        ("Jose\u0304", "Jose"),
        ("François", "Francois"),
        ("Peña", "Peña"),
        ("Anne—Marie", "Anne-Marie"),
    ],
)
@pytest.mark.parametrize(("language", "script"), [("en", "native"), ("hi", "roman")])
def test_what_a_telephone_put_in_by_itself_costs_nothing(
    written: str, sent: str, language: str, script: str
) -> None:
    text = head(written, language=language, script=script)
    assert isinstance(text, Sms)
    assert text.segments.encoding is Encoding.GSM7
    assert sent in text.text
    assert "MH-1" in text.text


@pytest.mark.parametrize("kept", ["आशा राव", "ज़ोया", "ആശ", "د۔ علی", "ড়", "Θ"])
def test_letters_of_other_scripts_stay(kept: str) -> None:
    assert plain_letters(plain_signs(kept)) == kept


def test_a_space_that_was_hidden_counts_as_one() -> None:
    assert isinstance(head("A\u00a0 B"), RenderRefusal)


def test_a_native_text_keeps_its_letters_with_their_marks() -> None:
    text = head("Zoë", language="hi")
    assert isinstance(text, Sms)
    assert "Zoë" in text.text
