"""Health tips: in turn, none twice in a row, each with its source and its words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.domain.tips import Tip, Tips
from ivr_flows.loading import load_flow_book

FILE = Path(__file__).parents[2] / "config" / "tips.yaml"
SHIPPED = Tips.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def tips(*names: str) -> Tips:
    told = tuple(Tip(key=f"tip.{name}", source="WHO") for name in names)
    return Tips(version=1, review="", tips=told)


@given(st.integers(1, 6), st.integers(0, 10**6), st.integers(1, 20))
def test_none_is_heard_twice_in_a_row_and_all_in_turn(count: int, start: int, rounds: int) -> None:
    some, heard = tips(*"abcdef"[:count]), [""]
    for _ in range(rounds):
        heard.append(some.after(heard[-1], start=start) or heard[-1])
    said = [key for before, key in pairwise(heard) if key != before]
    assert len(said) == (rounds if count > 1 else 1)
    assert len(set(said[:count])) == min(count, len(said))


def test_with_no_tips_nothing_is_said() -> None:
    assert tips().after(start=3) == ""


def test_a_tip_that_was_taken_out_meanwhile_is_no_hindrance() -> None:
    assert tips("a", "b").after("tip.gone", start=1) == "tip.b"


def test_the_same_tip_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="each key once"):
        tips("a", "a")


@pytest.mark.parametrize("language", load_flow_book().languages)
def test_every_tip_has_its_words_and_every_word_its_tip(language: str) -> None:
    spoken = {
        key for key in load_flow_book().catalogue(language).templates if key.startswith("tip.")
    }
    assert spoken == {tip.key for tip in SHIPPED.tips}
