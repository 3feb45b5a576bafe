"""How a patient is, asked by text: a digit answers, and where none comes one call asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Aftercare, Caller
from gateway.domain.aftercare import AftercareKind, ReachedBy
from gateway.domain.states import AftercareStatus, MessageStatus, OutboundStatus
from gateway.services.ports import NotSent
from tests.console.clinic import Clinic
from tests.databases import ON_SQLITE
from tests.services.aftercare import by_text, go_to, ist
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, tell_who
from tests.services.test_inbox import kinds, text
from tests.services.test_privacy import in_privacy
from tests.services.test_text_reminders import stops

# One database is enough: what happens at the same moment is in test_races.
pytestmark = ON_SQLITE


def asked(clinic: Clinic) -> Desk:
    desk = by_text(clinic)
    desk.later(60)
    go_to(desk, ist(26, 10))
    assert not desk.carrier.calls
    return desk


def follow_up(desk: Desk) -> Aftercare:
    [row] = [row for row in desk.aftercare() if row.kind is AftercareKind.FOLLOW_UP]
    return row


def test_whoever_wanted_texts_is_asked_by_text_how_the_patient_is(clinic: Clinic) -> None:
    desk = asked(clinic)
    [question] = [m for m in desk.messages() if m.kind == "follow_up_ask"]
    assert question.status is MessageStatus.SENT
    assert "0001" in question.body
    assert "बुखार" not in question.body
    assert follow_up(desk).status is AftercareStatus.ASKED


@pytest.mark.parametrize(("digit", "answer"), [("1", "better"), ("२.", "same")])
def test_a_digit_is_her_answer_and_is_kept(clinic: Clinic, digit: str, answer: str) -> None:
    desk = asked(clinic)
    for _ in range(2):
        text(desk, digit, "SM1")
    assert kinds(desk) == ["follow_up_noted"]
    row = follow_up(desk)
    assert (row.status, row.answer) == (AftercareStatus.DONE, answer)


def test_whoever_is_worse_is_called_to_come_to_a_doctor(clinic: Clinic) -> None:
    desk = asked(clinic)
    text(desk, "3", "SM1")
    assert kinds(desk) == ["call_soon"]
    desk.later(60)
    assert [call.flow for call in desk.outbound()] == ["inbound"]
    assert follow_up(desk).answer == "worse"


def test_a_digit_that_nobody_asked_for_gets_help(clinic: Clinic) -> None:
    desk = clinic.desk
    for number, digit in enumerate("0159"):
        text(desk, digit, f"SM{number}")
    assert kinds(desk) == ["help"]
    assert not desk.aftercare()


def test_after_stop_the_question_is_no_more(clinic: Clinic) -> None:
    desk = asked(clinic)
    stops(desk)
    assert follow_up(desk).status is AftercareStatus.STOPPED


def test_whoever_stopped_the_texts_is_asked_by_a_call(clinic: Clinic) -> None:
    desk = by_text(clinic)
    stops(desk)
    desk.later(60)
    go_to(desk, ist(26, 10))
    assert [call.flow for call in desk.outbound()] == ["follow_up"]


def test_one_question_at_a_time_is_asked_of_a_telephone(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.later(60)
    first = follow_up(desk)
    with Session(desk.engine) as db, db.begin():
        db.add(
            Aftercare(
                kind=AftercareKind.FOLLOW_UP,
                caller_id=first.caller_id,
                patient_id=first.patient_id,
                status=AftercareStatus.ASKED,
                by=ReachedBy.TEXT,
                due_at=ist(26, 12),
                created_at=ist(23, 9),
            )
        )
    go_to(desk, ist(26, 10))
    assert "follow_up_ask" not in {m.kind for m in desk.messages()}
    text(desk, "1", "SM1")
    assert kinds(desk) == ["follow_up_noted"]
    go_to(desk, ist(26, 10, 10))
    assert [m.kind for m in desk.messages()].count("follow_up_ask") == 1


# --- no answer ---------------------------------------------------------------------------------


def calls(desk: Desk) -> list[str]:
    return [call.flow for call in desk.outbound()]


def rung(clinic: Clinic) -> Desk:
    """Nobody answered the text for a day, and a call rings."""
    desk = asked(clinic)
    go_to(desk, ist(27, 10))
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    return desk


def days_later(desk: Desk) -> None:
    for day in (28, 29, 30):
        for hour in (8, 12, 19):
            go_to(desk, ist(day, hour))


def test_without_an_answer_one_call_asks_in_her_language(clinic: Clinic) -> None:
    desk = asked(clinic)
    go_to(desk, ist(27, 9, 59))
    assert not desk.carrier.calls
    go_to(desk, ist(27, 10))
    line = desk.answered()
    assert (line.at, line.session["language"]) == ("follow_up/greet", "hi")
    line.press("follow_up.here", "follow_up.worse", "menu.doctor")
    assert line.at == "complaint/how_again"
    assert (follow_up(desk).status, follow_up(desk).answer) == (AftercareStatus.DONE, "worse")
    line.ends()
    days_later(desk)
    assert calls(desk) == ["follow_up"]


@pytest.mark.parametrize("way", ["not answered", "no key", "later", "line drops"])
def test_a_call_that_reaches_nobody_is_the_only_one_and_no_text_follows(
    clinic: Clinic, way: str
) -> None:
    desk = rung(clinic)
    if way == "not answered":
        desk.unanswered()
    else:
        line = desk.answered()
        if way == "later":
            line.press("follow_up.later")
        for _ in range(3 if way == "no key" else 0):
            line.wait()
        line.ends()
    assert follow_up(desk).status is AftercareStatus.OVER
    days_later(desk)
    assert calls(desk) == ["follow_up"]
    assert "follow_up_missed" not in {m.kind for m in desk.messages()}


def answers_late(desk: Desk) -> AftercareStatus:
    text(desk, "1", "SM1")
    assert kinds(desk) == ["follow_up_noted"]
    assert follow_up(desk).answer == "better"
    return AftercareStatus.DONE


def stops_texts(desk: Desk) -> AftercareStatus:
    stops(desk)
    return AftercareStatus.STOPPED


def withdraws(desk: Desk) -> AftercareStatus:
    line = in_privacy(desk, "CAp")
    line.press("privacy.withdraw", "answer.if_yes")
    line.ends()
    return AftercareStatus.STOPPED


def wants_no_calls(desk: Desk) -> AftercareStatus:
    with Session(desk.engine) as db, db.begin():
        db.execute(update(Caller).values(no_calls=True))
    return AftercareStatus.STOPPED


def calls_herself(desk: Desk) -> AftercareStatus:
    line = Line(desk, "CAself").dial()
    line.pick()
    line.ends()
    return AftercareStatus.OVER


ENDS = [answers_late, stops_texts, withdraws, wants_no_calls, calls_herself]


@pytest.mark.parametrize("ends", ENDS)
def test_nobody_is_called_who_answered_called_or_wants_none(
    clinic: Clinic, ends: Callable[[Desk], AftercareStatus]
) -> None:
    desk = asked(clinic)
    desk.clock.now = ist(27, 9, 59)
    status = ends(desk)
    go_to(desk, ist(27, 10))
    days_later(desk)
    assert not desk.carrier.calls
    assert follow_up(desk).status is status


@pytest.mark.parametrize("ends", [answers_late, stops_texts, withdraws])
def test_what_she_says_while_the_call_is_queued_stops_it(
    clinic: Clinic, ends: Callable[[Desk], AftercareStatus]
) -> None:
    desk = asked(clinic)
    desk.clock.now = ist(27, 10)
    desk.sweep()
    assert [call.status for call in desk.outbound()] == [OutboundStatus.QUEUED]
    status = ends(desk)
    days_later(desk)
    assert not desk.carrier.calls
    assert follow_up(desk).status is status


def test_a_digit_counts_while_her_telephone_rings(clinic: Clinic) -> None:
    desk = rung(clinic)
    answers_late(desk)
    said = desk.answered().answer
    assert "<Hangup" in said
    assert "<Gather" not in said
    assert follow_up(desk).answer == "better"


def test_that_somebody_else_of_the_household_called_says_nothing_of_her(clinic: Clinic) -> None:
    desk = asked(clinic)
    desk.clock.now = ist(26, 15)
    line = Line(desk, "CAson").dial()
    line.for_somebody_new()
    tell_who(line, who="household.own_child", age="7")
    line.ends()
    go_to(desk, ist(27, 10))
    assert calls(desk) == ["follow_up"]


def test_two_sweepers_a_lost_hint_and_a_crash_before_the_commit_ring_once(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = asked(clinic)
    desk.clock.now = ist(27, 10)
    with monkeypatch.context() as patched:
        patched.setattr("gateway.services.outbound.call_for_aftercare", _dies)
        desk.sweep()
    assert follow_up(desk).status is AftercareStatus.ASKED, "neither moved nor queued"
    desk.sweep()
    desk.queue.hints.clear()
    desk.later(5)
    desk.later(5)
    assert calls(desk) == ["follow_up"]
    assert len(desk.carrier.calls) == 1


def _dies(*_: object, **__: object) -> None:
    raise RuntimeError("the process is killed here")


def test_a_sweeper_that_slept_rings_late_and_not_at_night(clinic: Clinic) -> None:
    desk = asked(clinic)
    go_to(desk, ist(27, 22))
    assert not desk.carrier.calls
    go_to(desk, ist(28, 8))
    assert len(desk.carrier.calls) == 1


def test_a_call_that_comes_hours_late_is_not_taken_for_lost_while_it_rings(clinic: Clinic) -> None:
    desk = asked(clinic)
    go_to(desk, ist(27, 15))
    desk.later(5)
    assert follow_up(desk).status is AftercareStatus.CALLING
    desk.answered().press("follow_up.here", "follow_up.better")
    assert follow_up(desk).status is AftercareStatus.DONE


def test_a_carrier_that_was_away_until_the_night_is_no_call_and_the_morning_has_one(
    clinic: Clinic,
) -> None:
    desk = asked(clinic)
    desk.carrier.placing = NotSent("ConnectTimeout")
    for hour in (10, 13, 16, 19):
        go_to(desk, ist(27, hour))
    tried = len(desk.carrier.calls)
    desk.carrier.placing = None
    go_to(desk, ist(27, 22))
    assert len(desk.carrier.calls) == tried, "nobody is woken"
    go_to(desk, ist(28, 8))
    assert len(desk.carrier.calls) == tried + 1
    desk.unanswered()
    days_later(desk)
    assert len(desk.carrier.calls) == tried + 1


def test_whoever_is_on_the_line_is_not_rung(clinic: Clinic) -> None:
    desk = asked(clinic)
    desk.clock.now = ist(27, 9, 59)
    line = Line(desk, "CAself").dial()
    go_to(desk, ist(27, 10))
    assert not desk.carrier.calls
    line.ends()
    go_to(desk, ist(27, 10, 10))
    assert len(desk.carrier.calls) == 1, "nobody was chosen in that call"


def test_a_text_that_was_lost_leads_to_the_call_as_well(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.later(60)
    desk.carrier.sending = NotSent("ConnectTimeout")
    go_to(desk, ist(26, 10))
    desk.carrier.sending = None
    for hour in (15, 21):
        go_to(desk, ist(26, hour))
    go_to(desk, ist(27, 10))
    assert calls(desk) == ["follow_up"]
