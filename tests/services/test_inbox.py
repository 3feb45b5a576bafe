"""Texts that people send: each wish is carried out once, and answered in their own letters."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from gateway.db.models import Caller, Patient
from gateway.domain.states import MessageStatus, TicketStatus
from gateway.services.inbox import HELP_GAP
from tests.services.data import PATIENT, TOLL_FREE, sms_catalogue
from tests.services.desk import Desk
from tests.services.line import Line, to_the_token
from tests.services.overlap import overlapping

STRANGER = "+919800000077"


def text(desk: Desk, body: str, sid: str, *, sender: str = PATIENT) -> bool:
    return desk.inbox.receive("twilio", sid, sender, body=body)


def kinds(desk: Desk) -> list[str]:
    """What was sent to her, in order; the token of the call itself is left out."""
    desk.work_off()
    answers = [m for m in desk.messages() if m.purpose_key.startswith("in:")]
    return [m.kind for m in sorted(answers, key=lambda m: m.purpose_key)]


def last_body(desk: Desk) -> str:
    return max(desk.messages(), key=lambda m: m.created_at).body


def written(kind: str, locale: str) -> str:
    return (
        sms_catalogue()
        .text(locale, f"sms.{kind}")
        .format(number=TOLL_FREE, token="0001", minutes="1")
    )


@pytest.fixture
def waiting(desk: Desk) -> Desk:
    """A patient who speaks Hindi has her token, and its message was sent."""
    to_the_token(Line(desk, "CA1"))
    desk.work_off()
    desk.later(10)
    return desk


def test_whoever_waits_is_texted_her_place(waiting: Desk) -> None:
    text(waiting, "tokan", "SM1")
    assert kinds(waiting) == ["token_unattended"]
    assert "0001" in last_body(waiting)
    assert waiting.carrier.texts[-1][0] == PATIENT


def test_whoever_does_not_wait_is_told_so(desk: Desk) -> None:
    text(desk, "status", "SM1")
    text(desk, "cancel", "SM2")
    assert kinds(desk) == ["no_token", "no_token"]


def test_cancelling_closes_her_ticket_once(waiting: Desk) -> None:
    for _ in range(2):
        text(waiting, "cancle", "SM1")
    assert [ticket.status for ticket in waiting.tickets()] == [TicketStatus.CANCELLED]
    assert kinds(waiting) == ["cancelled"]


def test_asking_not_to_cancel_cancels_nothing(waiting: Desk) -> None:
    text(waiting, "cancel mat karo", "SM1")
    assert [ticket.status for ticket in waiting.tickets()] == [TicketStatus.WAITING]
    assert kinds(waiting) == ["help"]


def test_of_a_patient_who_wants_no_sms_nothing_is_told_or_cancelled(waiting: Desk) -> None:
    with waiting.work.begin() as unit:
        unit.db.execute(update(Patient).values(no_sms=True))
    text(waiting, "token", "SM1")
    text(waiting, "cancel", "SM2")
    assert kinds(waiting) == ["no_token", "no_token"]
    assert [ticket.status for ticket in waiting.tickets()] == [TicketStatus.WAITING]


def test_a_doctor_is_asked_for_by_a_call_to_her_and_no_second_one(desk: Desk) -> None:
    text(desk, "doctar", "SM1", sender=STRANGER)
    text(desk, "call me", "SM2", sender=STRANGER)
    assert len(desk.outbound()) == 1
    assert kinds(desk) == ["call_soon", "call_soon"]
    desk.later(5)
    desk.sweep()
    desk.work_off()
    assert [call[0] for call in desk.carrier.calls] == [STRANGER]


def test_whoever_waits_and_asks_for_a_doctor_is_told_her_place(waiting: Desk) -> None:
    text(waiting, "डॉक्टर", "SM1")
    assert (waiting.outbound(), kinds(waiting)) == ([], ["token_unattended"])


def test_medicines_are_heard_on_a_call_and_never_texted_to_whoever_asks(desk: Desk) -> None:
    text(desk, "dawai", "SM1")
    assert kinds(desk) == ["prescription_hear"]


def test_stop_ends_every_later_text_and_start_begins_them_again(waiting: Desk) -> None:
    text(waiting, "STOP", "SM1")
    assert kinds(waiting) == ["texts_stopped"]
    text(waiting, "token", "SM2")
    text(waiting, "stop", "SM3")
    assert kinds(waiting) == ["texts_stopped"]
    text(waiting, "start", "SM4")
    text(waiting, "token", "SM5")
    assert kinds(waiting) == ["texts_stopped", "texts_started", "token_unattended"]


def test_what_was_meant_before_stop_is_not_sent_after_it(desk: Desk) -> None:
    to_the_token(Line(desk, "CA1"))
    text(desk, "band karo", "SM1")
    desk.work_off()
    assert [m.status for m in desk.messages()] == [MessageStatus.FAILED, MessageStatus.SENT]
    assert len(desk.carrier.texts) == 1


def test_a_late_repeat_of_stop_does_not_undo_start(waiting: Desk) -> None:
    for body, sid in (("stop", "SM1"), ("start", "SM2"), ("stop", "SM1")):
        text(waiting, body, sid)
    assert [caller.texts_stopped_at for caller in waiting.all(Caller)] == [None]


def test_what_is_not_understood_gets_help_at_most_once_an_hour(waiting: Desk) -> None:
    for minute in range(3):
        text(waiting, "bukhar hai bahut", f"SM{minute}")
        waiting.later(60)
    assert kinds(waiting) == ["help"]
    waiting.later(HELP_GAP.total_seconds())
    text(waiting, "???", "SM9")
    assert kinds(waiting) == ["help", "help"]


def test_help_that_is_asked_for_always_comes(waiting: Desk) -> None:
    text(waiting, "help", "SM1")
    text(waiting, "मदद", "SM2")
    assert kinds(waiting) == ["help", "help"]


@pytest.mark.parametrize(
    ("body", "locale"),
    [("मदद", "hi"), ("madad", "hi_Latn"), ("உதவி", "ta"), ("help", "hi_Latn"), ("...", "hi_Latn")],
)
def test_a_stranger_is_answered_in_the_language_and_letters_of_her_text(
    desk: Desk, body: str, locale: str
) -> None:
    text(desk, body, "SM1", sender=STRANGER)
    assert last_body(desk) == written("help", locale)


def test_a_caller_whom_we_know_is_answered_in_her_own_language(waiting: Desk) -> None:
    with waiting.work.begin() as unit:
        unit.db.execute(update(Caller).values(language="mr"))
    text(waiting, "HELP", "SM1")
    assert last_body(waiting) == written("help", "mr")


def test_a_sender_that_is_no_telephone_is_told_apart(desk: Desk) -> None:
    assert not text(desk, "STOP", "SM1", sender="VM-OFFERS")
    assert desk.messages() == []


def test_whoever_waits_but_wants_no_sms_and_texts_doctor_is_not_told_that_she_has_no_token(
    waiting: Desk,
) -> None:
    with waiting.work.begin() as unit:
        unit.db.execute(update(Patient).values(no_sms=True))
    text(waiting, "doctor", "SM1")
    assert kinds(waiting) == ["call_soon"]
    assert not waiting.outbound()


def test_two_texts_of_a_stranger_at_once_find_one_person(desk: Desk) -> None:
    first, second = overlapping(
        desk,
        lambda unit: desk.directory.caller_of(unit, STRANGER),
        lambda unit: desk.directory.caller_of(unit, STRANGER),
    )
    assert first is not None
    assert second is not None
    assert first.id == second.id
