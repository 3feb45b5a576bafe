from __future__ import annotations

import pytest

from ivr_flows.catalogues import load_catalogues
from ivr_flows.engine.errors import MissingText
from ivr_flows.engine.session import Json

CATALOGUES = load_catalogues()


def test_token_is_said_digit_by_digit_with_pauses() -> None:
    said = CATALOGUES["hi"].utter("token.spoken", {"token": "407"})
    assert said.text == "आपका टोकन नंबर है: चार, शून्य, सात।"
    assert said.pieces == ("token.spoken~0", "number~4", "number~0", "number~7")


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (["fever"], "fever"),
        (["fever", "headache"], "fever and headache"),
        (["fever", "headache", "cough"], "fever, headache and cough"),
        ([], "not told yet"),
    ],
)
def test_symptoms_are_joined_as_people_join_them(codes: list[Json], text: str) -> None:
    values: dict[str, Json] = {
        "sex": "female",
        "age_years": 0,
        "urgency": "red",
        "symptoms": codes,
        "wait_minutes": 3,
    }
    said = CATALOGUES["en"].utter("offer.brief", values).text
    assert said == (
        f"Patient: female, under one year. Danger signs. Trouble: {text}. Waiting three minutes."
    )


@pytest.mark.parametrize("value", [None, True, [], "many", -3])
def test_value_that_cannot_be_said_is_named(value: Json) -> None:
    with pytest.raises(MissingText, match=r"age\.years: years cannot be said as number"):
        CATALOGUES["en"].utter("age.years", {"years": value})


def test_value_that_is_not_known_is_named() -> None:
    with pytest.raises(MissingText, match=r"token\.spoken: token is not known"):
        CATALOGUES["en"].utter("token.spoken", {})
