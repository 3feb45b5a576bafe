"""The choices of a slip, and how names of tests are packed into messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.slips import packed
from sms.loader import load_catalogue
from tests.domain.slips_file import SLIPS, slip_choices

CATALOGUE = load_catalogue(SLIPS.with_name("sms.yaml"))


def test_each_place_and_time_has_its_words_in_every_locale_and_room_in_the_message() -> None:
    choices, limits = slip_choices(), CATALOGUE.templates["referral"].variables
    for locale, texts in CATALOGUE.texts.items():
        for place in choices.places:
            assert 0 < len(texts[f"place.{place}"]) <= limits["place"], (locale, place)
        for when in choices.when:
            assert 0 < len(texts[f"when.{when}"]) <= limits["when"], (locale, when)


def test_each_test_fits_a_message_and_is_printed_in_gsm_7() -> None:
    limit = CATALOGUE.templates["investigation"].variables["tests"]
    for test in slip_choices().tests.values():
        assert len(test.printed) <= limit
        assert test.printed.isascii()


@given(st.lists(st.text("ABC /", min_size=1, max_size=12), max_size=12))
def test_packing_keeps_every_name_in_its_order_and_the_limit(names: list[str]) -> None:
    texts = list(packed(names, limit=20))
    assert all(len(text) <= 20 for text in texts)
    assert ", ".join(texts) == ", ".join(names)


def test_a_text_is_filled_before_the_next_begins() -> None:
    assert list(packed(["HB", "CBC", "X-RAY CHEST PA"], limit=22)) == ["HB, CBC", "X-RAY CHEST PA"]
    assert list(packed(["HB", "CBC"], limit=7)) == ["HB, CBC"]


def test_a_name_that_fits_no_message_is_an_error() -> None:
    with pytest.raises(ValueError, match="longer than 5"):
        list(packed(["CREATININE"], limit=5))
