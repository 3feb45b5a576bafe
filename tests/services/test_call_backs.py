"""Patients who hung up: called back in their turn, on a ladder that ends."""

from __future__ import annotations

import pytest

from gateway.db.models import OutboundCall
from gateway.domain.states import (
    DoctorStatus,
    OfferStatus,
    OutboundStatus,
    Presence,
    TicketStatus,
)
from gateway.services.ports import Ambiguous, NotSent, Placed, Refused
from tests.services.data import DOCTOR, MISSED_CALL, PATIENT
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, register, to_the_token


def away(desk: Desk) -> Line:
    """A patient with a token who chose to be called back."""
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    assert "<Hangup" in line.press("hold.call_me_back")
    line.ends()
    return line


def test_she_hangs_up_keeps_her_place_and_is_called_when_a_doctor_is_free(desk: Desk) -> None:
    away(desk)
    desk.work_off()
    assert not desk.carrier.calls
    desk.doctor()
    desk.work_off()
    assert desk.carrier.calls[0][0] == PATIENT
    line = desk.answered()
    assert "बुखार" not in line.answer
    line.press("callback.hold")
    if "<Dial" not in line.answer:
        line.wait()
    assert DOCTOR in line.answer


def test_trap_18_a_call_back_keeps_the_first_time_and_does_not_jump_the_line(desk: Desk) -> None:
    away(desk)
    joined_at = desk.tickets()[0].joined_at
    desk.clock.forward(600)
    desk.doctor()
    desk.work_off()
    desk.answered().press("callback.hold")
    assert desk.tickets()[0].joined_at == joined_at


def test_no_answer_climbs_a_ladder_with_growing_gaps_that_ends(desk: Desk) -> None:
    away(desk)
    desk.doctor()
    waits = []
    for _ in range(10):
        desk.work_off()
        if desk.tickets()[0].status is not TicketStatus.WAITING and not desk.offers():
            break
        calls = len(desk.carrier.calls)
        desk.unanswered()
        waited = 0
        while len(desk.carrier.calls) == calls and waited < 3600:
            desk.clock.forward(30)
            waited += 30
            desk.sweep()
            desk.work_off()
        waits.append(waited)
        if desk.tickets()[0].status is TicketStatus.UNREACHABLE:
            break
    assert len(desk.carrier.calls) >= 4
    assert waits[:3] == sorted(waits[:3])
    assert desk.tickets()[0].status is TicketStatus.UNREACHABLE
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_calls_of_which_the_carrier_never_tells_the_end_climb_the_ladder_too(desk: Desk) -> None:
    away(desk)
    desk.doctor()
    desk.work_off()
    for _ in range(200):
        desk.later(10)
    assert len(desk.carrier.calls) == 4
    assert desk.tickets()[0].status is TicketStatus.UNREACHABLE
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_a_failed_try_frees_the_doctor_at_once(desk: Desk) -> None:
    away(desk)
    desk.doctor()
    desk.work_off()
    assert desk.doctors()[0].status is DoctorStatus.ENGAGED
    desk.unanswered("busy")
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_trap_06_an_ambiguous_create_is_never_repeated_blindly(desk: Desk) -> None:
    away(desk)
    desk.doctor()
    desk.carrier.placing = Ambiguous("ReadTimeout")
    desk.work_off()
    desk.carrier.placing = None
    desk.carrier.found_call = Placed("CAout1")
    desk.clock.forward(40)
    desk.sweep()
    desk.work_off()
    assert len(desk.carrier.calls) == 1
    [call] = desk.outbound()
    assert (call.status, call.provider_call_id) == (OutboundStatus.PLACED, "CAout1")


def test_an_ambiguous_create_that_the_carrier_does_not_know_is_made_again(desk: Desk) -> None:
    away(desk)
    desk.doctor()
    desk.carrier.placing = Ambiguous("ReadTimeout")
    desk.work_off()
    desk.carrier.placing = None
    desk.clock.forward(40)
    desk.sweep()
    desk.work_off()
    assert len(desk.carrier.calls) == 2


def test_a_request_that_never_left_is_tried_again(desk: Desk) -> None:
    away(desk)
    desk.doctor()
    desk.carrier.placing = NotSent("ConnectTimeout")
    desk.work_off()
    desk.carrier.placing = None
    desk.clock.forward(6)
    desk.sweep()
    desk.work_off()
    assert [o.status for o in desk.outbound()] == [OutboundStatus.PLACED]


def test_a_number_that_the_carrier_refuses_is_a_failed_try(desk: Desk) -> None:
    away(desk)
    desk.doctor()
    desk.carrier.placing = Refused("21211", "HTTP 400")
    desk.work_off()
    assert desk.outbound()[0].status is OutboundStatus.FAILED
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_a_dropped_line_keeps_the_place_and_calling_again_resumes_it(desk: Desk) -> None:
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    line.ends()
    assert desk.tickets()[0].presence is Presence.AWAY
    again = Line(desk, "CA2").dial()
    assert "शून्य, शून्य, शून्य, एक" in again.answer
    again.wait()
    assert len(desk.tickets()) == 1
    assert desk.tickets()[0].presence is Presence.HOLDING


def test_a_missed_call_is_refused_unanswered_and_called_back_once(desk: Desk) -> None:
    for number in range(3):
        line = Line(desk, f"CAm{number}", to=MISSED_CALL).dial()
        assert "<Reject" in line.answer
        assert "<Say" not in line.answer
        line.ends("busy")
    desk.clock.forward(5)
    desk.sweep()
    desk.work_off()
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    assert "हिन्दी" in desk.answered().answer


def test_the_place_of_a_missed_call_counts_from_the_missed_call(desk: Desk) -> None:
    missed_at = desk.clock.now
    Line(desk, "CAm", to=MISSED_CALL).dial().ends("busy")
    desk.clock.forward(50)
    desk.sweep()
    desk.work_off()
    line = desk.answered()
    register(line)
    fever_by_keys(line)
    assert desk.tickets()[0].joined_at == missed_at


def test_a_withheld_number_that_drops_is_not_called_and_holds_no_doctor(desk: Desk) -> None:
    desk.doctor()
    line = Line(desk, "CA1", "anonymous")
    to_the_token(line)
    line.wait()
    desk.work_off()
    line.ends()
    [ticket] = desk.tickets()
    assert ticket.status is TicketStatus.CANCELLED
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE
    assert not desk.all(OutboundCall)
    assert not desk.messages()


def test_a_withheld_number_that_asks_to_be_called_back_is_told_to_stay(desk: Desk) -> None:
    desk.doctor()
    line = Line(desk, "CA1", "anonymous")
    to_the_token(line)
    line.wait()
    assert "<Gather" in line.press("hold.call_me_back")
    assert desk.tickets()[0].status is TicketStatus.WAITING


@pytest.mark.parametrize("first", ["status", "bridge_ended"])
def test_a_caller_who_hangs_up_while_it_rings_is_no_fault_of_the_doctors(
    desk: Desk, first: str
) -> None:
    desk.doctor()
    line = Line(desk, "CA1")
    to_the_token(line)
    line.wait()
    desk.work_off()
    line.redirected()
    assert desk.doctors()[0].status is DoctorStatus.ENGAGED
    if first == "status":
        line.ends()
    # The carrier asks for the end of the bridge though she is gone, and says so.
    line.post(status="completed", dial_status="canceled", dial_bridged=False)
    if first == "bridge_ended":
        line.ends()
    assert [offer.status for offer in desk.offers()] == [OfferStatus.CANCELLED]
    doctor = desk.doctors()[0]
    assert (doctor.status, doctor.unanswered_in_a_row) == (DoctorStatus.AVAILABLE, 0)
    assert desk.tickets()[0].presence is Presence.AWAY
    desk.clock.forward(30)
    desk.sweep()
    desk.work_off()
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
