"""Say, Play, Pause, Gather, Redirect, Hangup, Reject; documents that go wrong."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from simulator.settings import CarrierNumber, Measured
from tests.simulator.desk import (
    PATIENT,
    TOLL_FREE,
    Desk,
    Reply,
    StubGateway,
    start_desk,
    tone,
    twiml,
)


def test_an_incoming_call_is_announced_with_a_valid_signature(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Say>Hello</Say>")
    phone = desk.phone(PATIENT)
    sid = phone.do("dial", to=TOLL_FREE)["sid"]
    phone.expect("hangup", reason="completed")
    webhook = desk.gateway.at("/incoming")[0]
    assert webhook.signed
    assert webhook.form["CallSid"] == sid
    assert webhook.form["From"] == PATIENT
    assert webhook.form["To"] == TOLL_FREE
    assert webhook.form["CallStatus"] == "ringing"
    assert webhook.form["Direction"] == "inbound"
    assert webhook.form["FromCity"] == ""


def test_say_is_heard_with_its_text_and_voice(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        '<Say language="hi-IN" voice="Polly.Aditi">नमस्ते &amp; स्वागत</Say>'
    )
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    prompt = phone.expect("prompt")
    assert prompt["text"] == "नमस्ते & स्वागत"
    assert (prompt["language"], prompt["voice"]) == ("hi-IN", "Polly.Aditi")
    assert prompt["verb"] == "say"
    heard = desk.http.get(desk.url(prompt["audio_url"]))
    assert heard.headers["Content-Type"] == "audio/wav"
    assert heard.content[:4] == b"RIFF"
    assert len(heard.content) > 4_000


def test_a_caption_beside_the_audio_is_shown_and_its_lack_is_not(desk: Desk) -> None:
    words = "नमस्ते।"
    desk.gateway.answers |= {
        "/incoming": twiml("<Play>/told.wav</Play><Play>/untold.wav</Play>"),
        "/told.wav": Reply(tone(0.2), "audio/wav", headers={"X-Caption": quote(words)}),
        "/untold.wav": Reply(tone(0.2), "audio/wav"),
    }
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    told, untold = phone.expect("prompt"), phone.expect("prompt")
    assert told["text"] == words
    assert "text" not in untold


def test_play_fetches_the_audio_and_repeats_it(desk: Desk) -> None:
    desk.gateway.answers |= {
        "/incoming": twiml('<Play loop="2">/hold.wav</Play>'),
        "/hold.wav": Reply(tone(1.5), "audio/wav"),
    }
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    first, second = phone.expect("prompt"), phone.expect("prompt")
    assert first["seconds"] == second["seconds"] == 1.5
    assert first["verb"] == "play"
    assert desk.http.get(desk.url(first["audio_url"])).content == tone(1.5)


def test_only_audio_that_a_call_played_is_served(desk: Desk) -> None:
    strange = desk.http.get(desk.url("/media"), params={"url": "http://127.0.0.1:1/secret"})
    assert strange.status_code == 404


@pytest.mark.parametrize(
    "reply",
    [Reply(b"<html>error</html>", "text/html"), Reply(b"", status=404)],
    ids=["not audio", "missing"],
)
def test_play_of_what_is_no_audio_ends_the_call_with_an_apology(desk: Desk, reply: Reply) -> None:
    desk.gateway.answers |= {"/incoming": twiml("<Play>/bad.wav</Play>"), "/bad.wav": reply}
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("error")
    assert "application error" in phone.expect("prompt")["text"]
    phone.expect("hangup", reason="application_error")


def test_pause_is_heard_as_silence(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Say>a</Say><Pause length="3"/>')
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert phone.expect("silence")["seconds"] == 3
    phone.expect("hangup")


def test_gather_sends_as_many_digits_as_it_wants(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        '<Gather numDigits="2" action="/done"><Say>Age?</Say></Gather>'
    )
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("gathering", max_digits=2)
    phone.do("keys", digits="34")
    assert desk.gateway.wait_for("/done")[0].form["Digits"] == "34"
    assert desk.gateway.at("/done")[0].signed


def test_a_key_interrupts_the_prompts_of_a_gather(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        f'<Gather numDigits="1" action="/done"><Say>{"long " * 400}</Say><Say>more</Say></Gather>'
    )
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("prompt")
    phone.do("keys", digits="5")
    assert desk.gateway.wait_for("/done")[0].form["Digits"] == "5"
    assert phone.kinds().count("prompt") == 1
    assert "gathering" not in phone.kinds()


def test_the_finishing_key_ends_the_digits_and_is_not_one_of_them(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Gather finishOnKey="#" action="/done"/>')
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("gathering")
    phone.do("keys", digits="12#")
    form = desk.gateway.wait_for("/done")[0].form
    assert (form["Digits"], form["FinishedOnKey"]) == ("12", "#")


def test_digits_are_sent_when_the_caller_stops_keying(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Gather timeout="2" action="/done"/>')
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("gathering", timeout_s=2)
    phone.do("keys", digits="7")
    assert desk.gateway.wait_for("/done")[0].form["Digits"] == "7"


def test_no_digits_fall_through_to_the_next_verb(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        '<Gather timeout="1" action="/never"/><Redirect>/done?Digits=</Redirect>'
    )
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert desk.gateway.wait_for("/done")[0].params["Digits"] == ""
    assert desk.gateway.at("/never") == []


def test_no_digits_are_sent_where_the_empty_result_is_wanted(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        '<Gather timeout="1" action="/done" actionOnEmptyResult="true"/>'
    )
    desk.phone(PATIENT).do("dial", to=TOLL_FREE)
    assert desk.gateway.wait_for("/done")[0].form["Digits"] == ""


def test_keys_pressed_before_a_gather_are_lost(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        f"<Say>{'wait ' * 80}</Say>"
        '<Gather timeout="1" action="/done" actionOnEmptyResult="true" numDigits="1"/>'
    )
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("prompt")
    phone.do("keys", digits="9")
    assert desk.gateway.wait_for("/done")[0].form["Digits"] == ""


def test_an_action_can_be_asked_for_by_get(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        '<Gather numDigits="1" action="/done?turn=4" method="GET"/>'
    )
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("gathering")
    phone.do("keys", digits="1")
    request = desk.gateway.wait_for("/done")[0]
    assert request.method == "GET"
    assert (request.params["turn"], request.params["Digits"]) == ("4", "1")
    assert request.signed


def test_redirect_leads_on_relative_to_the_document(desk: Desk) -> None:
    desk.gateway.answers |= {
        "/incoming": twiml("<Redirect>/deep/one</Redirect>"),
        "/deep/one": twiml("<Redirect>two</Redirect>"),
        "/deep/two": twiml("<Hangup/>"),
    }
    desk.phone(PATIENT).do("dial", to=TOLL_FREE)
    assert desk.gateway.wait_for("/deep/two")[0].signed


@pytest.mark.parametrize(
    ("attribute", "reason", "status"),
    [('reason="busy"', "busy", "busy"), ("", "rejected", "no-answer")],
)
def test_reject_ends_the_call_unanswered(
    desk: Desk, attribute: str, reason: str, status: str
) -> None:
    desk.gateway.answers["/incoming"] = twiml(f"<Reject {attribute}/>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("hangup", reason=reason)
    assert "answered" not in phone.kinds()
    assert desk.gateway.wait_for("/status")[0].form["CallStatus"] == status


def test_the_call_ends_with_its_document(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Say>bye</Say>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("hangup", reason="completed")
    callback = desk.gateway.wait_for("/status")[0]
    assert callback.form["CallStatus"] == "completed"
    assert int(callback.form["CallDuration"]) >= 1
    assert phone.state()["state"] == "idle"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(b"<Response><Say>a & b</Say></Response>"), 12100),
        (Reply(b""), 12100),
        (Reply(b"<Answer/>"), 12100),
        (Reply(b'<!DOCTYPE r [<!ENTITY a "b">]><Response/>'), 12100),
        (Reply(b"<Response><Sing>la</Sing></Response>"), 12200),
        (Reply(b'<Response><Gather numDigits="many"/></Response>'), 12200),
        (Reply(b"<Response><Dial></Dial></Response>"), 12200),
        (Reply(b"{}", "application/json"), 12300),
        (Reply(b"no", status=500), 11200),
        (Reply(b"<Response><Say language='xx-XX'>?</Say></Response>"), 13512),
    ],
)
def test_a_document_that_cannot_be_run_ends_with_the_carriers_apology(
    gateway: StubGateway, reply: Reply, code: int
) -> None:
    desk = start_desk(gateway, measured=Measured.EXACT)
    gateway.answers["/incoming"] = reply
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert phone.expect("error")["code"] == code
    assert "application error" in phone.expect("prompt")["text"]
    phone.expect("hangup", reason="application_error")
    desk.simulator.stop()


def test_an_unknown_attribute_only_warns(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml('<Say tempo="slow">hello</Say>')
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert "tempo" in phone.expect("warning")["message"]
    phone.expect("prompt", text="hello")


def test_a_gateway_that_does_not_answer_in_time_fails_the_call(gateway: StubGateway) -> None:
    desk = start_desk(gateway, webhook_timeout_s=0.3)
    gateway.answers["/incoming"] = Reply(twiml().encode(), delay_s=1)
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert phone.expect("error")["code"] == 11200
    assert len(gateway.at("/incoming")) == 1, "a read time-out is not tried again"
    desk.simulator.stop()


def test_the_fallback_url_is_told_what_failed(gateway: StubGateway) -> None:
    entry = CarrierNumber(
        number=TOLL_FREE,
        voice_url=f"{gateway.origin}/broken",
        voice_fallback_url=f"{gateway.origin}/fallback",
    )
    desk = start_desk(gateway, numbers=(entry,))
    gateway.answers["/fallback"] = twiml("<Say>sorry</Say>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("prompt", text="sorry")
    told = gateway.at("/fallback")[0]
    assert told.form["ErrorCode"] == "11200"
    assert told.form["ErrorUrl"] == f"{gateway.origin}/broken"
    desk.simulator.stop()


def test_a_caller_who_hangs_up_in_a_prompt_is_gone_at_once(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml(
        f"<Say>{'word ' * 700}</Say><Redirect>/never</Redirect>"
    )
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("prompt")
    phone.do("hangup")
    assert phone.state()["state"] == "idle"
    assert desk.gateway.wait_for("/status")[0].form["CallStatus"] == "completed"
    assert desk.gateway.at("/never") == []


def test_a_caller_may_hang_up_while_the_gateway_still_thinks(desk: Desk) -> None:
    slow = Reply(twiml("<Say>too late</Say>").encode(), delay_s=0.5)
    desk.gateway.answers["/incoming"] = slow
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    desk.gateway.wait_for("/incoming")
    phone.do("hangup")
    assert phone.state()["state"] == "idle"
    assert desk.gateway.wait_for("/status")[0].form["CallStatus"] == "canceled"
    desk.simulator.exchange.clock.sleep(30)
    assert "prompt" not in phone.kinds()


def test_reject_after_the_answer_only_hangs_up(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Say>hello</Say><Reject/>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    phone.expect("hangup", reason="completed")


def test_a_message_has_no_place_in_a_voice_document(desk: Desk) -> None:
    desk.gateway.answers["/incoming"] = twiml("<Message>hello</Message>")
    phone = desk.phone(PATIENT)
    phone.do("dial", to=TOLL_FREE)
    assert phone.expect("error")["code"] == 12200
