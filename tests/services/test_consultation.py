"""From the token to the end of the talk, and every way in which it can go wrong."""

from __future__ import annotations

import pytest

from gateway.db.models import Consultation
from gateway.domain.states import DoctorStatus, OfferStatus, Presence, TicketStatus
from gateway.services.calls import UnknownCall
from gateway.services.turning import Leg
from tests.domain.order_file import ORDER
from tests.services.data import DOCTOR, PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, to_the_token, whispered


def holding(desk: Desk, sid: str = "CA1", number: str = PATIENT) -> Line:
    """A patient with a token, in the hold loop."""
    line = Line(desk, sid, number)
    to_the_token(line)
    line.wait()
    return line


def offered(desk: Desk) -> Line:
    """A holding patient to whom the redirect has brought the dial to a doctor."""
    desk.doctor()
    line = holding(desk)
    desk.work_off()
    line.redirected()
    return line


def whisper(desk: Desk, line: Line) -> Line:
    """The doctor has picked up and hears the whisper."""
    return whispered(line, "CAdoctor")


def test_a_holding_patient_is_brought_to_a_doctor_who_accepts_and_they_talk(desk: Desk) -> None:
    line = offered(desk)
    assert DOCTOR in line.answer
    assert "<Dial" in line.answer
    doctor = whisper(desk, line)
    assert "बुखार" in doctor.answer
    connected = doctor.press("offer.accept")
    assert "<Hangup" not in connected
    desk.clock.forward(240)
    line.post(dial_status="completed", dial_s=235, dial_bridged=True)
    assert line.at == "feedback/ask"
    [consultation] = desk.all(Consultation)
    assert isinstance(consultation, Consultation)
    assert (consultation.talk_s, consultation.status) == (235, "talked")
    assert desk.tickets()[0].status is TicketStatus.DONE
    assert desk.doctors()[0].status is DoctorStatus.WRAP_UP


def test_the_hold_loop_rings_the_doctor_when_the_redirect_was_lost(desk: Desk) -> None:
    desk.doctor()
    line = holding(desk)
    desk.work_off()
    assert "<Dial" not in line.wait()
    desk.clock.forward(9)
    assert "<Dial" in line.wait()


def test_a_redirect_that_comes_twice_gets_the_same_dial(desk: Desk) -> None:
    line = offered(desk)
    first = line.answer
    assert line.redirected() == first
    assert len(desk.offers()) == 1


def test_trap_11_a_redirect_after_the_hold_loop_rang_gets_the_dial_of_that_turn(desk: Desk) -> None:
    desk.doctor()
    line = holding(desk)
    desk.work_off()
    desk.clock.forward(9)
    dial = line.wait()
    assert line.redirected() == dial


def test_a_doctor_who_declines_is_spared_and_the_place_is_as_it_was(desk: Desk) -> None:
    line = offered(desk)
    joined_at = desk.tickets()[0].joined_at
    desk.clock.forward(10)
    doctor = whisper(desk, line)
    assert "<Hangup" in doctor.press("offer.decline")
    again = line.post(dial_status="completed", dial_bridged=False)
    assert "<Gather" in again
    [ticket] = desk.tickets()
    assert (ticket.status, ticket.joined_at) == (TicketStatus.WAITING, joined_at)
    desk.work_off()
    assert len(desk.offers()) == 1
    desk.clock.forward(200)
    desk.sweep()
    line.wait()
    desk.work_off()
    assert len(desk.offers()) == 2


def test_a_doctor_who_does_not_answer_twice_is_paused_and_another_is_rung(desk: Desk) -> None:
    desk.doctor()
    line = holding(desk)
    for _ in range(2):
        desk.work_off()
        line.redirected()
        line.post(dial_status="no-answer")
        desk.clock.forward(200)
        line.wait()
    desk.work_off()
    assert desk.doctors()[0].status is DoctorStatus.PAUSED
    second = "+919800000009"
    desk.doctor(second)
    desk.work_off()
    line.redirected()
    assert second in line.answer


def test_trap_13_a_patient_who_hangs_up_while_it_rings_frees_the_doctor_and_keeps_her_place(
    desk: Desk,
) -> None:
    line = offered(desk)
    joined_at = desk.tickets()[0].joined_at
    line.ends()
    [ticket] = desk.tickets()
    assert (ticket.status, ticket.presence) == (TicketStatus.WAITING, Presence.AWAY)
    assert ticket.joined_at == joined_at
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE
    assert desk.offers()[0].status is OfferStatus.CANCELLED
    doctor = whisper(desk, line)
    assert "<Gather" not in doctor.answer
    assert "<Hangup" in doctor.answer


def test_trap_14_an_offer_whose_callbacks_were_all_lost_ends_by_its_lease(desk: Desk) -> None:
    offered(desk)
    desk.clock.forward(80)
    assert desk.sweep().offers == 1
    assert desk.offers()[0].status is OfferStatus.EXPIRED
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def talking(desk: Desk) -> None:
    whisper(desk, offered(desk)).press("offer.accept")
    assert desk.offers()[0].status is OfferStatus.ACCEPTED


def test_trap_14_a_talk_whose_end_nobody_told_is_asked_after_and_ended(desk: Desk) -> None:
    """Trap 14: both callbacks of its end were lost, as in an outage of our web process."""
    talking(desk)
    desk.carrier.ended = True
    desk.clock.forward(ORDER.talk.asked_after.total_seconds() - 1)
    desk.sweep()
    assert not desk.carrier.asked_about
    desk.clock.forward(2)
    desk.sweep()
    # The talk first; then each line of it, of whose end nobody told either.
    assert desk.carrier.asked_about == ["CA1", "CA1", "CAdoctor"]
    assert desk.offers()[0].status is OfferStatus.ENDED
    assert desk.doctors()[0].status is DoctorStatus.WRAP_UP
    assert desk.tickets()[0].status is TicketStatus.DONE
    assert [talk.status for talk in desk.consultations()] == ["talked"]
    assert "offers:end_was_lost" in desk.events()


@pytest.mark.parametrize("ended", [False, None])
def test_a_talk_that_goes_on_is_asked_after_again_and_ends_with_the_longest_talk(
    desk: Desk, ended: bool | None
) -> None:
    talking(desk)
    desk.carrier.ended = ended
    for asked in (1, 2, 3):
        desk.clock.forward(ORDER.talk.asked_after.total_seconds() + 1)
        desk.sweep()
        desk.sweep()
        assert len(desk.carrier.asked_about) == asked
        assert desk.offers()[0].status is OfferStatus.ACCEPTED
    desk.clock.forward(ORDER.talk.longest.total_seconds())
    desk.sweep()
    assert desk.offers()[0].status is OfferStatus.ENDED


def test_trap_15_of_two_acceptances_only_the_first_counts(desk: Desk) -> None:
    line = offered(desk)
    first, second = whisper(desk, line), Line(desk, "CAother", DOCTOR)
    offer_id = desk.offers()[0].id
    answer = desk.calls.receive_whisper("twilio", offer_id, second.leg())
    assert isinstance(answer, str)
    second.answer = answer
    assert "<Hangup" not in first.press("offer.accept")
    assert "<Hangup" in second.press("offer.accept")
    assert len(desk.all(Consultation)) == 1


def test_two_doctors_who_are_free_at_once_are_not_rung_for_one_patient(desk: Desk) -> None:
    desk.doctor()
    desk.doctor("+919800000009")
    line = holding(desk)
    assert [desk.dispatching.dispatch(), desk.dispatching.dispatch()] == [1, 0]
    assert len(desk.offers()) == 1
    assert sorted(one.status.value for one in desk.doctors()) == ["available", "engaged"]
    desk.work_off()
    assert line.redirected().count("<Number") == 1


def test_trap_16_a_doctor_who_drops_before_the_bridge_loses_nobody(desk: Desk) -> None:
    line = offered(desk)
    joined_at = desk.tickets()[0].joined_at
    whisper(desk, line).press("offer.accept")
    again = line.post(dial_status="completed", dial_s=0, dial_bridged=False)
    assert "<Gather" in again
    [ticket] = desk.tickets()
    assert (ticket.status, ticket.joined_at) == (TicketStatus.WAITING, joined_at)
    [consultation] = desk.all(Consultation)
    assert isinstance(consultation, Consultation)
    assert consultation.status == "not_joined"


def test_trap_17_with_nobody_on_duty_she_waits_and_nobody_is_rung(desk: Desk) -> None:
    line = holding(desk)
    desk.work_off()
    for _ in range(5):
        desk.clock.forward(10)
        assert "<Gather" in line.wait()
        desk.work_off()
    assert not desk.offers()
    assert not desk.carrier.redirects


def test_a_talk_that_the_patient_ends_is_measured_and_closed(desk: Desk) -> None:
    line = offered(desk)
    whisper(desk, line).press("offer.accept")
    desk.clock.forward(90)
    line.ends()
    [consultation] = desk.all(Consultation)
    assert isinstance(consultation, Consultation)
    assert (consultation.talk_s, consultation.status) == (90, "talked")
    late = line.post(dial_status="completed", dial_s=88, dial_bridged=True)
    assert line.at == "feedback/ask", late
    assert desk.tickets()[0].status is TicketStatus.DONE


def test_wrap_up_ends_by_itself_and_the_next_patient_is_offered(desk: Desk) -> None:
    line = offered(desk)
    whisper(desk, line).press("offer.accept")
    desk.clock.forward(90)
    line.ends()
    other = holding(desk, "CA2", "+919800000003")
    desk.work_off()
    assert len(desk.offers()) == 1
    for _ in range(4):
        desk.clock.forward(60)
        other.wait()
    desk.sweep()
    desk.work_off()
    assert len(desk.offers()) == 2


def test_a_line_that_dies_without_a_word_is_reaped_and_called_back(desk: Desk) -> None:
    holding(desk)
    desk.clock.forward(120)
    assert desk.sweep().lines == 1
    assert desk.tickets()[0].presence is Presence.AWAY
    desk.doctor()
    desk.clock.forward(30)
    desk.sweep()
    desk.work_off()
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]


def test_a_redirect_for_a_call_that_we_do_not_know_is_refused(desk: Desk) -> None:
    answer = desk.calls.receive_redirect("twilio", "0" * 32, Leg("CAunknown"))
    assert isinstance(answer, UnknownCall)
