from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.phone_numbers import (
    UnknownCaller,
    UnknownReason,
    mask_phone,
    parse_phone,
)


@pytest.mark.parametrize(
    "raw",
    [
        "+919800000001",
        "919800000001",
        "9800000001",
        "09800000001",
        "0091 98000 00001",
        "+91 98000-00001",
        " (098000) 00001 ",
        '"09800000001"',
        "sip:+919800000001@switch.example",
        "sip:09800000001;user=phone@switch.example",
        "tel:+91-98000-00001",
        "९८०००००००१",
    ],
)
def test_every_indian_form_is_one_number(raw: str) -> None:
    assert parse_phone(raw) == "+919800000001"


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        ("+911800000100", "+911800000100"),
        ("1800000100", "+911800000100"),
        ("01123456789", "+911123456789"),
        ("+12025550123", "+12025550123"),
        ("6999999999", "+916999999999"),
    ],
)
def test_toll_free_landline_foreign_and_new_series_are_kept(raw: str, phone: str) -> None:
    assert parse_phone(raw) == phone


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", UnknownReason.EMPTY),
        ("   ", UnknownReason.EMPTY),
        ("anonymous", UnknownReason.WITHHELD),
        ("Anonymous", UnknownReason.WITHHELD),
        ("Restricted", UnknownReason.WITHHELD),
        ("unavailable", UnknownReason.WITHHELD),
        ("PRIVATE", UnknownReason.WITHHELD),
        ("+266696687", UnknownReason.WITHHELD),
        ("+7378742833", UnknownReason.WITHHELD),
        ("+2562533", UnknownReason.WITHHELD),
        ("+86282452253", UnknownReason.WITHHELD),
        ("sip:anonymous@anonymous.invalid", UnknownReason.WITHHELD),
        ("sip:reception@clinic.example", UnknownReason.NOT_A_NUMBER),
        ("client:browser", UnknownReason.NOT_A_NUMBER),
        ("1800-DOCTOR-1", UnknownReason.NOT_A_NUMBER),
        ("+", UnknownReason.NOT_A_NUMBER),
        ("108", UnknownReason.IMPOSSIBLE),
        ("98000", UnknownReason.IMPOSSIBLE),
        ("5555555555", UnknownReason.IMPOSSIBLE),
        ("9" * 200, UnknownReason.NOT_A_NUMBER),
    ],
)
def test_what_is_no_number_says_why(raw: str, reason: UnknownReason) -> None:
    assert parse_phone(raw) == UnknownCaller(reason)


def test_an_indian_mobile_that_looks_like_a_withheld_mark_is_a_number() -> None:
    assert parse_phone("7378742833") == "+917378742833"
    assert parse_phone("+917378742833") == "+917378742833"


@given(st.text())
def test_any_text_has_an_answer(raw: str) -> None:
    answer = parse_phone(raw)
    assert isinstance(answer, UnknownCaller) or answer.startswith("+")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+919800000001", "+91******0001"),
        ("09800000001", "+91******0001"),
        ("+12025550123", "+1******0123"),
        ("108", "+91****"),
        ("anonymous", "*********"),
        ("", ""),
    ],
)
def test_a_log_never_holds_a_whole_number(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked
