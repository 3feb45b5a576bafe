"""Writing fast: lines typed as a whole are read into the form, shown, and only then issued."""

from __future__ import annotations

import re

import pytest

from gateway.db.models import Prescription
from tests.console.clinic import Browser, Clinic, shown


def offered(page: str) -> list[str]:
    return re.findall(r'name="take" value="([^"]*)"', page)


@pytest.mark.parametrize("action", ["read", "check", "issue"])
def test_a_line_is_read_and_echoed_and_nothing_is_issued_before_that(
    clinic: Clinic, browser: Browser, action: str
) -> None:
    answer = browser.prescribe(clinic.consultation(), action=action, quick="pcm 500 1-0-1 5d pc")
    assert answer.status_code == 200
    assert shown(answer.text, "echo") == [
        "PARACETAMOL, tablet 500 mg: morning 1, night 1, for 5 days, after food"
    ]
    assert not clinic.desk.all(Prescription)


def test_what_was_read_can_be_issued_as_it_stands(clinic: Clinic, browser: Browser) -> None:
    consultation_id = clinic.consultation()
    browser.prescribe(consultation_id, quick="pcm 500 1-0-1 5d pc")
    line = {
        "medicine": "paracetamol",
        "strength": "tablet|500 mg",
        "dose": "1-0-1",
        "days": "5",
        "instructions": "after food",
    }
    assert browser.prescribe(consultation_id, line).status_code == 303


def test_a_line_that_cannot_be_read_stays_with_what_comes_nearer(
    clinic: Clinic, browser: Browser
) -> None:
    consultation_id = clinic.consultation()
    answer = browser.prescribe(consultation_id, quick="pcm 500 1-0-1 5d\ncetirizine hs 5d")
    [unread] = shown(answer.text, "unread")
    assert unread.startswith("cetirizine hs 5d : In which form and strength?")
    nearer = next(choice for choice in offered(answer.text) if "tablet 10mg" in choice)
    taken = browser.prescribe(consultation_id, quick="cetirizine hs 5d", take=nearer)
    assert shown(taken.text, "echo") == ["CETIRIZINE, tablet 10 mg: night 1, for 5 days"]
    assert not shown(taken.text, "unread")


def test_a_choice_with_an_odd_place_is_read_as_no_choice(clinic: Clinic, browser: Browser) -> None:
    answer = browser.prescribe(clinic.consultation(), quick="foo 1-0-1", take="²:pcm")
    assert shown(answer.text, "unread") == ["foo 1-0-1 : No medicine is called so."]


def test_an_unlisted_name_is_shown_without_its_markup(clinic: Clinic, browser: Browser) -> None:
    answer = browser.prescribe(clinic.consultation(), quick="<b>x</b> 1-0-1 5d")
    assert "<b>x</b>" not in answer.text


@pytest.mark.parametrize(
    ("line", "testid", "said"),
    [
        (
            "pcm 500 1-0-1 5d",
            "echo",
            ["PARACETAMOL, tablet 500 mg: morning 1, night 1, for 5 days"],
        ),
        ("foo 1-0-1", "unread", ["foo 1-0-1 : No medicine is called so."]),
        (
            "morphine 1-0-1 5d",
            "echo",
            ["morphine: it is for the rules to say whether it may be prescribed."],
        ),
        ("  ", "echo", []),
    ],
)
def test_a_line_is_echoed_while_it_is_typed(
    browser: Browser, line: str, testid: str, said: list[str]
) -> None:
    answer = browser.post("/console/line", page="/console", line=line)
    assert shown(answer.text, testid) == said


def test_nobody_but_a_doctor_has_lines_read(clinic: Clinic) -> None:
    assert (
        clinic.browser().post("/console/line", page="/console/login", line="x").status_code == 401
    )
