"""Who is ill: the people of a number, told apart by ear, and those of whom nothing is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.domain.recording import RecordingPurpose
from gateway.domain.states import Presence, TicketStatus
from gateway.services.recordings import SpokenNames
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.line import (
    NO_DANGER,
    Line,
    fever_by_keys,
    register,
    tell_who,
    to_the_talk,
    to_the_token,
    whispered,
)


def known(desk: Desk, sid: str) -> Line:
    """The next call of a household that is known."""
    return Line(desk, sid).dial()


def at_the_name(desk: Desk, sid: str = "CA1") -> Line:
    line = Line(desk, sid).dial()
    line.choose_language()
    line.press("consent.agree", "household.self_male")
    line.key("40")
    assert line.at == "visit/ask_name"
    return line


def members(line: Line) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = line.session["variables"]["members"]
    return listed


def test_a_name_is_kept_as_it_was_said_and_no_machine_listens_to_it(desk: Desk) -> None:
    line = at_the_name(desk)
    line.say()
    desk.work_off()
    [name] = desk.recordings()
    assert (name.purpose, name.outcome, name.heard) == (RecordingPurpose.NAME, "fetched", {})
    assert desk.patients()[0].name_recording_id == name.id
    assert SpokenNames(desk.work).audio(name.id) == (b"RIFF", "audio/wav")
    line.ends()
    assert members(known(desk, "CA2"))[0]["name"] == name.id


def test_a_name_is_no_complaint_and_a_complaint_is_no_name(desk: Desk) -> None:
    line = at_the_name(desk)
    line.say()
    line.wait()
    line.say("https://api.twilio.com/complaint")
    desk.work_off()
    line.wait()
    line.press("heard.right", NO_DANGER)
    name, complaint = sorted(desk.recordings(), key=lambda r: r.purpose or "", reverse=True)
    assert desk.tickets()[0].complaint["recording_ids"] == [complaint.id]
    assert complaint.heard
    assert SpokenNames(desk.work).audio(complaint.id) is None
    assert SpokenNames(desk.work).audio(name.id) is not None


def test_a_name_that_the_carrier_never_gives_is_simply_not_played(desk: Desk) -> None:
    line = at_the_name(desk)
    line.say()
    line.ends()
    assert members(known(desk, "CA2"))[0]["name"] == ""


def test_whoever_called_last_is_first_and_all_are_listed(desk: Desk) -> None:
    line = Line(desk, "CA0").dial()
    register(line, age="20")
    line.ends()
    for place in range(1, 6):
        desk.clock.forward(60)
        line = known(desk, f"CA{place}")
        line.for_somebody_new()
        tell_who(line, age=str(20 + place))
        line.ends()
    desk.clock.forward(60)
    line = known(desk, "CA6")
    assert [member["age_years"] for member in members(line)] == [25, 24, 23, 22, 21, 20]
    line.pick(1)
    line.ends()
    desk.clock.forward(60)
    assert [member["age_years"] for member in members(known(desk, "CA7"))][:2] == [24, 25]


def test_a_household_is_full_at_twelve_and_a_person_without_keys_is_still_served(
    desk: Desk,
) -> None:
    line = Line(desk, "CA0").dial()
    register(line, age="20")
    for place in range(1, 12):
        line.ends()
        line = known(desk, f"CA{place}")
        line.for_somebody_new()
        tell_who(line, age=str(20 + place))
    line.ends()
    line = known(desk, "CAfull")
    line.for_somebody_new()
    line.press("household.self_male")
    assert len(desk.patients()) == 12
    line.key("50")
    assert line.at == "visit/who"
    for _ in range(3):
        line.wait()
    assert line.at == "visit/tell_unknown"
    assert len(desk.patients()) == 13


def test_a_person_of_whom_nothing_is_known_speaks_and_gets_a_token(desk: Desk) -> None:
    line = Line(desk, "CA1").dial()
    for _ in range(12):
        if line.at == "visit/tell_unknown":
            break
        line.wait()
    line.say()
    line.wait()
    [patient] = desk.patients()
    assert (patient.sex, patient.born_on) == ("unknown", None)
    [ticket] = desk.tickets()
    assert ticket.presence is Presence.HOLDING
    assert ticket.complaint["recording_ids"] == [desk.recordings()[0].id]
    desk.doctor()
    desk.work_off()
    line.redirected()
    told = whispered(line).session["variables"]
    assert (told["age_years"], told["sex"]) == (None, "unknown")


def test_the_same_silent_caller_is_one_unknown_person_until_a_doctor_met_her(desk: Desk) -> None:
    for sid in ("CA1", "CA2"):
        line = Line(desk, sid).dial()
        for _ in range(12):
            if line.at == "visit/tell_unknown":
                break
            line.wait()
        line.ends()
    assert len(desk.patients()) == 1


def test_relation_and_guardian_are_kept(desk: Desk) -> None:
    line = Line(desk, "CA1").dial()
    register(line, who="household.own_child", age="7")
    line.ends()
    child = desk.patients()[0]
    assert (child.relation, child.guardian) == ("child", True)


@pytest.mark.parametrize(("days", "recent"), [(29, True), (31, False)])
def test_seen_within_thirty_days_counts_as_lately(desk: Desk, days: int, *, recent: bool) -> None:
    desk.doctor()
    line = Line(desk, "CA1")
    to_the_token(line)
    to_the_talk(desk, line)
    line.ends()
    desk.clock.now += timedelta(days=days)
    again = known(desk, "CA2")
    again.pick()
    assert again.session["variables"]["recent"] is recent


def test_the_same_trouble_again_is_one_key(desk: Desk) -> None:
    desk.doctor()
    line = Line(desk, "CA1")
    to_the_token(line)
    to_the_talk(desk, line)
    line.ends()
    again = known(desk, "CA2")
    again.pick()
    again.press("tell.same", NO_DANGER)
    complaint = desk.tickets()[1].complaint
    assert complaint["symptoms"] == [{"code": "fever", "source": "repeat"}]


def test_of_a_talk_without_a_symptom_there_is_nothing_to_repeat(desk: Desk) -> None:
    desk.doctor()
    line = Line(desk, "CA1").dial()
    register(line)
    line.press("tell.by_keys")
    # A silence, no word after the tone, and three tries by key.
    for _ in range(5):
        line.wait()
    line.press(NO_DANGER)
    to_the_talk(desk, line)
    line.ends()
    again = known(desk, "CA2")
    again.pick()
    again.press("tell.same")
    assert again.at == "complaint/how"


def test_no_texts_are_sent_for_a_person_who_wants_none(desk: Desk) -> None:
    line = Line(desk, "CA1").dial()
    register(line)
    line.ends()
    line = known(desk, "CA2")
    line.press("menu.services", "menu.privacy", "privacy.texts")
    line.pick()
    line.press("privacy.send_none")
    line.ends()
    assert desk.patients()[0].no_sms
    line = known(desk, "CA3")
    line.pick()
    fever_by_keys(line)
    assert len(desk.tickets()) == 1
    assert not desk.messages()


@pytest.mark.parametrize(
    ("duration", "severity", "urgency"),
    [
        ("duration.one", "severity.mild", "routine"),
        ("duration.one", "severity.severe", "red"),
        ("duration.week", "severity.mild", "red"),
    ],
)
def test_what_she_keyed_of_length_and_severity_orders_her_place(
    desk: Desk, duration: str, severity: str, urgency: str
) -> None:
    line = Line(desk, "CA1").dial()
    register(line)
    line.press("tell.by_keys", "area.general", "symptom.fever", duration, severity, NO_DANGER)
    [ticket] = desk.tickets()
    assert ticket.urgency == urgency
    assert ticket.complaint["severity"] == severity.removeprefix("severity.")


def two_wait(desk: Desk) -> Line:
    """A mother with a token calls again for her child; both wait on the one line."""
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    line.ends()
    desk.clock.forward(5)
    line = known(desk, "CA2")
    assert line.at == "inbound/still_waiting"
    line.for_somebody_new()
    tell_who(line, who="household.own_child", age="7")
    fever_by_keys(line)
    line.wait()
    return line


def test_a_second_patient_of_the_number_waits_on_the_same_line(desk: Desk) -> None:
    two_wait(desk)
    assert [t.presence for t in desk.tickets()] == [Presence.HOLDING] * 2
    assert len({t.call_id for t in desk.tickets()}) == 1
    assert len({t.patient_id for t in desk.tickets()}) == 2


def test_while_one_keys_for_another_her_own_ticket_is_not_taken_for_dead(desk: Desk) -> None:
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    line.ends()
    line = known(desk, "CA2")
    line.for_somebody_new()
    for _ in range(3):
        desk.clock.forward(60)
        line.wait()
        desk.sweep()
    assert desk.tickets()[0].presence is Presence.ARRIVING
    assert all(call.end_reason != "silent" for call in desk.calls_made())


def test_of_two_on_one_line_one_talks_and_the_other_is_called_back_after(desk: Desk) -> None:
    line = two_wait(desk)
    desk.doctor()
    desk.doctor("+919800000008")
    to_the_talk(desk, line)
    # The second doctor was not sent into the middle of the first one's talk.
    assert len(desk.carrier.redirects) == 1
    assert [t.status for t in desk.tickets()].count(TicketStatus.DONE) == 1
    line.ends()
    [left] = [t for t in desk.tickets() if t.status is not TicketStatus.DONE]
    assert left.presence is Presence.AWAY
    desk.later(30)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_a_long_talk_of_the_one_does_not_end_the_line_of_the_other(desk: Desk) -> None:
    line = two_wait(desk)
    desk.doctor()
    line.wait()
    desk.work_off()
    line.redirected()
    desk.clock.forward(60)
    whispered(line).press("offer.accept")
    for _ in range(5):
        desk.later(60)
    assert not [call for call in desk.calls_made() if call.end_reason == "silent"]
    line.ends()
    assert desk.consultations()[0].status == "talked"


def test_leaving_the_waiting_room_is_for_all_on_the_line(desk: Desk) -> None:
    line = two_wait(desk)
    line.press("hold.leave", "answer.if_yes")
    assert {t.status for t in desk.tickets()} == {TicketStatus.CANCELLED}


def test_being_called_back_is_for_all_on_the_line_and_rings_once(desk: Desk) -> None:
    line = two_wait(desk)
    line.press("hold.call_me_back")
    line.ends()
    desk.doctor()
    desk.doctor("+919800000008")
    desk.work_off()
    assert len(desk.carrier.calls) == 1
    back = desk.answered()
    back.press("callback.hold")
    assert {t.call_id for t in desk.tickets()} == {back.next_turn[0]}
