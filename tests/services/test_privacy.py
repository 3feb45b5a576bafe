"""Consent taken back, and everything erased but what the law has us keep."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, undefer

from gateway.db.models import Call, Caller, Patient, Recording, Turn
from gateway.domain.states import (
    AftercareStatus,
    DoctorStatus,
    MessageStatus,
    OutboundStatus,
    TicketStatus,
)
from gateway.services.recordings import SpokenNames
from gateway.services.turning import CallState, Turning
from ivr_flows.engine.session import Effect
from tests.services.data import MISSED_CALL, PATIENT
from tests.services.desk import Desk
from tests.services.line import (
    NO_DANGER,
    Line,
    fever_by_keys,
    register,
    tell_who,
    to_the_talk,
    to_the_token,
)


def in_privacy(desk: Desk, sid: str = "CA9") -> Line:
    line = Line(desk, sid).dial()
    if line.at == "inbound/still_waiting" or line.at == "inbound/whose":
        line.press("menu.services", "menu.privacy")
    return line


def take_back(desk: Desk, what: str) -> Line:
    line = in_privacy(desk)
    line.press(what, "answer.if_yes")
    line.ends()
    return line


def waiting(desk: Desk) -> None:
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    line.ends()


def talked(desk: Desk) -> None:
    """A consultation before which she said her name and her complaint."""
    desk.doctor()
    line = Line(desk, "CA1").dial()
    line.choose_language()
    line.press("consent.agree", "household.self_male")
    line.key("40")
    line.say()
    line.wait()
    line.say("https://api.twilio.com/complaint")
    desk.work_off()
    line.wait()
    line.press("heard.right", NO_DANGER)
    to_the_talk(desk, line)
    line.ends()
    desk.later(60)


BOTH = ("privacy.withdraw", "privacy.erase")


@pytest.mark.parametrize("what", BOTH)
def test_open_tickets_close_and_queued_calls_and_texts_are_dropped(desk: Desk, what: str) -> None:
    waiting(desk)
    take_back(desk, what)
    assert {t.status for t in desk.tickets()} == {TicketStatus.CANCELLED}
    assert {m.status for m in desk.messages()} == {MessageStatus.FAILED}
    desk.doctor()
    for _ in range(5):
        desk.later(60)
    assert not desk.carrier.texts
    assert not desk.carrier.calls


@pytest.mark.parametrize("what", BOTH)
def test_a_doctor_who_was_reserved_is_free_again(desk: Desk, what: str) -> None:
    waiting(desk)
    desk.doctor()
    desk.later(30)
    assert desk.doctors()[0].status is DoctorStatus.ENGAGED
    take_back(desk, what)
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE
    assert OutboundStatus.QUEUED not in {call.status for call in desk.outbound()}


@pytest.mark.parametrize("what", BOTH)
def test_aftercare_stops(desk: Desk, what: str) -> None:
    talked(desk)
    assert [row.status for row in desk.aftercare()] == [AftercareStatus.PLANNED]
    take_back(desk, what)
    assert [row.status for row in desk.aftercare()] == [AftercareStatus.STOPPED]
    desk.later(4 * 24 * 3600)
    assert not desk.carrier.calls


@pytest.mark.parametrize("what", BOTH)
def test_a_later_call_begins_with_the_consent_line(desk: Desk, what: str) -> None:
    talked(desk)
    take_back(desk, what)
    line = Line(desk, "CA10").dial()
    assert line.at == "inbound/choose_language"
    line.choose_language()
    assert line.at == "inbound/consent"


def test_after_a_withdrawal_nothing_is_texted_until_she_consents_again(desk: Desk) -> None:
    talked(desk)
    texts = len(desk.carrier.texts)
    take_back(desk, "privacy.withdraw")
    line = Line(desk, "CA10").dial()
    line.choose_language()
    for _ in range(3):
        line.wait()
    line.pick()
    fever_by_keys(line)
    line.ends()
    desk.work_off()
    assert len(desk.tickets()) == 2
    assert len(desk.carrier.texts) == texts
    again = Line(desk, "CA11", "+919800000007").dial()
    register(again)
    fever_by_keys(again)
    desk.work_off()
    assert len(desk.carrier.texts) == texts + 1


def test_she_is_called_back_when_she_asks_for_it_again(desk: Desk) -> None:
    talked(desk)
    take_back(desk, "privacy.erase")
    Line(desk, "CAm", to=MISSED_CALL).dial().ends("busy")
    desk.later(5)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_of_a_caller_whom_no_doctor_met_nothing_is_left(desk: Desk) -> None:
    waiting(desk)
    line = in_privacy(desk)
    line.press("privacy.erase", "answer.if_yes")
    assert "<Hangup" in line.answer
    line.ends()
    [caller] = desk.all(Caller)
    assert (caller.phone_e164, caller.language, caller.consented_at) == ("", None, None)
    [patient] = desk.patients()
    assert (patient.caller_id, patient.born_on, patient.sex) == (None, None, "unknown")
    [ticket] = desk.tickets()
    assert ticket.complaint["symptoms"] == []
    assert {(m.phone_e164, m.body) for m in desk.messages()} == {("", "")}
    assert {turn.number for turn in desk.all(Turn)} == {0}
    assert all(turn.session == {} for turn in desk.all(Turn))


def test_what_the_law_has_us_keep_stays_sealed_and_is_found_by_no_number(desk: Desk) -> None:
    talked(desk)
    name, complaint = (
        next(r for r in desk.recordings() if r.purpose == purpose)
        for purpose in ("name", "complaint")
    )
    desk.rota.go_off_duty(desk.doctors()[0].id)
    other = Line(desk, "CA5").dial()
    other.for_somebody_new()
    tell_who(other, who="household.own_child", age="7")
    other.ends()
    take_back(desk, "privacy.erase")
    assert len(desk.consultations()) == 1
    seen, never_seen = desk.patients()
    assert (seen.sex, seen.name_recording_id) == ("male", None)
    assert (never_seen.sex, never_seen.caller_id) == ("unknown", None)
    assert desk.tickets()[0].complaint["symptoms"]
    audio = {r.id: r.audio for r in _with_audio(desk)}
    assert audio == {name.id: None, complaint.id: b"RIFF"}
    assert SpokenNames(desk.work).audio(name.id) is None
    with desk.engine.connect() as connection:
        hashed = desk.directory.phone_hash(PATIENT)
        found = connection.scalar(
            text("SELECT count(*) FROM callers WHERE phone_hash = :hashed"), {"hashed": hashed}
        )
    assert found == 0


def test_a_name_and_an_address_that_a_doctor_wrote_down_are_erased(desk: Desk) -> None:
    talked(desk)
    [patient] = desk.patients()
    with Session(desk.engine) as db, db.begin():
        row = db.get_one(Patient, patient.id)
        row.name, row.address = "Ravi", "Ward 3"
    take_back(desk, "privacy.erase")
    assert [(patient.name, patient.address) for patient in desk.patients()] == [(None, None)]


def test_a_later_caller_of_the_number_finds_nobody_elses_household(desk: Desk) -> None:
    talked(desk)
    take_back(desk, "privacy.erase")
    line = Line(desk, "CA10").dial()
    register(line, age="20")
    assert line.session["variables"].get("members", []) == []
    assert len(desk.all(Caller)) == 2


def test_the_events_say_that_it_happened_and_name_no_number(desk: Desk) -> None:
    waiting(desk)
    take_back(desk, "privacy.withdraw")
    line = Line(desk, "CA10").dial()
    register_again = line.choose_language()
    assert register_again
    line.press("consent.agree")
    line.ends()
    line = in_privacy(desk, "CA11")
    line.press("privacy.erase", "answer.if_yes")
    assert "callers:consent_withdrawn" in desk.events()
    assert "callers:erased" in desk.events()
    with desk.engine.connect() as connection:
        rows = connection.execute(text("SELECT subject, subject_id, name FROM events")).all()
    assert not [row for row in rows if any(PATIENT[-8:] in str(part) for part in row)]


@pytest.mark.parametrize("effect", ["caller.withdraw_consent", "caller.erase", "aftercare.stop"])
def test_of_a_withheld_number_there_is_nothing_to_take_back(desk: Desk, effect: str) -> None:
    line = Line(desk, "CA1", "anonymous").dial()
    register(line)
    with desk.work.begin() as unit:
        call = unit.db.get_one(Call, line.next_turn[0])
        turning = Turning(unit, call, None, CallState(), line.leg(), 1, "hi")
        assert desk.effects.perform(turning, Effect(effect)).outcome in {"ok", "erased"}


def test_no_is_no(desk: Desk) -> None:
    waiting(desk)
    line = in_privacy(desk)
    line.press("privacy.erase", "answer.if_no")
    assert desk.tickets()[0].status is TicketStatus.WAITING
    assert desk.all(Caller)[0].phone_e164 == PATIENT


def _with_audio(desk: Desk) -> list[Recording]:
    with Session(desk.engine) as db:
        return list(db.query(Recording).options(undefer(Recording.audio)))
