"""The numbers that doctors key: one meaning each, for ever, and no slip makes another of it."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from gateway.commands.rx import rx
from gateway.domain.diagnoses import Diagnoses
from gateway.domain.draft import MedicineDraft
from gateway.domain.formulary import Formulary, FormularyFile
from gateway.domain.keyed_dose import amounts_of, typed_dose
from gateway.domain.rules import Rule
from ivr_flows.loading import load_flow_book
from tests.domain.formulary_file import diagnoses, raw, shipped

# What was given out. Lines are added to it; none is ever changed or taken away.
GIVEN = dict(
    line.split(" ", 1)
    for line in (Path(__file__).parent / "codes.txt").read_text(encoding="utf-8").splitlines()
)


def meanings() -> dict[str, str]:
    illnesses = {str(code): one.name for code, one in diagnoses().by_code.items()}
    return illnesses | {str(code): one.name for code, one in shipped().by_code.items()}


def test_a_code_that_was_given_out_keeps_its_meaning() -> None:
    assert meanings() == GIVEN


def test_no_wrong_digit_and_no_two_swapped_make_another_code() -> None:
    codes = set(meanings())
    for code in codes:
        wrong = {
            code[:place] + digit + code[place + 1 :]
            for place in range(len(code))
            for digit in "0123456789"
        }
        for left, right in combinations(range(len(code)), 2):
            signs = list(code)
            signs[left], signs[right] = signs[right], signs[left]
            wrong.add("".join(signs))
        assert not (wrong - {code}) & codes


def test_every_medicine_that_can_be_prescribed_has_a_code() -> None:
    assert {m.name for m in shipped().by_code.values()} == {
        m.name for m in shipped().medicines if m.strengths
    }


@pytest.mark.parametrize("code", [1001, 1002, 13, 10010, None])
def test_a_formulary_with_a_bad_code_is_refused(code: int | None) -> None:
    data = raw()
    [zinc] = [entry for entry in data["medicines"] if entry["name"] == "zinc sulphate"]
    zinc["code"] = code  # 1001 is paracetamol's
    with pytest.raises(ValueError, match="code"):
        Formulary(FormularyFile.model_validate(data))


def test_diagnoses_that_share_a_code_are_refused() -> None:
    one = {"code": 104, "name": "a", "name_hi": "अ"}
    with pytest.raises(ValidationError, match="104 means a and b"):
        Diagnoses.model_validate(
            {
                "version": "1",
                "review": "r",
                "source": "s",
                "diagnoses": [one, {**one, "name": "b"}],
            }
        )


def test_the_list_says_that_it_is_to_be_reviewed() -> None:
    assert "to be reviewed by a clinician" in diagnoses().review


def test_every_rule_can_be_said_on_the_telephone() -> None:
    for language, catalogue in load_flow_book().catalogues.items():
        for rule in Rule:
            spoken = shipped().rules[rule].spoken
            assert f"refused.{spoken}" in catalogue.templates, (language, rule)


def test_the_list_is_printed() -> None:
    printed = CliRunner().invoke(rx, ["codes"])
    assert printed.exit_code == 0
    lines = printed.output.splitlines()
    assert {line.split()[0] for line in lines} == set(GIVEN)
    assert any(line.startswith("1001  paracetamol (O): tablet 500 mg; ") for line in lines)
    found = json.loads(CliRunner().invoke(rx, ["codes", "--json"]).output)
    assert found["diagnoses"]["104"] == "viral fever"
    assert found["medicines"]["1001"]["strengths"][0] == "tablet 500 mg"


@pytest.mark.parametrize(
    ("keys", "amounts"),
    [
        ("1*0*1", ("1", "0", "1")),
        ("05", ("0.5",)),
        ("025*075", ("0.25", "0.75")),
        ("105*1005", ("1.5", "10.5")),
        ("20*30", ("20", "30")),
        ("00*00*10", ("0", "0", "10")),
        ("", None),
        ("*", None),
        ("1**1", None),
        ("125", None),
        ("06*100", None),  # 100 is neither an amount nor a fraction
        ("1*1*1*1*1", None),
    ],
)
def test_keys_are_read_as_amounts(keys: str, amounts: tuple[str, ...] | None) -> None:
    assert amounts_of(keys) == amounts


@pytest.mark.parametrize(
    ("amounts", "when", "form", "typed"),
    [
        (("1", "0", "1"), "", "tablet", "1-0-1"),
        (("5", "0", "2.5"), "", "syrup", "5ml-0-2.5ml"),
        (("1",), "needed", "sachet", "1 sos 3/day"),
        (("0.5",), "once", "drops", "0.5ml stat"),
        (("2",), "night", "inhaler", "2 hs"),
        (("1",), "nonsense", "tablet", "1"),
    ],
)
def test_amounts_become_what_a_doctor_types(
    amounts: tuple[str, ...], when: str, form: str, typed: str
) -> None:
    assert typed_dose(amounts, when=when, form=form) == typed
    assert MedicineDraft(name="x", form=form, dose=typed, days=1)
