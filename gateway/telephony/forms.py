"""Reading a webhook's form: what a form lacks is empty, never missing.

Carriers send blanks, leave fields out and add new ones at will, so only what cannot be worked with
is refused, and then by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from gateway.domain.errors import GatewayError

MAX_DIGITS: Final = 32
# Twilio's length of a recording that it has not measured yet.
UNKNOWN_COUNT: Final = "-1"
_PROVIDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS = re.compile(rf"[0-9*#]{{0,{MAX_DIGITS}}}", re.ASCII)
_WORD = re.compile(r"[a-z-]{0,20}")
_LONGEST_ADDRESS: Final = 256
_LONGEST_COUNT: Final = 9


class MalformedForm(GatewayError):  # noqa: N818  # the sender's fault: answered by 400
    """A webhook's form cannot be understood; `field` names the culprit, never its value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class Form(Protocol):
    """A form as it was posted; a field may stand in it more than once."""

    def getlist(self, key: str, /) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a form's fields; errors: MalformedForm, with the field's name."""

    form: Form

    def text(self, name: str) -> str:
        values = set(self.form.getlist(name))
        if len(values) > 1:
            raise MalformedForm(name, "given twice, with different values")
        return values.pop() if values else ""

    def address(self, name: str) -> str:
        value = self.text(name).strip()
        if len(value) > _LONGEST_ADDRESS:
            raise MalformedForm(name, "too long for a telephone or SIP address")
        return value

    def provider_id(self, name: str, *, required: bool = True) -> str:
        value = self.text(name).strip()
        if not value and not required:
            return ""
        return checked_id(name, value)

    def word(self, name: str) -> str:
        value = self.text(name).strip().lower()
        if not _WORD.fullmatch(value):
            raise MalformedForm(name, "not a word that a carrier uses")
        return value

    def digits(self, name: str) -> str:
        # A stuck key or a tone that a voice imitated (A-D) is nobody's answer: the caller is asked
        # again, as after silence, where refusing the form would end her call.
        value = self.text(name).strip().strip('"')
        return value if _DIGITS.fullmatch(value) else ""

    def count(self, name: str) -> int | None:
        value = self.text(name).strip()
        if not value or value == UNKNOWN_COUNT:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_COUNT):
            raise MalformedForm(name, "not a whole number")
        return int(value)

    def truth(self, name: str) -> bool | None:
        return {"true": True, "false": False}.get(self.text(name).strip().lower())

    def url(self, name: str) -> str:
        value = self.text(name).strip()
        if not value:
            return ""
        try:
            parts = urlsplit(value)
        except ValueError as error:
            raise MalformedForm(name, "not a web address") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise MalformedForm(name, "not a web address")
        return value


def checked_id(name: str, value: str) -> str:
    """Return an id of a carrier's. Errors: MalformedForm."""
    if not value:
        raise MalformedForm(name, "missing")
    if not _PROVIDER_ID.fullmatch(value):
        raise MalformedForm(name, "not an id of a carrier")
    return value
