"""One contract for all carriers: the same conversations, in each dialect, over the real service."""

from __future__ import annotations

import pytest

from gateway.db.models import (
    Call,
    Caller,
    OutboundCall,
    Recording,
    Ticket,
    Turn,
)
from gateway.domain.states import Presence, TicketStatus
from gateway.services.conversation import Conversation
from gateway.telephony.dialects import DIALECTS
from tests.telephony.exchanges import (
    KOOKOO_ADDRESS,
    MISSED_CALL,
    ORIGIN,
    PATIENT,
    RECORDINGS,
    KookooLine,
)
from tests.telephony.service import (
    CARRIERS,
    TO_US,
    Desk,
    press,
    to_the_token,
)


def test_a_first_call_by_keys_leads_to_a_token(desk: Desk) -> None:
    """The greeting holds an ampersand and angle brackets (trap 20)."""
    line = desk.line()
    to_the_token(line)
    (ticket,) = desk.rows(Ticket)
    assert ticket.status is TicketStatus.WAITING
    (caller,) = desk.rows(Caller)
    assert caller.phone_e164 == PATIENT
    assert len(desk.rows(Call)) == 1


def test_a_spoken_complaint_is_kept_and_the_call_goes_on(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.speak")
    assert (line.waits_for, line.heard) == ("speech", ["tell.after_tone"])
    line.speak()
    assert line.heard[:2] == ["tell.thanks", "token.spoken"]
    (recording,) = desk.rows(Recording)
    assert recording.url == RECORDINGS[desk.carrier].replace("http:", "https:")


def test_silence_at_the_tone_is_no_recording(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.speak")
    line.say_nothing()
    assert "ear.no_voice" in line.heard
    line.say_nothing()
    assert "token.spoken" in line.heard
    assert not desk.rows(Recording)


def test_three_silences_lead_on_and_no_document_is_silent(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    for _ in range(2):
        line.say_nothing()
        assert line.heard[:2] == ["ear.silence", "greeting"]
    line.say_nothing()
    assert (line.heard, line.waits_for) == (["goodbye"], "end")


def test_0_says_it_again_and_9_goes_back(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    said = list(line.heard)
    line.press("0")
    assert line.heard == said
    press(line, "menu.doctor")
    assert line.heard == ["ask.age"]
    line.press("9")
    assert line.heard == said


def test_a_star_reaches_us_where_no_key_ends_the_answer(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    line.press("*")
    assert line.heard[0] == "ear.invalid"


def test_she_asks_to_be_called_back_and_the_call_finds_her_place(desk: Desk) -> None:
    line = desk.line()
    to_the_token(line)
    press(line, "hold.call_me_back")
    assert (line.heard, line.waits_for) == (["hold.will_call"], "end")
    line.hang_up()
    desk.doctor()
    desk.dispatch()
    (placed,) = desk.rows(OutboundCall)
    assert placed.carrier == desk.parts.roster.default
    back = desk.line(call_id="call2", number=TO_US, to=PATIENT)
    back.answer_outbound(placed.id)
    press(back, "callback.hold")
    assert "callback.wait" in back.heard
    assert desk.rows(Ticket)[0].presence is Presence.ARRIVING


@pytest.mark.parametrize(
    ("status", "heard"), [("completed", "goodbye"), ("no-answer", "emergency.not_reached")]
)
def test_an_emergency_rings_the_number_and_goes_on(desk: Desk, status: str, heard: str) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.emergency")
    assert (line.heard, line.waits_for) == (["emergency.connecting"], "dial")
    assert "".join(line.verb.itertext()).strip() == "108"
    line.dialled(status, 42 if status == "completed" else 0)
    assert line.heard == [heard]
    assert line.waits_for == "end"


def test_a_missed_call_is_refused(desk: Desk) -> None:
    line = desk.line(to=MISSED_CALL)
    line.dial()
    assert (line.heard, line.waits_for) == ([], "end")
    assert len(desk.rows(OutboundCall)) == 1


def test_a_failure_of_ours_is_apologised_for_and_she_is_called_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = desk.line()
    line.dial()

    def broken(*_args: object, **_kwargs: object) -> str:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Conversation, "turn", broken)
    press(line, "menu.doctor")
    assert (line.heard, line.waits_for) == (["apology.failure"], "end")
    assert "disk" not in line.document
    assert len(desk.rows(OutboundCall)) == 1


def test_trap_02_a_webhook_that_comes_twice_changes_nothing(desk: Desk) -> None:
    """Trap 2: overlapping deliveries; the answer of the first is given again."""
    line = desk.line()
    line.dial()
    first = line.document
    assert line.repeat().text == first
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.keys")
    token = line.document
    assert line.repeat().text == token
    assert (len(desk.rows(Ticket)), len(desk.rows(Call))) == (1, 1)


def test_a_webhook_that_comes_late_gets_its_own_answer(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.doctor")
    late, answer = line.log[-1], line.document
    line.press("34#")
    turns = len(desk.rows(Turn))
    assert line.send(*late).text == answer
    assert len(desk.rows(Turn)) == turns


@pytest.mark.parametrize("number", ["anonymous", "Private", ""])
def test_a_withheld_number_is_served_and_remembered_by_nobody(desk: Desk, number: str) -> None:
    line = desk.line(number=number)
    to_the_token(line)
    assert (len(desk.rows(Ticket)), len(desk.rows(Caller))) == (1, 0)


@pytest.mark.parametrize("secret", [None, "guessed", "é", "="])
def test_whoever_does_not_prove_himself_is_refused(desk: Desk, secret: str | None) -> None:
    line = desk.line()
    line.dial()
    url, fields = line.log[-1]
    assert line.send(url, fields, secret=secret).status_code == 403
    assert len(desk.rows(Call)) == 1


def test_a_proof_for_another_carrier_is_none_here(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    for name in CARRIERS:
        if name != desk.carrier:
            url = f"{ORIGIN}/voice/{name}/incoming"
            assert line.send(url, line.log[0][1]).status_code in {403, 405}


def test_a_carrier_without_an_account_is_unknown(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    response = line.send(f"{ORIGIN}/voice/exotel/incoming", line.log[0][1])
    assert response.status_code == 404


def test_only_the_carriers_own_method_is_allowed(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    path = f"/voice/{desk.carrier}/incoming"
    other = desk.client.get if DIALECTS[desk.carrier].method == "POST" else desk.client.post
    assert other(path).status_code == 405


@pytest.mark.parametrize("carrier", ["kookoo"], indirect=True)
def test_the_secret_of_a_carrier_that_signs_nothing_holds_only_at_its_own_addresses(
    desk: Desk,
) -> None:
    line = desk.line()
    assert isinstance(line, KookooLine)
    line.dial()
    url, fields = line.log[-1]
    for address, status in ((KOOKOO_ADDRESS, 200), ("203.0.113.9", 403), ("", 403)):
        assert line.send(url, fields, address=address).status_code == status


@pytest.mark.parametrize("carrier", ["kookoo"], indirect=True)
def test_a_turn_that_names_another_call_is_not_taken(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    call = desk.rows(Call)[0]
    stolen = {"event": "GotDTMF", "sid": f"thief${call.id}$1", "data": "1"}
    response = line.send(f"{ORIGIN}/voice/kookoo/incoming", stolen)
    assert "hangup" in response.text
    assert len(desk.rows(Turn)) == 1


TEXTS = {
    "plivo": {"MessageUUID": "m-1", "Text": "R&D"},
    "kookoo": {"sid": "9", "cid": "9800000001", "called_number": "911800000100", "message": "R&D"},
}
RECEIPTS = {"plivo": {"MessageUUID": "m-1", "Status": "delivered"}, "kookoo": {"sid": "9"}}


def test_a_text_that_comes_in_is_taken_from_its_carrier_alone(desk: Desk) -> None:
    fields = TEXTS.get(desk.carrier, {"MessageSid": "SM1", "Body": "R&D"})
    url = f"{ORIGIN}/sms/{desk.carrier}/incoming"
    assert desk.line().send(url, fields).status_code == 200
    assert desk.line().send(url, fields, secret=None).status_code == 403


def test_a_receipt_is_taken_where_the_carrier_has_one(desk: Desk) -> None:
    fields = RECEIPTS.get(desk.carrier, {"MessageSid": "SM1", "MessageStatus": "delivered"})
    url = f"{ORIGIN}/sms/{desk.carrier}/status?message=unknown"
    taken = 400 if desk.carrier == "kookoo" else 204
    assert desk.line().send(url, fields).status_code == taken
    assert desk.line().send(url, fields, secret=None).status_code == 403
