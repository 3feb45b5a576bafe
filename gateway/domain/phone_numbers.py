"""Telephone numbers as carriers and people write them, made E.164."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

import phonenumbers

PhoneE164 = NewType("PhoneE164", str)

HOME_REGION: Final = "IN"
_INDIA: Final = 91
_SHOWN_DIGITS: Final = 4

# What carriers put in the place of a withheld number. Twilio also spells the word on a keypad,
# with a plus: "+266696687" is ANONYMOUS. Without the plus, 7378742833 may be an Indian mobile.
_WITHHELD_WORDS: Final = frozenset(
    {"anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld"}
)
_WITHHELD: Final = _WITHHELD_WORDS | {
    "+" + phonenumbers.convert_alpha_characters_in_number(word) for word in _WITHHELD_WORDS
}


class UnknownReason(StrEnum):
    EMPTY = "empty"
    WITHHELD = "withheld"
    NOT_A_NUMBER = "not_a_number"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class UnknownCaller:
    """Nobody can be rung or texted there."""

    reason: UnknownReason


def parse_phone(raw: str) -> PhoneE164 | UnknownCaller:
    """Return the number in E.164; without a country code it is an Indian one.

    Takes 10 digits bare, after 0, 91, +91 or 0091, with blanks and dashes, and SIP and tel
    addresses. Source of lengths and series: libphonenumber.
    """
    text = _address(raw)
    if not text:
        return UnknownCaller(UnknownReason.EMPTY)
    if text.lower() in _WITHHELD:
        return UnknownCaller(UnknownReason.WITHHELD)
    if any(character.isalpha() for character in text):
        return UnknownCaller(UnknownReason.NOT_A_NUMBER)
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return UnknownCaller(UnknownReason.NOT_A_NUMBER)
    if not (phonenumbers.is_valid_number(number) or _is_indian_mobile(number)):
        return UnknownCaller(UnknownReason.IMPOSSIBLE)
    return PhoneE164(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def mask_phone(phone: str) -> str:
    """Return the number with its middle hidden, for logs: "+91******0001".

    What cannot be parsed is hidden whole.
    """
    try:
        number = phonenumbers.parse(phone, HOME_REGION)
    except phonenumbers.NumberParseException:
        return "*" * len(phone)
    national = phonenumbers.national_significant_number(number)
    hidden = max(len(national) - _SHOWN_DIGITS, _SHOWN_DIGITS)
    return f"+{number.country_code}{'*' * hidden}{national[hidden:]}"


def _address(raw: str) -> str:
    """Return the user part of a sip: or tel: address, or the text itself, without blanks."""
    text = raw.strip().strip('"')
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in {"sip", "sips", "tel"}:
        text = rest.split("@")[0].split(";")[0]
    return text.strip()


def _is_indian_mobile(number: phonenumbers.PhoneNumber) -> bool:
    """Tell a mobile by shape alone: the tables lag behind new series, and a patient must not."""
    national = phonenumbers.national_significant_number(number)
    return number.country_code == _INDIA and len(national) == 10 and national[0] in "6789"
