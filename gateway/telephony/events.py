"""Webhook forms of the TwiML family → values; what a form lacks is empty, never missing.

Carriers send blanks, leave fields out and add new ones at will, so only what cannot be worked with
is refused, and then by name. Field names: twilio.com/docs/voice/twiml#request-parameters.
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
class CallEvent:
    """What a carrier said about a call. Text is "" and a count None when it said nothing.

    from_, to: as the carrier writes them, perhaps withheld. status, dial_status: its own words,
    such as "in-progress". digits: only 0-9, * and #; keys that no person presses count as none.
    dial_bridged: whether the two legs of a dial were ever joined.
    """

    provider_call_id: str
    parent_call_id: str
    from_: str
    to: str
    status: str
    direction: str
    digits: str
    recording_url: str
    recording_sid: str
    recording_seconds: int
    duration_seconds: int | None
    dial_status: str
    dial_seconds: int | None
    dial_call_sid: str
    dial_bridged: bool | None
    answered_by: str
    sequence_number: int | None
    error_code: str


@dataclass(frozen=True, slots=True)
class SmsEvent:
    """A text that came in."""

    provider_message_id: str
    from_: str
    to: str
    body: str


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """What a carrier says became of a text of ours; status is its own word, such as "delivered"."""

    provider_message_id: str
    status: str
    error_code: str


def parse_call_event(form: Form) -> CallEvent:
    """Return the event of a voice webhook. Errors: MalformedForm."""
    read = _Reader(form)
    return CallEvent(
        provider_call_id=read.provider_id("CallSid"),
        parent_call_id=read.provider_id("ParentCallSid", required=False),
        from_=read.address("From"),
        to=read.address("To"),
        status=read.word("CallStatus"),
        direction=read.word("Direction"),
        digits=read.digits("Digits"),
        recording_url=read.url("RecordingUrl"),
        recording_sid=read.provider_id("RecordingSid", required=False),
        recording_seconds=read.count("RecordingDuration") or 0,
        duration_seconds=read.count("CallDuration"),
        dial_status=read.word("DialCallStatus"),
        dial_seconds=read.count("DialCallDuration"),
        dial_call_sid=read.provider_id("DialCallSid", required=False),
        dial_bridged=read.truth("DialBridged"),
        answered_by=read.text("AnsweredBy"),
        sequence_number=read.count("SequenceNumber"),
        error_code=read.text("ErrorCode"),
    )


def parse_sms_event(form: Form) -> SmsEvent:
    """Return the text that came in. Errors: MalformedForm."""
    read = _Reader(form)
    return SmsEvent(
        provider_message_id=read.provider_id("MessageSid"),
        from_=read.address("From"),
        to=read.address("To"),
        body=read.text("Body"),
    )


def parse_sms_receipt(form: Form) -> SmsReceipt:
    """Return the receipt. Errors: MalformedForm."""
    read = _Reader(form)
    status = read.word("MessageStatus") or read.word("SmsStatus")
    if not status:
        raise MalformedForm("MessageStatus", "missing")
    return SmsReceipt(
        provider_message_id=read.provider_id("MessageSid"),
        status=status,
        error_code=read.text("ErrorCode"),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
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
        if not value:
            raise MalformedForm(name, "missing")
        if not _PROVIDER_ID.fullmatch(value):
            raise MalformedForm(name, "not an id of a carrier")
        return value

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
