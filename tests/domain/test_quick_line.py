"""A line as doctors type it, read as a whole: nothing is guessed, and what is offered is nearer."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.commands.rx import rx
from gateway.domain.draft import MedicineDraft
from gateway.domain.quick_line import MOST_CHOICES, NO_FORM, BadLine, LineProblem, parse_line
from tests.domain.formulary_file import shipped

TABLET = ("paracetamol", "tablet", "500 mg")


def read(text: str) -> MedicineDraft | BadLine:
    return parse_line(text, formulary=shipped())


@pytest.mark.parametrize(
    ("text", "kind", "dose", "days", "instructions"),
    [
        ("pcm 500 1-0-1 5d pc", TABLET, "1-0-1", 5, "after food"),
        ("PCM tab 500 mg BD x3d", TABLET, "bd", 3, ""),
        ("parac 500mg tab 1 sos 3/day 3 days", TABLET, "1 sos 3/day", 3, ""),
        ("paracetamol 0.5g tds 1w", TABLET, "tds", 7, ""),
        ("Dolo 650 tds for 3 days", ("paracetamol", "tablet", "650 mg"), "tds", 3, ""),
        ("pcm 500 1-0-1 x 4", TABLET, "1-0-1", 4, ""),
        ("pcm 500 1-0-1 1m ac", TABLET, "1-0-1", 30, "before food"),
        ("pcm 500 1-0-1 5d pc, if it hurts", TABLET, "1-0-1", 5, "after food, if it hurts"),
        (
            "calpol syr 120mg/5ml 5ml-0-5ml 2d",
            ("paracetamol", "syrup", "120 mg/5 ml"),
            "5ml-0-5ml",
            2,
            "",
        ),
        ("albendazole 400 stat", ("albendazole", "tablet", "400 mg"), "stat", 1, ""),
        ("levothyroxine 50 od 30d", ("levothyroxine", "tablet", "50 mcg"), "od", 30, ""),
    ],
)
def test_a_line_is_read(
    text: str, kind: tuple[str, str, str], dose: str, days: int, instructions: str
) -> None:
    found = read(text)
    assert isinstance(found, MedicineDraft), found
    assert (found.name, found.form, found.strength) == kind
    assert (found.dose, found.days, found.instructions) == (dose, days, instructions)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", LineProblem.UNKNOWN),
        ("5", LineProblem.UNKNOWN),
        ("pa 500 1-0-1 5d", LineProblem.UNKNOWN),
        ("warfrin 5 od 5d", LineProblem.UNKNOWN),
        ("amox 500 tds 5d", LineProblem.WHICH_MEDICINE),
        ("pcm 300mg bd 3d", LineProblem.STRENGTH),
        ("pcm 1-0-1 5d", LineProblem.WHICH_STRENGTH),
        ("pcm 500 5d", LineProblem.DOSE),
        ("pcm 500 1-0-1 5d 6d", LineProblem.DOSE),
        ("pcm 500 1-0-1 after food 5d", LineProblem.DOSE),
        ("pcm 500 1-0-1", LineProblem.DAYS),
        ("pcm 500 1-0-1 0d", LineProblem.DAYS),
        ("pcm 500 1-0-1 999m", LineProblem.DAYS),
        ("pcm 500 1-0-1 5d, " + "x" * 61, LineProblem.INSTRUCTIONS),
    ],
)
def test_a_line_that_lacks_something_is_asked_back(text: str, problem: LineProblem) -> None:
    found = read(text)
    assert isinstance(found, BadLine)
    assert found.problem is problem


def test_a_small_bare_number_is_never_taken_for_a_strength() -> None:
    """ "1" of a tablet of 1 mg: a milligram, or one tablet of another strength?"""
    assert isinstance(read("glimepiride 1 od 30d"), BadLine)
    found = read("glimepiride 1mg od 30d")
    assert isinstance(found, MedicineDraft)
    assert found.strength == "1 mg"


def test_a_medicine_that_is_prohibited_is_read_so_that_the_rules_can_say_why() -> None:
    found = read("morphine 1-0-1 5d")
    assert isinstance(found, MedicineDraft)
    assert (found.name, found.form) == ("morphine", NO_FORM)


@pytest.mark.parametrize("text", ["amox 500 tds 5d", "pcm 300mg bd 3d", "pcm 1-0-1 5d"])
def test_every_line_that_is_offered_comes_nearer(text: str) -> None:
    asked = read(text)
    assert isinstance(asked, BadLine)
    assert 1 < len(asked.choices) <= MOST_CHOICES
    for choice in asked.choices:
        nearer = read(choice)
        assert isinstance(nearer, MedicineDraft) or nearer.problem is not asked.problem


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("azithro", ("azithromycin tablet 250mg", "azithromycin tablet 500mg")),
        ("pcm 6", ("paracetamol tablet 650mg",)),
        ("pcm 6 5d pc", ("paracetamol tablet 650mg 5d pc",)),
        ("pcm 5d 6", ("paracetamol tablet 650mg 5d",)),
        ("pcm 999 5d", ()),
    ],
)
def test_while_no_dose_is_typed_the_strengths_are_offered(
    typed: str, offered: tuple[str, ...]
) -> None:
    asked = read(typed)
    assert isinstance(asked, BadLine)
    assert asked.choices == offered


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "pcm",
                "amox",
                "500",
                "1",
                "mg",
                "1-0-1",
                "bd",
                "5d",
                "x",
                "pc",
                ",",
                "-",
                "drops",
                "½",
            ]
        ),
        max_size=7,
    )
)
def test_whatever_is_typed_is_read_or_asked_back(words: list[str]) -> None:
    found = read(" ".join(words))
    assert isinstance(found, MedicineDraft | BadLine)


def test_the_command_reads_a_line_and_offers_what_comes_nearer() -> None:
    done = CliRunner().invoke(rx, ["read", "--json", "pcm 500 1-0-1 5d pc"])
    assert json.loads(done.output)["read"] is True
    asked = json.loads(CliRunner().invoke(rx, ["read", "--json", "amox 500 tds 5d"]).output)
    assert (asked["read"], asked["problem"]) == (False, "which_medicine")
    assert "amoxicillin 500 tds 5d" in asked["choices"]
    assert "days: 5" in CliRunner().invoke(rx, ["read", "pcm 500 1-0-1 5d pc"]).output
