"""A doctor with several telephones: rung one after another, each known as hers."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gateway.db.models import DoctorPhone
from gateway.domain.states import DoctorStatus, OfferStatus, TicketStatus
from gateway.services.doctor_phones import WHISPER, BadPhone, remove
from gateway.services.rota import NewDoctor
from tests.domain.order_file import ORDER
from tests.services.data import DOCTOR, PATIENT, STAFF
from tests.services.desk import Desk
from tests.services.line import Line, whispered
from tests.services.overlap import overlapping
from tests.services.test_duty import sms
from tests.services.test_pauses import PATIENTS, offered

SECOND, THIRD = "+919800000022", "+919800000033"


@pytest.fixture
def doctor_id(desk: Desk) -> str:
    """A doctor on duty with three telephones."""
    made = desk.doctor()
    for number in (SECOND, THIRD):
        assert desk.doctor_phones.add(made, number) is None
    return made


def rung(line: Line) -> str:
    """The one number that the answer has the carrier ring."""
    assert line.answer.count("<Number") == 1, line.answer
    [number] = [it for it in (DOCTOR, SECOND, THIRD) if it in line.answer]
    return number


@pytest.mark.parametrize("said", ["no-answer", "busy", "failed", "completed"])
def test_her_next_telephone_rings_within_the_same_offer(
    desk: Desk, doctor_id: str, said: str
) -> None:
    line = offered(desk, PATIENTS[0])
    assert rung(line) == DOCTOR
    line.post(dial_status=said, dial_bridged=False)
    assert rung(line) == SECOND
    [offer] = desk.offers()
    assert (offer.status, offer.doctor_id) == (OfferStatus.RINGING, doctor_id)
    assert desk.doctors()[0].unanswered_in_a_row == 0
    whispered(line).press("offer.accept")
    desk.clock.forward(100)
    line.post(dial_status="completed", dial_s=95, dial_bridged=True)
    assert line.at == "feedback/ask"
    assert [talk.talk_s for talk in desk.consultations()] == [95]


def test_only_when_the_last_one_is_not_answered_is_the_ring_unanswered(
    desk: Desk, doctor_id: str
) -> None:
    line = offered(desk, PATIENTS[0])
    for number in (SECOND, THIRD):
        line.post(dial_status="no-answer")
        assert rung(line) == number
    line.post(dial_status="no-answer")
    assert "<Dial" not in line.answer
    [offer] = desk.offers()
    assert offer.status is OfferStatus.NO_ANSWER
    assert desk.one(type(desk.doctors()[0]), doctor_id).unanswered_in_a_row == 1
    assert desk.tickets()[0].status is TicketStatus.WAITING


def test_each_ring_has_a_whole_lease(desk: Desk, doctor_id: str) -> None:
    line = offered(desk, PATIENTS[0])
    lease = ORDER.doctor.ring_seconds + WHISPER.total_seconds()
    desk.clock.forward(lease - 1)
    line.post(dial_status="no-answer")
    desk.clock.forward(lease - 1)
    desk.sweep()
    assert desk.offers()[0].status is OfferStatus.RINGING
    desk.clock.forward(2)
    desk.sweep()
    assert desk.offers()[0].status is OfferStatus.EXPIRED
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_a_repeated_end_of_a_dial_rings_nobody_twice(desk: Desk, doctor_id: str) -> None:
    line = offered(desk, PATIENTS[0])
    again = Line(desk, line.sid, line.number, answer=line.answer)
    assert line.post(dial_status="no-answer") == again.post(dial_status="no-answer")
    assert rung(line) == SECOND
    desk.carrier.redirects[-1:] = [(line.sid, desk.offers()[0].id)]
    assert rung(again) == SECOND
    again.redirected()
    assert rung(again) == SECOND, "a late redirect brings her to the telephone that rings now"


def test_a_decline_by_key_rings_no_other_telephone(desk: Desk, doctor_id: str) -> None:
    line = offered(desk, PATIENTS[0])
    whispered(line).press("offer.decline")
    assert desk.offers()[0].status is OfferStatus.DECLINED
    line.post(dial_status="completed", dial_bridged=False)
    assert "<Dial" not in line.answer


def test_trap_13_a_patient_who_hangs_up_has_no_other_telephone_rung(
    desk: Desk, doctor_id: str
) -> None:
    line = offered(desk, PATIENTS[0])
    line.post(dial_status="no-answer", status="completed")
    assert "<Dial" not in line.answer
    assert desk.offers()[0].status is OfferStatus.CANCELLED
    assert desk.doctors()[0].unanswered_in_a_row == 0


def test_trap_16_whoever_drops_after_her_key_is_not_rung_elsewhere(
    desk: Desk, doctor_id: str
) -> None:
    line = offered(desk, PATIENTS[0])
    whispered(line).press("offer.accept")
    line.post(dial_status="completed", dial_s=0, dial_bridged=False)
    assert "<Dial" not in line.answer
    assert desk.offers()[0].status is OfferStatus.NO_ANSWER


def test_a_talk_of_whose_beginning_nobody_told_is_not_followed_by_a_ring(
    desk: Desk, doctor_id: str
) -> None:
    line = offered(desk, PATIENTS[0])
    line.post(dial_status="completed", dial_s=80, dial_bridged=True)
    assert "<Dial" not in line.answer


def test_one_dead_number_is_told_and_only_all_of_them_pause_her(desk: Desk, doctor_id: str) -> None:
    line = offered(desk, PATIENTS[0])
    for said in ("no-answer", "failed", "failed"):
        line.post(dial_status=said, dial_bridged=False)
    assert desk.events().count("doctors:dead_number") == 2
    [doctor] = desk.doctors()
    assert (doctor.status, doctor.unanswered_in_a_row) == (DoctorStatus.AVAILABLE, 1)
    desk.later(400)
    line = offered(desk, PATIENTS[1])
    for _ in range(3):
        line.post(dial_status="failed", dial_bridged=False)
    assert desk.doctors()[0].status is DoctorStatus.PAUSED


def test_the_telephone_from_which_she_goes_on_duty_is_rung_first(
    desk: Desk, doctor_id: str
) -> None:
    pin = desk.rota.make_pin(doctor_id)
    desk.rota.go_off_duty(doctor_id)
    staff = Line(desk, "CAstaff", THIRD, to=STAFF).dial()
    staff.key(pin)
    staff.press("duty.go_on")
    line = offered(desk, PATIENTS[0])
    assert rung(line) == THIRD
    line.post(dial_status="busy")
    assert rung(line) == DOCTOR
    line.post(dial_status="busy")
    assert rung(line) == SECOND


def test_of_two_from_which_she_went_on_duty_the_last_one_is_rung_first(
    desk: Desk, doctor_id: str
) -> None:
    pin = desk.rota.make_pin(doctor_id)
    assert sms(desk, f"ON {pin}", "SM1", THIRD) == ["duty_on"]
    assert sms(desk, f"ON {pin}", "SM2", SECOND) == ["duty_on", "duty_on"]
    assert [it.is_on_duty for it in desk.doctor_phones.listed(doctor_id)] == [True, False, False]
    assert rung(offered(desk, PATIENTS[0])) == SECOND


def test_what_changes_nothing_leaves_the_first_telephone_as_it_is(
    desk: Desk, doctor_id: str
) -> None:
    pin = desk.rota.make_pin(doctor_id)
    sms(desk, f"OFF {pin}", "SM1", THIRD)
    desk.rota.go_on_duty(doctor_id)
    line = offered(desk, PATIENTS[0])
    assert rung(line) == DOCTOR
    assert sms(desk, f"ON {pin}", "SM2", THIRD)[-1] == "duty_busy"
    assert not any(it.is_on_duty for it in desk.doctor_phones.listed(doctor_id))


def test_the_pause_is_told_at_the_telephone_that_is_rung_first(desk: Desk, doctor_id: str) -> None:
    pin = desk.rota.make_pin(doctor_id)
    sms(desk, f"ON {pin}", "SM1", SECOND)
    line = offered(desk, PATIENTS[0])
    for _ in range(3):
        line.post(dial_status="failed", dial_bridged=False)
    desk.later(1)
    [told] = [it for it in desk.messages() if it.kind == "duty_unanswered"]
    assert told.phone_e164 == SECOND


def test_a_number_is_one_doctors_alone(desk: Desk, doctor_id: str) -> None:
    other = desk.doctor("+919800000044")
    assert isinstance(desk.doctor_phones.add(other, SECOND), BadPhone)
    assert desk.doctor_phones.add(doctor_id, SECOND) is None
    assert desk.rota.enrol(NewDoctor("B", "MBBS", "MH-2", THIRD, ("hi",))) == doctor_id
    assert isinstance(desk.doctor_phones.add(doctor_id, "12"), BadPhone)
    masked = [it.masked for it in desk.doctor_phones.listed(doctor_id)]
    assert masked == ["+91******0002", "+91******0022", "+91******0033"]


def test_a_telephone_is_taken_away_and_never_the_last_one(desk: Desk, doctor_id: str) -> None:
    assert isinstance(desk.doctor_phones.remove(doctor_id, PATIENT), BadPhone)
    assert desk.doctor_phones.remove(doctor_id, DOCTOR) is None
    assert rung(offered(desk, PATIENTS[0])) == SECOND
    assert desk.doctor_phones.remove(doctor_id, THIRD) is None
    assert isinstance(desk.doctor_phones.remove(doctor_id, SECOND), BadPhone)
    assert desk.doctor_phones.add(doctor_id, DOCTOR) is None, "it belongs to nobody now"
    assert len(desk.all(DoctorPhone)) == 2


def test_two_who_take_away_at_once_leave_her_one(desk: Desk, doctor_id: str) -> None:
    assert desk.doctor_phones.remove(doctor_id, THIRD) is None
    first, second = (desk.directory.phone_hash(number) for number in (DOCTOR, SECOND))
    did, other = overlapping(
        desk,
        lambda unit: remove(unit, doctor_id, first),
        lambda unit: remove(unit, doctor_id, second),
    )
    assert (did, type(other)) == (None, BadPhone)
    assert len(desk.all(DoctorPhone)) == 1


def test_no_number_can_be_read_in_the_table(desk: Desk, doctor_id: str) -> None:
    with desk.engine.connect() as connection:
        raw = connection.execute(text("SELECT phone_e164 FROM doctor_phones")).scalars()
        assert not any(b"98000000" in bytes(sealed) for sealed in raw)
