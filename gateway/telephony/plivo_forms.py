"""Plivo's forms. Sources: plivo.com/docs/voice/concepts/callbacks, plivo.com/docs/messaging"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateway.telephony.events import CallEvent, SmsEvent, SmsReceipt
from gateway.telephony.forms import Form, MalformedForm, Reader

_PART: Final = re.compile(r"([1-9]\d?) of ([1-9]\d?)", re.ASCII)

# Its words for what Twilio calls otherwise.
_STATUSES: Final[Mapping[str, str]] = {
    "cancel": "canceled",
    "timeout": "no-answer",
    "rejected": "undelivered",
}


def parse_call_event(form: Form) -> CallEvent:
    """Return the event of a voice webhook. Errors: MalformedForm."""
    read = Reader(form)
    # After silence there is an empty file, which is no recording of anybody.
    said = read.text("RecordingDuration").strip() != "0"
    return CallEvent(
        provider_call_id=read.provider_id("CallUUID"),
        from_=_with_plus(read.address("From")),
        to=_with_plus(read.address("To")),
        status=_status(read.word("CallStatus")),
        parent_call_id=read.provider_id("ParentCallUUID", required=False),
        direction=read.word("Direction"),
        digits=read.digits("Digits"),
        recording_url=read.url("RecordUrl") if said else "",
        recording_sid=read.provider_id("RecordingID", required=False),
        recording_seconds=read.count("RecordingDuration") or 0,
        duration_seconds=read.count("Duration"),
        dial_status=_status(read.word("DialStatus")),
        dial_seconds=read.count("DialBLegDuration"),
        dial_call_sid=read.provider_id("DialBLegUUID", required=False),
        dial_action=read.word("DialAction"),
        error_code=read.text("HangupCauseCode"),
    )


def parse_sms_event(form: Form) -> SmsEvent:
    """Return the text that came in. Errors: MalformedForm."""
    read = Reader(form)
    return SmsEvent(
        provider_message_id=read.provider_id("MessageUUID"),
        from_=_with_plus(read.address("From")),
        to=_with_plus(read.address("To")),
        body=read.text("Text"),
    )


def parse_sms_receipt(form: Form) -> SmsReceipt:
    """Return the receipt. Errors: MalformedForm."""
    read = Reader(form)
    status = _status(read.word("Status"))
    if not status:
        raise MalformedForm("Status", "missing")
    part, parts = _part(read.text("PartInfo"))
    return SmsReceipt(
        provider_message_id=read.provider_id("MessageUUID"),
        status=status,
        error_code=read.text("ErrorCode"),
        part=part,
        parts=parts,
    )


def _part(told: str) -> tuple[int, int]:
    """Read "2 of 3"; what is told otherwise is about the whole text."""
    found = _PART.fullmatch(told.strip())
    part, parts = (int(found[1]), int(found[2])) if found else (1, 1)
    return (part, parts) if part <= parts else (1, 1)


def _status(word: str) -> str:
    return _STATUSES.get(word, word)


def _with_plus(address: str) -> str:
    """Return E.164 as the others write it: Plivo leaves the plus out."""
    return f"+{address}" if address.isascii() and address.isdigit() else address
