"""Follow-ups and reminders: planned, rung in waking hours, never twice, until told to stop."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Caller, Patient
from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import AftercareStatus, MessageStatus, OutboundStatus, TicketStatus
from gateway.services.ports import Ambiguous, NotSent, Placed
from tests.services.aftercare import go_to, ist
from tests.services.data import PATIENT, TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, to_the_talk, to_the_token


def talked(desk: Desk, sid: str = "CA1") -> Line:
    """A consultation on Monday morning, 23 November, after which she hung up."""
    desk.doctor()
    line = Line(desk, sid)
    to_the_token(line)
    to_the_talk(desk, line)
    line.ends()
    return line


def follow_up_rings(desk: Desk) -> Line:
    talked(desk)
    desk.later(60)
    go_to(desk, ist(26, 10))
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    return desk.answered()


def test_three_days_after_a_talk_we_ask_after_her_on_a_morning(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    [row] = desk.aftercare()
    assert (row.kind, row.status, row.due_at) == (
        AftercareKind.FOLLOW_UP,
        AftercareStatus.PLANNED,
        ist(26, 10),
    )
    go_to(desk, ist(26, 9, 59))
    assert not desk.carrier.calls
    line = follow_up_called(desk)
    assert line.at == "follow_up/greet"
    assert "बुखार" not in line.answer


def follow_up_called(desk: Desk) -> Line:
    go_to(desk, ist(26, 10))
    return desk.answered()


def test_whoever_is_better_is_thanked_and_the_answer_is_kept_sealed(desk: Desk) -> None:
    line = follow_up_rings(desk)
    line.press("follow_up.here", "follow_up.better")
    line.ends()
    [row] = desk.aftercare()
    assert (row.status, row.answer) == (AftercareStatus.DONE, "better")
    go_to(desk, ist(27, 10))
    assert len(desk.carrier.calls) == 1


def test_whoever_is_worse_comes_to_a_doctor(desk: Desk) -> None:
    line = follow_up_rings(desk)
    line.press("follow_up.here", "follow_up.worse", "menu.doctor")
    assert line.at == "complaint/how_again"
    fever_by_keys(line)
    waiting = [t for t in desk.tickets() if t.status is TicketStatus.WAITING]
    assert [t.patient_id for t in waiting] == [desk.patients()[0].id]


def test_a_call_that_nobody_answers_is_tried_three_times_with_growing_gaps(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    go_to(desk, ist(26, 10))
    desk.unanswered()
    go_to(desk, ist(26, 10, 59))
    assert len(desk.carrier.calls) == 1
    go_to(desk, ist(26, 11))
    desk.unanswered("busy")
    go_to(desk, ist(26, 15))
    desk.unanswered()
    assert desk.aftercare()[0].status is AftercareStatus.OVER
    go_to(desk, ist(27, 12))
    assert len(desk.carrier.calls) == 3


def test_later_and_a_silent_phone_count_as_tries(desk: Desk) -> None:
    follow_up_rings(desk).press("follow_up.later")
    line = Line(desk, "x")
    assert desk.aftercare()[0].status is AftercareStatus.PLANNED
    desk.calls.receive_status(
        "twilio", Line(desk, "CAout1").leg(status="completed"), outbound_id=None
    )
    go_to(desk, ist(26, 11))
    line = desk.answered("CAout2")
    line.ends()
    assert desk.aftercare()[0].attempts == 2
    go_to(desk, ist(26, 15))
    line = desk.answered("CAout3")
    line.press("follow_up.later")
    assert line.desk.aftercare()[0].status is AftercareStatus.OVER
    assert "<Hangup" in line.answer


def test_stop_ends_all_of_it_and_no_other_is_planned(desk: Desk) -> None:
    follow_up_rings(desk).press("follow_up.stop")
    desk.calls.receive_status(
        "twilio", Line(desk, "CAout1").leg(status="completed"), outbound_id=None
    )
    assert desk.aftercare()[0].status is AftercareStatus.STOPPED
    desk.rota.go_on_duty(desk.doctors()[0].id)
    desk.later(400)
    line = Line(desk, "CA2").dial()
    line.pick()
    fever_by_keys(line)
    to_the_talk(desk, line)
    line.ends()
    desk.later(60)
    assert len(desk.aftercare()) == 1


@pytest.mark.parametrize("why", ["no consent", "no sms", "withheld"])
def test_nobody_is_asked_after_who_did_not_agree_to_be_called(desk: Desk, why: str) -> None:
    desk.doctor()
    line = Line(desk, "CA1", "anonymous" if why == "withheld" else PATIENT)
    to_the_token(line)
    with Session(desk.engine) as db, db.begin():
        if why == "no consent":
            db.execute(update(Caller).values(consented_at=None))
        if why == "no sms":
            db.execute(update(Patient).values(no_sms=True))
    to_the_talk(desk, line)
    line.ends()
    desk.later(60)
    assert not desk.aftercare()


def test_no_sms_said_later_spares_her_the_call_too(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    with Session(desk.engine) as db, db.begin():
        db.execute(update(Patient).values(no_sms=True))
    go_to(desk, ist(26, 10))
    assert not desk.carrier.calls
    assert desk.aftercare()[0].status is AftercareStatus.STOPPED


def test_nobody_who_waits_for_a_doctor_is_rung_to_be_asked_how_she_is(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    desk.rota.go_off_duty(desk.doctors()[0].id)
    desk.clock.now = ist(26, 9, 59)
    line = Line(desk, "CA2").dial()
    line.pick()
    fever_by_keys(line)
    go_to(desk, ist(26, 10))
    assert not desk.carrier.calls


def test_a_sweeper_that_slept_until_the_night_rings_in_the_morning(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    go_to(desk, ist(26, 23))
    assert not desk.carrier.calls
    go_to(desk, ist(27, 8))
    assert len(desk.carrier.calls) == 1


def test_a_carrier_that_was_away_until_the_night_wakes_nobody(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    desk.carrier.placing = NotSent("ConnectTimeout")
    go_to(desk, ist(26, 10))
    desk.carrier.placing = None
    tried = len(desk.carrier.calls)
    go_to(desk, ist(26, 22))
    assert len(desk.carrier.calls) == tried
    assert desk.aftercare()[0].status is AftercareStatus.PLANNED
    go_to(desk, ist(27, 8))
    assert len(desk.carrier.calls) == tried + 1


def test_an_ambiguous_call_is_never_rung_twice(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    desk.carrier.placing = Ambiguous("ReadTimeout")
    go_to(desk, ist(26, 10))
    desk.carrier.placing = None
    desk.carrier.found_call = Placed("CAout1")
    desk.later(40)
    assert len(desk.carrier.calls) == 1
    assert desk.outbound()[-1].status is OutboundStatus.PLACED


def test_two_sweepers_at_once_ring_once(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    desk.clock.now = ist(26, 10)
    desk.sweep()
    desk.sweep()
    desk.work_off()
    assert len(desk.carrier.calls) == 1


def test_a_call_whose_end_was_never_told_is_tried_again(desk: Desk) -> None:
    follow_up_rings(desk)
    go_to(desk, ist(26, 12, 30))
    assert desk.aftercare()[0].status is AftercareStatus.PLANNED


def test_a_failure_of_ours_in_such_a_call_makes_no_loop_of_apologies(desk: Desk) -> None:
    line = follow_up_rings(desk)
    for _ in range(3):
        assert desk.calls.apologise("twilio", line.leg()) == "hi"
    line.ends()
    for _ in range(20):
        desk.later(60)
    assert len(desk.carrier.calls) == 1
    assert desk.aftercare()[0].attempts == 1


def test_a_failure_after_she_asked_for_a_doctor_has_her_called_back(desk: Desk) -> None:
    line = follow_up_rings(desk)
    line.press("follow_up.here", "follow_up.worse", "menu.doctor")
    desk.calls.apologise("twilio", line.leg())
    line.ends()
    desk.later(61)
    assert [call.flow for call in desk.outbound()] == ["follow_up", "inbound"]


def test_a_try_that_falls_into_the_night_waits_for_the_morning(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    go_to(desk, ist(26, 17))
    desk.unanswered()
    go_to(desk, ist(26, 18))
    desk.unanswered()
    go_to(desk, ist(26, 22))
    assert len(desk.carrier.calls) == 2
    [row] = desk.aftercare()
    assert (row.status, row.due_at, row.attempts) == (AftercareStatus.PLANNED, ist(27, 8), 2)


def missed_three_times(desk: Desk) -> None:
    talked(desk)
    desk.later(60)
    for hour in (10, 11, 15):
        go_to(desk, ist(26, hour))
        desk.unanswered()


def test_whom_no_call_reached_is_texted_once_where_she_finds_a_doctor(desk: Desk) -> None:
    missed_three_times(desk)
    go_to(desk, ist(26, 15, 1))
    go_to(desk, ist(26, 15, 2))
    [text] = [m for m in desk.messages() if m.kind == "follow_up_missed"]
    assert (text.status, text.phone_e164) == (MessageStatus.SENT, PATIENT)
    assert TOLL_FREE in text.body


@pytest.mark.parametrize("why", ["no_calls", "texts_stopped_at", "withdrawn_at", "no_sms"])
def test_nobody_is_texted_who_wants_none_of_it(desk: Desk, why: str) -> None:
    talked(desk)
    desk.later(60)
    for hour in (10, 11):
        go_to(desk, ist(26, hour))
        desk.unanswered()
    go_to(desk, ist(26, 15))
    with Session(desk.engine) as db, db.begin():
        if why == "no_sms":
            db.execute(update(Patient).values(no_sms=True))
        else:
            db.execute(update(Caller).values({why: True if why == "no_calls" else ist(26, 15)}))
    desk.unanswered()
    go_to(desk, ist(26, 15, 1))
    assert "follow_up_missed" not in {m.kind for m in desk.messages()}
