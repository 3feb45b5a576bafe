"""What a state speaks first, from the data that ships."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateway.services.areas import languages_for

ROOT = Path(__file__).parents[2]
FILE = yaml.safe_load((ROOT / "config" / "languages.yaml").read_text(encoding="utf-8"))
SHIPPED = tuple(
    yaml.safe_load((ROOT / "ivr_flows" / "locale" / "languages.yaml").read_text("utf-8"))[
        "languages"
    ]
)
THIRTEEN = {"hi", "en", "bn", "mr", "te", "ta", "gu", "ur", "kn", "or", "ml", "pa", "as"}
# fmt: off
STATES = [
    "AN", "AP", "AR", "AS", "BR", "CH", "CG", "DH", "DL", "GA", "GJ", "HP",
    "HR", "JH", "JK", "KA", "KL", "LA", "LD", "MH", "ML", "MN", "MP", "MZ",
    "NL", "OD", "PB", "PY", "RJ", "SK", "TN", "TG", "TR", "UK", "UP", "WB",
]
# fmt: on


def test_all_states_and_union_territories_are_there() -> None:
    assert len(STATES) == 36
    assert set(STATES) <= FILE["areas"].keys()


@pytest.mark.parametrize("state", sorted(FILE["areas"]))
def test_a_state_names_one_to_three_of_our_languages(state: str) -> None:
    first = FILE["areas"][state]
    assert 1 <= len(first) == len(set(first)) <= 3
    assert set(first) <= THIRTEEN


@pytest.mark.parametrize("state", sorted(FILE["areas"]))
def test_every_language_can_be_chosen_everywhere(state: str) -> None:
    offered = languages_for(state, areas=FILE["areas"], shipped=SHIPPED)
    assert sorted(offered) == sorted(SHIPPED)
    spoken = [code for code in FILE["areas"][state] if code in SHIPPED]
    assert list(offered[: len(spoken)]) == spoken


def test_a_language_that_is_not_shipped_is_not_offered() -> None:
    assert languages_for("AS", areas={"AS": ["as", "bn"]}, shipped=("hi", "bn")) == ("bn", "hi")


def test_an_unknown_state_gets_the_service_s_own_order() -> None:
    assert languages_for("XX", areas=FILE["areas"], shipped=SHIPPED) == SHIPPED


def test_what_is_spoken_is_also_written() -> None:
    """A language that is shipped to the ear has texts too, and a language no more than that."""
    assert set(FILE["languages"]) == set(SHIPPED)
