"""A talk of three: the patient joins from another telephone, or does not, in every way."""

from __future__ import annotations

import re

import pytest

from gateway.db.models import Presentation
from gateway.domain.states import DoctorStatus, OfferStatus, Room, TicketStatus
from gateway.services.ports import AlreadyEnded, Ambiguous, NotSent
from gateway.services.rooms import MOVE_WITHIN
from tests.services.data import DOCTOR, PATIENT, TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line, whispered
from tests.services.spoke import WORKER, presented

# Long enough to count as a talk.
TALK_S = 60
PATIENTS_NUMBER = PATIENT.removeprefix("+91")


def talking(desk: Desk, *, apart: bool = True) -> Line:
    """Health worker and doctor talk; the patient is on another telephone."""
    line = taken(desk, apart=apart)
    desk.work_off()
    desk.clock.forward(TALK_S)
    return line


def taken(desk: Desk, *, apart: bool) -> Line:
    """The doctor has just keyed that she takes the patient."""
    line = presented(desk, number=PATIENTS_NUMBER, apart=apart)
    desk.doctor()
    line.wait()
    desk.work_off()
    line.redirected()
    whispered(line, "CAdoctor").press("offer.accept")
    return line


def offer_of(desk: Desk) -> str:
    return desk.offers()[-1].id


def room(desk: Desk) -> Room | None:
    return desk.offers()[-1].room


def joined(desk: Desk) -> Line:
    """The patient has answered and keyed that she is there."""
    party = desk.answered("CAparty")
    party.press("party.join")
    desk.work_off()
    return party


def enters(desk: Desk, sid: str = "CAdoctor") -> bool:
    """The doctor's leg asks for the room that it was sent to."""
    leg = Line(desk, sid, DOCTOR).leg()
    return desk.calls.receive_room("twilio", offer_of(desk), leg) is not None


def test_her_telephone_is_rung_once_the_doctor_has_taken_her(desk: Desk) -> None:
    talking(desk)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    assert room(desk) is Room.CALLED


def test_a_patient_beside_the_health_worker_is_not_rung(desk: Desk) -> None:
    talking(desk, apart=False)
    assert desk.carrier.calls == []
    assert room(desk) is None
    assert [row.patient_apart for row in desk.all(Presentation)] == [False]


def test_all_three_meet_in_one_room_and_it_is_one_talk(desk: Desk) -> None:
    line = talking(desk)
    party = joined(desk)
    assert desk.carrier.rooms == [("CAdoctor", offer_of(desk))]
    line.post(dial_status="completed", dial_s=10, dial_bridged=True)
    assert line.at == "waiting/following", "the doctor is on her way"
    assert enters(desk)
    assert "<Conference" in line.wait()
    assert "<Conference" in party.wait()
    names = {re.findall(r">(doorvani-\w+)<", each.answer)[0] for each in (line, party)}
    assert names == {f"doorvani-{offer_of(desk)}"}
    assert 'endConferenceOnExit="true"' in line.answer
    assert 'endConferenceOnExit="false"' in party.answer
    for number in (PATIENT, DOCTOR, WORKER):
        assert number not in line.answer + party.answer
    desk.clock.forward(120)
    line.post(dial_status="answered")
    assert line.at == "feedback/ask"
    [consultation] = desk.consultations()
    assert (consultation.status, consultation.talk_s) == ("talked", TALK_S + 120)
    assert desk.doctors()[0].status is DoctorStatus.WRAP_UP
    assert desk.tickets()[0].status is TicketStatus.DONE


def test_nothing_clinical_is_said_to_whoever_answers(desk: Desk) -> None:
    talking(desk)
    party = desk.answered("CAparty")
    assert party.at == "party/who"
    assert "बुखार" not in party.answer


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed"])
def test_a_patient_who_does_not_answer_leaves_the_talk_as_it_was(desk: Desk, status: str) -> None:
    line = talking(desk)
    desk.unanswered(status)
    desk.later(60)
    assert len(desk.carrier.calls) == 1, "the talk will not wait for another try"
    line.post(dial_status="completed", dial_s=60, dial_bridged=True)
    assert line.at == "feedback/ask"


def test_whoever_answers_and_keys_nothing_is_not_joined(desk: Desk) -> None:
    talking(desk)
    party = desk.answered("CAparty")
    party.wait()
    party.wait()
    assert "<Hangup" in party.answer
    assert desk.carrier.rooms == []
    assert desk.offers()[-1].status is OfferStatus.ACCEPTED


def test_a_patient_who_drops_leaves_the_two_talking(desk: Desk) -> None:
    line = talking(desk)
    party = joined(desk)
    line.post(dial_status="completed", dial_bridged=True)
    assert enters(desk)
    line.wait()
    party.wait()
    party.ends()
    assert desk.offers()[-1].status is OfferStatus.ACCEPTED
    line.post(dial_status="answered")
    assert [one.status for one in desk.consultations()] == ["talked"]


def test_a_health_worker_who_drops_ends_the_talk(desk: Desk) -> None:
    line = talking(desk)
    joined(desk)
    line.post(dial_status="completed", dial_bridged=True)
    assert enters(desk)
    line.wait()
    line.ends()
    assert [one.status for one in desk.consultations()] == ["talked"]
    assert desk.doctors()[0].status is DoctorStatus.WRAP_UP


def test_a_doctor_who_hangs_up_before_she_is_moved_ends_the_talk_and_nobody_waits(
    desk: Desk,
) -> None:
    line = talking(desk)
    desk.carrier.moving = AlreadyEnded()
    party = joined(desk)
    line.post(dial_status="completed", dial_s=30, dial_bridged=True)
    assert line.at == "feedback/ask"
    assert "<Hangup" in party.wait()


def test_a_doctor_who_is_lost_on_the_way_is_not_waited_for_long(desk: Desk) -> None:
    line = talking(desk)
    desk.carrier.moving = Ambiguous("timeout")
    party = joined(desk)
    line.post(dial_status="completed", dial_s=30, dial_bridged=True)
    assert line.at == "waiting/following"
    desk.clock.forward(MOVE_WITHIN.total_seconds() + 1)
    assert "<Hangup" in party.wait()
    line.wait()
    assert line.at == "feedback/ask"


def test_a_request_that_never_left_is_made_again_while_she_waits(desk: Desk) -> None:
    talking(desk)
    desk.carrier.moving = NotSent("down")
    party = joined(desk)
    assert room(desk) is Room.THERE
    desk.carrier.moving = None
    party.wait()
    desk.work_off()
    assert room(desk) is Room.MOVING
    assert len(desk.carrier.rooms) == 2


def test_a_lost_hint_is_given_again_and_two_of_them_move_her_once(desk: Desk) -> None:
    talking(desk)
    party = desk.answered("CAparty")
    party.press("party.join")
    desk.queue.hints.clear()
    party.wait()
    desk.work_off()
    desk.rooms.open(offer_of(desk))
    assert len(desk.carrier.rooms) == 1


def test_the_room_is_asked_for_twice_and_opens_once(desk: Desk) -> None:
    talking(desk)
    joined(desk)
    assert enters(desk)
    assert enters(desk)
    assert not enters(desk, "CAstranger"), "another's leg is not let in"


def test_a_patient_who_answers_after_the_talk_is_told_nothing(desk: Desk) -> None:
    line = talking(desk)
    line.post(dial_status="completed", dial_s=30, dial_bridged=True)
    party = Line(desk, "CAlate", TOLL_FREE, PATIENT)
    _, intent = desk.carrier.calls[-1]
    answer = desk.calls.receive_outbound("twilio", intent, party.leg())
    assert isinstance(answer, str)
    assert "<Hangup" in answer
    assert "<Gather" not in answer


def test_a_call_that_waited_until_the_talk_was_over_is_not_placed(desk: Desk) -> None:
    line = taken(desk, apart=True)
    line.post(dial_status="completed", dial_s=5, dial_bridged=True)
    desk.work_off()
    assert desk.carrier.calls == []
