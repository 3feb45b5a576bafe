"""Plivo's and KooKoo's forms become the same values as Twilio's."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from gateway.telephony import kookoo_forms, plivo_forms
from gateway.telephony.dialects import Markup
from gateway.telephony.events import SmsEvent, SmsReceipt, TurnMark
from gateway.telephony.forms import MalformedForm
from gateway.telephony.webhooks import FORMS

CALL = "0123456789abcdef" * 2


def plivo(**fields: str) -> MultiDict[str, str]:
    return MultiDict({"CallUUID": "c-1", "From": "919800000001", "To": "911800000100", **fields})


def kookoo(**fields: str) -> MultiDict[str, str]:
    return MultiDict({"sid": "5551", "event": "NewCall", **fields})


def test_plivo_writes_numbers_without_a_plus() -> None:
    event = plivo_forms.parse_call_event(plivo(CallStatus="in-progress", Digits="1#"))
    assert (event.from_, event.to) == ("+919800000001", "+911800000100")
    assert (event.provider_call_id, event.status, event.digits) == ("c-1", "in-progress", "1#")


@pytest.mark.parametrize("caller", ["anonymous", "", "sip:x@phone.plivo.com"])
def test_what_is_no_number_stays_as_it_is(caller: str) -> None:
    assert plivo_forms.parse_call_event(plivo(From=caller)).from_ == caller


def test_plivo_tells_of_a_dial_in_words_of_its_own() -> None:
    told = plivo(
        DialStatus="timeout", DialBLegUUID="b-1", DialBLegDuration="7", DialAction="hangup"
    )
    event = plivo_forms.parse_call_event(told)
    assert (event.dial_status, event.dial_call_sid, event.dial_seconds) == ("no-answer", "b-1", 7)
    assert event.dial_action == "hangup"
    assert plivo_forms.parse_call_event(plivo(CallStatus="cancel")).status == "canceled"


def test_plivos_empty_file_after_silence_is_no_recording() -> None:
    url = "https://media.plivo.com/r.wav"
    said = plivo_forms.parse_call_event(plivo(RecordUrl=url, RecordingDuration="4"))
    assert (said.recording_url, said.recording_seconds) == (url, 4)
    silent = plivo_forms.parse_call_event(plivo(RecordUrl=url, RecordingDuration="0"))
    assert silent.recording_url == ""


def test_plivos_texts_and_receipts() -> None:
    form = MultiDict({"MessageUUID": "m-1", "From": "919800000001", "To": "91180", "Text": "RX"})
    assert plivo_forms.parse_sms_event(form) == SmsEvent("m-1", "+919800000001", "+91180", "RX")
    form = MultiDict({"MessageUUID": "m-1", "Status": "rejected", "ErrorCode": "30"})
    assert plivo_forms.parse_sms_receipt(form) == SmsReceipt("m-1", "undelivered", "30")
    with pytest.raises(MalformedForm, match="Status: missing"):
        plivo_forms.parse_sms_receipt(MultiDict({"MessageUUID": "m-1"}))


@pytest.mark.parametrize(
    ("told", "part"),
    [("2 of 3", (2, 3)), ("1 of 1", (1, 1)), ("", (1, 1)), ("4 of 3", (1, 1)), ("none", (1, 1))],
)
def test_plivos_receipt_tells_of_one_part_of_a_long_text(told: str, part: tuple[int, int]) -> None:
    form = MultiDict({"MessageUUID": "m-1", "Status": "delivered", "PartInfo": told})
    receipt = plivo_forms.parse_sms_receipt(form)
    assert (receipt.part, receipt.parts) == part


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9800000001", "+919800000001"),
        ("09800000001", "+919800000001"),
        ("919800000001", "+919800000001"),
        ("1800000100", "+911800000100"),
        ("Private", "Private"),
        ("", ""),
    ],
)
def test_kookoo_writes_numbers_in_many_ways(written: str, meant: str) -> None:
    assert kookoo_forms.parse_call_event(kookoo(cid=written)).from_ == meant


def test_kookoos_sid_names_the_call_and_then_the_turn() -> None:
    new = kookoo_forms.parse_call_event(kookoo())
    assert (new.provider_call_id, new.turn, new.is_over) == ("5551", None, False)
    mark = kookoo_forms.mark_turn("5551", CALL, 4)
    keyed = kookoo_forms.parse_call_event(kookoo(sid=mark, event="GotDTMF", data='"12"'))
    assert (keyed.provider_call_id, keyed.turn) == ("5551", TurnMark(CALL, 4))
    assert keyed.digits == "12"
    ours = kookoo_forms.parse_call_event(kookoo(outbound_sid="5550"))
    assert ours.provider_call_id == "5550"


def test_kookoos_data_means_what_its_event_says() -> None:
    mark = kookoo_forms.mark_turn("5551", CALL, 4)
    url = "http://recordings.kookoo.in/a.wav"
    said = kookoo_forms.parse_call_event(kookoo(sid=mark, event="Record", data=url))
    assert (said.recording_url, said.digits) == ("https://recordings.kookoo.in/a.wav", "")
    talked = kookoo(sid=mark, event="Dial", data="-1", status="answered", callduration="61")
    event = kookoo_forms.parse_call_event(talked)
    assert (event.dial_status, event.dial_seconds, event.recording_url) == ("completed", 61, "")
    rang = kookoo_forms.parse_call_event(kookoo(sid=mark, event="Dial", status="not_answered"))
    assert rang.dial_status == "no-answer"


@pytest.mark.parametrize("event", ["Hangup", "Disconnect"])
def test_kookoo_tells_at_the_same_address_that_a_call_is_over(event: str) -> None:
    over = kookoo_forms.parse_call_event(kookoo(event=event))
    assert (over.is_over, over.status) == (True, "completed")


def test_the_end_of_a_call_that_we_placed_through_kookoo() -> None:
    def outcome(status: str) -> str:
        return kookoo_forms.parse_call_event(MultiDict({"sid": "9", "status": status})).status

    assert outcome("NoAnswer") == "no-answer"
    # It was talked to, and its end was told by an event; it is not told twice.
    assert outcome("answered") not in {"completed", "no-answer"}


@pytest.mark.parametrize("sid", ["", "a b", f"x${CALL}$", f"${CALL}$1", f"5551${CALL}$9999999"])
def test_a_sid_that_is_none_is_refused_by_name(sid: str) -> None:
    with pytest.raises(MalformedForm, match="sid: "):
        kookoo_forms.parse_call_event(kookoo(sid=sid))


def test_kookoo_sends_no_receipts() -> None:
    with pytest.raises(MalformedForm):
        kookoo_forms.parse_sms_receipt(MultiDict({"sid": "1"}))
    form = MultiDict({"sid": "1", "cid": "9800000001", "called_number": "918", "message": "RX"})
    assert kookoo_forms.parse_sms_event(form).body == "RX"


FIELDS = st.sampled_from(
    (
        *("CallUUID", "From", "RecordUrl", "Digits", "Duration", "DialStatus", "Status"),
        *("sid", "event", "cid", "data", "status", "callduration", "outbound_sid"),
    )
)


@given(
    fields=st.lists(st.tuples(FIELDS, st.text(max_size=12))),
    markup=st.sampled_from(sorted(Markup)),
)
def test_no_form_raises_anything_but_a_malformed_form(
    fields: list[tuple[str, str]], markup: Markup
) -> None:
    for read in (FORMS[markup].call_event, FORMS[markup].sms_event, FORMS[markup].sms_receipt):
        with suppress(MalformedForm):
            read(MultiDict(fields))
