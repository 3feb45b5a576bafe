from __future__ import annotations

import pytest

from ivr_flows.catalogues import load_catalogues
from ivr_flows.engine.errors import MissingText
from ivr_flows.engine.session import Json

CATALOGUES = load_catalogues()


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("hi", 0, "शून्य"),
        ("hi", 34, "चौंतीस"),
        ("hi", 99, "निन्यानवे"),
        ("hi", 100, "एक सौ"),
        ("hi", 125, "एक सौ पच्चीस"),
        ("hi", 2007, "दो हज़ार सात"),
        ("en", 25, "twenty-five"),
        ("en", 125, "one hundred and twenty-five"),
    ],
)
def test_number_is_said_in_words(language: str, number: int, words: str) -> None:
    assert CATALOGUES[language].numbers.say(number) == words


def test_hindi_has_a_hundred_different_words() -> None:
    assert len(set(CATALOGUES["hi"].numbers.words)) == 100


@pytest.mark.parametrize("number", [-1, 100_000])
def test_number_beyond_words_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 99,999"):
        CATALOGUES["hi"].numbers.say(number)


def test_token_is_said_digit_by_digit_with_pauses() -> None:
    said = CATALOGUES["hi"].utter("token.spoken", {"token": "407"})
    assert said.text == "आपका टोकन नंबर है: चार, शून्य, सात।"
    assert not said.fixed


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
