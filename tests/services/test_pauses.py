"""When a doctor is not rung: unanswered rings, a dead number, a break, and how each ends."""

from __future__ import annotations

from gateway.db.models import Doctor
from gateway.domain.states import DoctorStatus
from tests.domain.order_file import ORDER
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, register, whispered

PATIENTS = ("+919800000011", "+919800000012", "+919800000013")


def offered(desk: Desk, number: str) -> Line:
    """A patient whose next turn rings the doctor."""
    line = Line(desk, f"CA{number}", number)
    line.dial()
    register(line)
    fever_by_keys(line)
    line.wait()
    desk.work_off()
    line.redirected()
    return line


def test_a_patient_who_hangs_up_does_not_clear_the_unanswered_rings(desk: Desk) -> None:
    desk.doctor()
    offered(desk, PATIENTS[0]).post(dial_status="no-answer")
    assert desk.doctors()[0].unanswered_in_a_row == 1
    desk.later(400)
    offered(desk, PATIENTS[1]).ends()
    assert desk.doctors()[0].unanswered_in_a_row == 1
    assert desk.doctors()[0].status is not DoctorStatus.PAUSED


def test_a_key_of_hers_clears_them(desk: Desk) -> None:
    desk.doctor()
    offered(desk, PATIENTS[0]).post(dial_status="no-answer")
    desk.later(400)
    line = offered(desk, PATIENTS[1])
    whispered(line).press("offer.decline")
    assert desk.doctors()[0].unanswered_in_a_row == 0


def test_a_number_that_the_carrier_cannot_ring_pauses_at_once_and_is_told(desk: Desk) -> None:
    desk.doctor()
    line = offered(desk, PATIENTS[0])
    line.post(dial_status="failed", dial_bridged=False)
    [doctor] = desk.doctors()
    assert doctor.status is DoctorStatus.PAUSED
    assert "doctors:dead_number" in desk.events()
    desk.clock.forward(3600)
    desk.sweep()
    assert desk.doctors()[0].status is DoctorStatus.PAUSED, "no clock mends a telephone"
    assert desk.rota.go_on_duty(doctor.id)


def test_a_break_ends_by_itself_and_patients_are_offered_again(desk: Desk) -> None:
    doctor_id = desk.doctor()
    assert desk.rota.take_break(doctor_id)
    desk.clock.forward(ORDER.doctor.usual_break.total_seconds() - 30)
    desk.sweep()
    assert desk.doctors()[0].status is DoctorStatus.PAUSED
    desk.clock.forward(31)
    desk.sweep()
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_a_break_that_she_ends_early_does_not_end_again_later(desk: Desk) -> None:
    doctor_id = desk.doctor()
    assert desk.rota.take_break(doctor_id)
    assert desk.rota.go_on_duty(doctor_id)
    assert desk.doctors()[0].resumes_at is None


def test_who_goes_off_duty_from_a_break_stays_off(desk: Desk) -> None:
    doctor_id = desk.doctor()
    assert desk.rota.take_break(doctor_id)
    assert desk.rota.go_off_duty(doctor_id)
    desk.clock.forward(ORDER.doctor.usual_break.total_seconds() + 1)
    desk.sweep()
    assert desk.doctors()[0].status is DoctorStatus.OFF_DUTY


def test_a_move_that_no_table_shows_is_refused_and_leaves_no_event(desk: Desk) -> None:
    doctor_id = desk.doctor()
    assert desk.rota.go_off_duty(doctor_id)
    before = desk.events()
    with desk.work.begin() as unit:
        assert not unit.move(Doctor, doctor_id, DoctorStatus.WRAP_UP)
        assert not unit.move(Doctor, doctor_id, DoctorStatus.ENGAGED)
    assert desk.events() == before
    assert desk.doctors()[0].status is DoctorStatus.OFF_DUTY
