"""A line that is cut before anything was said, a line that is gone, and a patient not reached."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.db.models import Call
from gateway.domain.states import (
    ConsultationStatus,
    DoctorStatus,
    Presence,
    TicketStatus,
)
from gateway.services.calls import UnknownCall
from gateway.services.ports import AlreadyEnded, Ambiguous, Steering
from gateway.services.talks import finish_bridge
from gateway.services.turning import CallState, Turning
from tests.domain.order_file import ORDER
from tests.services import test_pauses
from tests.services.data import MISSED_CALL, PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, whispered
from tests.services.test_call_backs import away
from tests.services.test_consultation import holding, offered, whisper
from tests.services.whole import assert_whole

SHORTEST_S = ORDER.talk.shortest_seconds
# Between the lease of a call that rings and that of its offer, so that each try is seen to fail.
LOOK_S = 50


def accepted(desk: Desk) -> Line:
    """A patient whose doctor has keyed that she takes her, a second ago."""
    line = offered(desk)
    whisper(desk, line).press("offer.accept")
    desk.clock.forward(1)
    return line


def finish_late(desk: Desk, line: Line, **said: object) -> str | UnknownCall:
    """The action of the dial comes after the end of her line."""
    call_id, number = line.next_turn
    leg = line.leg(status="completed", **said)
    return desk.calls.resume("twilio", call_id, number, leg)


def assert_called_back(desk: Desk) -> None:
    [ticket] = desk.tickets()
    assert (ticket.status, ticket.presence) == (TicketStatus.WAITING, Presence.AWAY)
    assert [one.status for one in desk.consultations()] == [ConsultationStatus.NOT_JOINED]
    assert_whole(desk.engine)
    desk.later(ORDER.doctor.wrap_up.total_seconds() + 1)
    desk.later(1)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_she_hangs_up_as_the_doctor_keys_and_is_called_back(desk: Desk) -> None:
    line = accepted(desk)
    line.ends()
    finish_late(desk, line, dial_status="no-answer", dial_s=0, dial_bridged=False)
    assert_called_back(desk)


@pytest.mark.parametrize("talk_s", [0, SHORTEST_S - 1])
def test_a_joined_line_that_is_cut_at_once_was_no_talk(desk: Desk, talk_s: int) -> None:
    line = accepted(desk)
    line.post(dial_status="completed", dial_s=talk_s, dial_bridged=True)
    assert line.at == "waiting/not_joined" or "<Gather" in line.answer
    line.ends()
    assert_called_back(desk)


def test_the_shortest_talk_is_a_talk(desk: Desk) -> None:
    line = accepted(desk)
    line.post(dial_status="completed", dial_s=SHORTEST_S, dial_bridged=True)
    assert line.at == "feedback/ask"
    assert desk.tickets()[0].status is TicketStatus.DONE


def test_a_dial_that_says_after_her_line_that_nobody_was_joined_undoes_the_talk(desk: Desk) -> None:
    line = accepted(desk)
    desk.clock.forward(SHORTEST_S)
    line.ends()
    assert desk.tickets()[0].status is TicketStatus.DONE
    finish_late(desk, line, dial_status="no-answer", dial_s=0, dial_bridged=False)
    assert_called_back(desk)


def test_a_dial_that_says_after_her_line_that_they_talked_changes_nothing(desk: Desk) -> None:
    line = accepted(desk)
    desk.clock.forward(200)
    line.ends()
    finish_late(desk, line, dial_status="completed", dial_s=200, dial_bridged=True)
    assert desk.tickets()[0].status is TicketStatus.DONE
    assert [one.status for one in desk.consultations()] == [ConsultationStatus.TALKED]


def test_a_redirect_that_cuts_the_dial_of_an_ended_talk_does_not_undo_it(desk: Desk) -> None:
    """Of a dial that we cut nothing is said, so it says nothing against the talk."""
    line = accepted(desk)
    desk.clock.forward(200)
    line.ends()
    [offer] = desk.offers()
    with desk.work.begin() as unit:
        call = unit.db.scalars(select(Call).where(Call.provider_call_id == line.sid)).one()
        turning = Turning(
            unit=unit,
            call=call,
            caller=None,
            state=CallState(offer_id=offer.id),
            leg=line.leg(),
            number=99,
            language="hi",
            redirected=True,
        )
        assert finish_bridge(turning).outcome == "talked"
    assert desk.tickets()[0].status is TicketStatus.DONE


def test_old_news_of_a_dial_calls_nobody_back(desk: Desk) -> None:
    line = accepted(desk)
    desk.clock.forward(SHORTEST_S)
    line.ends()
    desk.clock.forward(3600)
    finish_late(desk, line, dial_status="no-answer", dial_s=0, dial_bridged=False)
    assert desk.tickets()[0].status is TicketStatus.DONE


def test_a_doctor_whose_line_drops_after_her_key_did_answer(desk: Desk) -> None:
    desk.doctor()
    test_pauses.offered(desk, test_pauses.PATIENTS[0]).post(dial_status="no-answer")
    assert desk.doctors()[0].unanswered_in_a_row == 1
    desk.later(400)
    line = test_pauses.offered(desk, test_pauses.PATIENTS[1])
    whispered(line).press("offer.accept")
    line.post(dial_status="failed", dial_s=0, dial_bridged=False)
    [doctor] = desk.doctors()
    assert doctor.unanswered_in_a_row == 0
    assert doctor.status is not DoctorStatus.PAUSED


@pytest.mark.parametrize(
    ("told", "presence"), [(AlreadyEnded(), Presence.AWAY), (Ambiguous("?"), Presence.HOLDING)]
)
def test_a_line_of_which_the_carrier_says_that_it_is_over_holds_no_doctor(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, told: Steering, presence: Presence
) -> None:
    desk.doctor()
    holding(desk)
    monkeypatch.setattr(desk.carrier, "redirect_to_offer", lambda *_, **__: told)
    desk.queue.hints = [hint for hint in desk.queue.hints if hint[0] == "dispatch"]
    desk.dispatching.dispatch()
    desk.dispatching.connect(desk.offers()[0].id)
    [ticket] = desk.tickets()
    assert ticket.presence is presence
    freed = presence is Presence.AWAY
    assert (desk.doctors()[0].status is DoctorStatus.AVAILABLE) == freed
    assert_whole(desk.engine)
    if freed:
        desk.later(ORDER.call_back.after_drop.total_seconds() + 1)
        assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_a_doctor_claimed_for_a_line_that_ended_meanwhile_is_free_at_once(desk: Desk) -> None:
    desk.doctor()
    holding(desk)
    desk.dispatching.dispatch()
    with desk.work.begin() as unit:
        for call in desk.calls_made():
            unit.db.get_one(type(call), call.id).ended_at = unit.now
    desk.dispatching.connect(desk.offers()[0].id)
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE
    assert desk.tickets()[0].presence is Presence.AWAY
    assert not desk.carrier.redirects


def unreached(desk: Desk) -> None:
    """A patient whom no call-back has reached."""
    away(desk)
    desk.doctor()
    desk.work_off()
    up_the_ladder(desk)
    assert desk.tickets()[0].status is TicketStatus.UNREACHABLE


def up_the_ladder(desk: Desk) -> None:
    """So much time that every try has been made and has failed."""
    for _ in range(40):
        desk.later(LOOK_S)


def told(desk: Desk) -> list[str]:
    return [one.body for one in desk.messages() if one.kind == "unreachable"]


def test_whoever_was_not_reached_is_told_once_how_she_keeps_her_place(desk: Desk) -> None:
    unreached(desk)
    for _ in range(5):
        desk.later(10)
    [body] = told(desk)
    assert desk.tickets()[0].token in body


def test_whoever_wants_no_texts_is_not_told(desk: Desk) -> None:
    away(desk)
    with desk.work.begin() as unit:
        unit.db.get_one(type(desk.patients()[0]), desk.patients()[0].id).no_sms = True
    desk.doctor()
    up_the_ladder(desk)
    assert desk.tickets()[0].status is TicketStatus.UNREACHABLE
    assert not told(desk)


def test_she_calls_within_a_day_and_has_her_old_place(desk: Desk) -> None:
    unreached(desk)
    joined_at = desk.tickets()[0].joined_at
    desk.clock.forward(20 * 3600)
    line = Line(desk, "CA9").dial()
    assert line.at == "inbound/still_waiting"
    [ticket] = desk.tickets()
    assert (ticket.status, ticket.joined_at) == (TicketStatus.WAITING, joined_at)
    assert ticket.call_back_attempts == 0
    line.wait()
    desk.work_off()
    line.redirected()
    assert "<Dial" in line.answer


def test_her_missed_call_is_returned_to_her_old_place(desk: Desk) -> None:
    unreached(desk)
    made = len(desk.carrier.calls)
    Line(desk, "CA9", to=MISSED_CALL).dial()
    desk.later(5)
    assert len(desk.carrier.calls) == made + 1
    desk.answered("CA10")
    [ticket] = desk.tickets()
    assert ticket.status is TicketStatus.WAITING


def test_after_a_day_her_place_is_gone(desk: Desk) -> None:
    unreached(desk)
    desk.clock.forward(25 * 3600)
    assert Line(desk, "CA9").dial().at != "inbound/still_waiting"
    assert desk.tickets()[0].status is TicketStatus.UNREACHABLE


def test_she_is_told_again_when_she_is_lost_again(desk: Desk) -> None:
    unreached(desk)
    desk.later(10)
    desk.clock.forward(3600)
    Line(desk, "CA9").dial().ends()
    up_the_ladder(desk)
    assert desk.tickets()[0].status is TicketStatus.UNREACHABLE
    assert len(told(desk)) == 2


def test_a_redirect_that_comes_late_cuts_the_dial_and_she_waits_on(desk: Desk) -> None:
    """It was for an offer that is over; the carrier has left the dial of another for it."""
    desk.doctor()
    line = holding(desk)
    desk.work_off()
    [(_, late)] = desk.carrier.redirects
    desk.clock.forward(ORDER.holding.lease_seconds + 1)
    desk.sweep()
    desk.work_off()
    line.redirected()
    assert "<Dial" in line.answer
    answer = desk.calls.receive_redirect("twilio", late, line.leg())
    assert isinstance(answer, str)
    assert desk.doctors()[0].unanswered_in_a_row == 0
    assert_whole(desk.engine)
