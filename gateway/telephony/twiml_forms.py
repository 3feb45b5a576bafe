"""Forms of the TwiML family. Source: twilio.com/docs/voice/twiml#request-parameters"""

from __future__ import annotations

from gateway.telephony.events import CallEvent, SmsEvent, SmsReceipt
from gateway.telephony.forms import Form, MalformedForm, Reader


def parse_call_event(form: Form) -> CallEvent:
    """Return the event of a voice webhook. Errors: MalformedForm."""
    read = Reader(form)
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
    read = Reader(form)
    return SmsEvent(
        provider_message_id=read.provider_id("MessageSid"),
        from_=read.address("From"),
        to=read.address("To"),
        body=read.text("Body"),
    )


def parse_sms_receipt(form: Form) -> SmsReceipt:
    """Return the receipt. Errors: MalformedForm."""
    read = Reader(form)
    status = read.word("MessageStatus") or read.word("SmsStatus")
    if not status:
        raise MalformedForm("MessageStatus", "missing")
    return SmsReceipt(
        provider_message_id=read.provider_id("MessageSid"),
        status=status,
        error_code=read.text("ErrorCode"),
    )
