"""Webhook forms become values."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from gateway.telephony.forms import MAX_DIGITS, MalformedForm
from gateway.telephony.twiml_forms import (
    parse_call_event,
    parse_sms_event,
    parse_sms_receipt,
)

SID = "CA" + "0" * 32


def form(**fields: str) -> MultiDict[str, str]:
    return MultiDict({"CallSid": SID, **fields})


def test_a_full_form_is_read() -> None:
    event = parse_call_event(
        form(
            ParentCallSid="CAparent",
            From="+919800000001",
            To="+911800000100",
            CallStatus="in-progress",
            Direction="inbound",
            Digits="1*#",
            RecordingUrl="https://api.twilio.com/r/RE1",
            RecordingSid="RE1",
            RecordingDuration="7",
            CallDuration="61",
            DialCallStatus="completed",
            DialCallDuration="42",
            DialCallSid="CAchild",
            DialBridged="true",
            AnsweredBy="human",
            SequenceNumber="3",
            ErrorCode="11200",
        )
    )
    assert (event.from_, event.to, event.status) == (
        "+919800000001",
        "+911800000100",
        "in-progress",
    )
    assert (event.digits, event.recording_seconds, event.duration_seconds) == ("1*#", 7, 61)
    assert (event.dial_status, event.dial_seconds, event.dial_bridged) == ("completed", 42, True)
    assert (event.parent_call_id, event.dial_call_sid) == ("CAparent", "CAchild")
    assert (event.sequence_number, event.error_code) == (3, "11200")


@pytest.mark.parametrize("blank", [{}, {"From": "", "Digits": "", "CallDuration": " "}])
def test_blanks_and_gaps_are_the_same(blank: dict[str, str]) -> None:
    event = parse_call_event(form(**blank))
    assert event.from_ == event.digits == event.recording_url == event.status == ""
    assert event.duration_seconds is None
    assert event.dial_bridged is None
    assert event.recording_seconds == 0


def test_a_length_that_is_not_measured_yet_is_no_error() -> None:
    assert parse_call_event(form(RecordingDuration="-1")).recording_seconds == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("CallSid", ""),
        ("CallSid", "CA/../x"),
        ("CallSid", "C" * 65),
        ("CallStatus", "in progress; drop"),
        ("RecordingDuration", "seven"),
        ("RecordingDuration", "-2"),
        ("CallDuration", "9" * 10),
        ("CallDuration", "१२"),
        ("RecordingUrl", "file:///etc/passwd"),
        ("RecordingUrl", "https://"),
        ("RecordingUrl", "https://[::1/x"),
        ("From", "+" * 300),
    ],
)
def test_a_malformed_field_is_named_and_its_value_kept_back(field: str, value: str) -> None:
    with pytest.raises(MalformedForm, match=field) as refused:
        parse_call_event(form(**{field: value}))
    assert refused.value.field == field
    assert len(value) < 4 or value not in str(refused.value)


def test_a_field_given_twice_counts_once_when_it_says_the_same() -> None:
    same = MultiDict([("CallSid", SID), ("From", "+911"), ("From", "+911")])
    assert parse_call_event(same).from_ == "+911"
    other = MultiDict([("CallSid", SID), ("From", "+911"), ("From", "+912")])
    with pytest.raises(MalformedForm, match="From: given twice"):
        parse_call_event(other)


@pytest.mark.parametrize("absurd", ["1" * (MAX_DIGITS + 1), "12a", "A", "<1>", "१", "-1", "1\n2"])
def test_absurd_digits_count_as_no_answer(absurd: str) -> None:
    assert parse_call_event(form(Digits=absurd)).digits == ""


def test_the_longest_honest_digits_are_kept() -> None:
    assert parse_call_event(form(Digits="9" * MAX_DIGITS)).digits == "9" * MAX_DIGITS


@pytest.mark.parametrize("caller", ["anonymous", "Restricted", "+266696687", "sip:a@b.example"])
def test_a_withheld_or_strange_caller_is_no_error(caller: str) -> None:
    assert parse_call_event(form(From=caller)).from_ == caller


@given(
    st.dictionaries(
        st.sampled_from(["CallSid", "From", "CallStatus", "Digits", "RecordingUrl", "DialBridged"]),
        st.text(max_size=80),
    )
)
def test_any_form_is_either_read_or_refused_by_name(fields: dict[str, str]) -> None:
    with suppress(MalformedForm):
        event = parse_call_event(MultiDict(fields))
        assert set(event.digits) <= set("0123456789*#")
        assert event.provider_call_id == fields["CallSid"].strip()


def test_a_text_is_read() -> None:
    text = parse_sms_event(
        MultiDict({"MessageSid": "SM1", "From": "+911", "To": "+912", "Body": " बुखार & "})
    )
    assert (text.provider_message_id, text.from_, text.body) == ("SM1", "+911", " बुखार & ")


def test_a_receipt_is_read_under_either_name() -> None:
    new = parse_sms_receipt(
        MultiDict({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"})
    )
    assert (new.provider_message_id, new.status, new.error_code) == ("SM1", "undelivered", "30003")
    old = parse_sms_receipt(MultiDict({"MessageSid": "SM1", "SmsStatus": "sent"}))
    assert old.status == "sent"


@pytest.mark.parametrize("fields", [{}, {"MessageSid": "SM1"}, {"MessageStatus": "sent"}])
def test_a_receipt_without_id_or_status_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(MalformedForm, match="missing"):
        parse_sms_receipt(MultiDict(fields))
