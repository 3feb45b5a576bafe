"""A doctor with nothing but a telephone goes on and off duty, by her own number and her PIN."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.db.models import Call, Turn
from gateway.domain.states import DoctorStatus
from gateway.services.inbox import Inbox
from gateway.services.pins import Entry, check_pin
from gateway.services.throttle import WINDOW
from sms.commands import Duty as Wanted
from sms.commands import read_duty
from tests.domain.order_file import ORDER
from tests.services.data import DOCTOR, PATIENT, STAFF, command_words, sms_catalogue
from tests.services.desk import Desk
from tests.services.line import Line, to_the_token
from tests.services.overlap import overlapping
from tests.services.test_pauses import PATIENTS, offered

WORDS = command_words()
WRONG = "111111"


@pytest.fixture
def pin(desk: Desk) -> str:
    """A doctor off duty has this PIN."""
    desk.rota.go_off_duty(desk.doctor())
    made = desk.rota.make_pin(desk.doctors()[0].id)
    return made if made != WRONG else desk.rota.make_pin(desk.doctors()[0].id)


def staff_line(desk: Desk, sid: str = "CAstaff", number: str = DOCTOR) -> Line:
    return Line(desk, sid, number=number, to=STAFF).dial()


def status(desk: Desk) -> DoctorStatus:
    return desk.doctors()[0].status


def sms(desk: Desk, body: str, sid: str, sender: str = DOCTOR) -> list[str]:
    """Text it; return the kinds of what was answered to all texts so far."""
    inbox: Inbox = desk.inbox
    inbox.receive("twilio", sid, sender, body=body)
    desk.work_off()
    answers = [m for m in desk.messages() if m.purpose_key.startswith("in:")]
    return [m.kind for m in sorted(answers, key=lambda m: m.purpose_key)]


def said(line: Line) -> str:
    """The nodes that its last turn came through, whatever language they were told in."""
    with Session(line.desk.engine) as db:
        turns = (
            db.query(Turn)
            .join(Call, Call.id == Turn.call_id)
            .where(Call.provider_call_id == line.sid)
            .order_by(Turn.number)
            .all()
        )
    return str(turns[-1].session["counts"])


def test_she_goes_on_duty_by_telephone_and_is_rung_for_who_waits(desk: Desk, pin: str) -> None:
    patient = Line(desk, "CA1")
    to_the_token(patient)
    patient.wait()
    line = staff_line(desk)
    line.key(pin)
    assert line.at == "duty/is_off"
    assert line.session["variables"]["waiting"] == 1
    line.press("duty.go_on")
    assert status(desk) is DoctorStatus.AVAILABLE
    desk.work_off()
    assert desk.offers()


def test_no_session_keeps_her_pin(desk: Desk, pin: str) -> None:
    line = staff_line(desk)
    line.key(WRONG)
    line.key(pin)
    with Session(desk.engine) as db:
        kept = str([turn.session for turn in db.query(Turn)])
    assert pin not in kept
    assert WRONG not in kept
    with desk.engine.connect() as connection:
        [hashed] = connection.execute(text("SELECT pin_hash FROM doctors")).scalars()
    assert pin not in hashed


def test_she_takes_a_break_and_goes_off_duty(desk: Desk, pin: str) -> None:
    desk.rota.go_on_duty(desk.doctors()[0].id)
    line = staff_line(desk)
    line.key(pin)
    line.press("duty.pause")
    assert status(desk) is DoctorStatus.PAUSED
    desk.later(ORDER.doctor.usual_break.total_seconds() + 1)
    assert status(desk) is DoctorStatus.AVAILABLE
    line = staff_line(desk, "CAstaff2")
    line.key(pin)
    line.press("duty.go_off")
    assert status(desk) is DoctorStatus.OFF_DUTY


def test_a_doctor_who_has_a_patient_is_told_so_and_changes_nothing(desk: Desk, pin: str) -> None:
    desk.rota.go_on_duty(desk.doctors()[0].id)
    offered(desk, PATIENTS[0])
    assert status(desk) is DoctorStatus.ENGAGED
    line = staff_line(desk)
    line.key(pin)
    assert "'busy'" in said(line)
    assert sms(desk, f"off {pin}", "SM1") == ["duty_busy"]
    assert status(desk) is DoctorStatus.ENGAGED


def test_a_wrong_pin_is_asked_for_again_and_after_five_the_right_one_waits(
    desk: Desk, pin: str
) -> None:
    for number in range(2):
        line = staff_line(desk, f"CA{number}")
        line.key(WRONG, WRONG)
    # Texts count with the calls.
    assert sms(desk, f"on {WRONG}", "SM1") == ["duty_wrong_pin"]
    line = staff_line(desk, "CA9")
    line.key(pin)
    assert "'shut'" in said(line)
    assert sms(desk, f"on {pin}", "SM2") == ["duty_wrong_pin"]
    assert status(desk) is DoctorStatus.OFF_DUTY
    desk.clock.forward(WINDOW.total_seconds() + 1)
    line = staff_line(desk, "CA10")
    line.key(pin)
    assert line.at == "duty/is_off"


def test_a_new_pin_makes_the_old_one_void(desk: Desk, pin: str) -> None:
    desk.rota.make_pin(desk.doctors()[0].id)
    line = staff_line(desk)
    line.key(pin)
    assert line.at == "duty/pin"


@pytest.mark.parametrize("number", [PATIENT, "anonymous"])
def test_the_line_is_of_no_use_to_others(desk: Desk, pin: str, number: str) -> None:
    line = staff_line(desk, number=number)
    assert line.at == "spoke/own_number", "a health worker may call from it"
    for _ in range(3):
        line.wait()
    assert "'unknown'" in said(line)
    assert "/turn/" not in line.answer


def test_a_doctor_without_a_pin_is_told_whom_to_ask(desk: Desk) -> None:
    desk.doctor()
    line = staff_line(desk)
    assert "'no_pin'" in said(line)
    assert "/turn/" not in line.answer


def test_she_is_spoken_to_in_her_own_language(desk: Desk) -> None:
    doctor_id = desk.doctor(languages=("xx", "en", "hi"))
    desk.rota.make_pin(doctor_id)
    assert staff_line(desk).session["language"] == "en"


def test_she_goes_on_and_off_duty_by_text(desk: Desk, pin: str) -> None:
    assert sms(desk, f"ON {pin}", "SM1") == ["duty_on"]
    assert status(desk) is DoctorStatus.AVAILABLE
    assert sms(desk, f"ON {pin}", "SM1") == ["duty_on"]  # delivered twice
    assert sms(desk, f"{pin} break", "SM2") == ["duty_on", "duty_pause"]
    assert status(desk) is DoctorStatus.PAUSED
    assert sms(desk, f"बंद {pin}", "SM3")[-1] == "duty_off"
    assert status(desk) is DoctorStatus.OFF_DUTY


@pytest.mark.parametrize(
    ("bodies", "kind"),
    [
        (["on", "on"], "duty_on"),
        (["off"], "duty_off"),
        (["break"], "duty_off"),  # she was off duty, and has no break from that
        (["on", "break", "break"], "duty_pause"),
    ],
)
def test_who_wants_what_she_has_is_told_how_she_stands(
    desk: Desk, pin: str, bodies: list[str], kind: str
) -> None:
    for number, body in enumerate(bodies):
        told = sms(desk, f"{body} {pin}", f"SM{number}")
    assert told[-1] == kind


def test_a_break_ends_a_pause_that_had_no_end(desk: Desk, pin: str) -> None:
    desk.rota.go_on_duty(desk.doctors()[0].id)
    for number in PATIENTS[:2]:
        offered(desk, number).post(dial_status="no-answer")
        desk.later(1)
    assert (status(desk), desk.doctors()[0].resumes_at) == (DoctorStatus.PAUSED, None)
    assert sms(desk, f"break {pin}", "SM1") == ["duty_pause"]
    desk.later(ORDER.doctor.usual_break.total_seconds() + 1)
    assert status(desk) is DoctorStatus.AVAILABLE


@pytest.mark.parametrize("body", ["on", "on {wrong}", "duty on"])
def test_a_text_without_her_pin_changes_nothing_and_is_told_so(
    desk: Desk, pin: str, body: str
) -> None:
    assert sms(desk, body.format(wrong=WRONG), "SM1") == ["duty_wrong_pin"]
    assert status(desk) is DoctorStatus.OFF_DUTY


def test_the_same_text_from_another_number_is_nothing_of_a_doctors(desk: Desk, pin: str) -> None:
    assert sms(desk, f"on {pin}", "SM1", sender=PATIENT) == ["help"]
    assert status(desk) is DoctorStatus.OFF_DUTY


def test_a_doctor_may_still_be_a_patient(desk: Desk, pin: str) -> None:
    assert sms(desk, "token", "SM1") == ["no_token"]


def test_whom_unanswered_rings_have_paused_is_told_once(desk: Desk, pin: str) -> None:
    desk.rota.go_on_duty(desk.doctors()[0].id)
    for number in PATIENTS[:2]:
        offered(desk, number).post(dial_status="no-answer")
        desk.later(1)
    assert status(desk) is DoctorStatus.PAUSED
    desk.later(60)
    desk.later(60)
    told = [m for m in desk.messages() if m.kind == "duty_unanswered"]
    assert [m.phone_e164 for m in told] == [DOCTOR]
    assert sms(desk, f"on {pin}", "SM1") == ["duty_on"]
    assert status(desk) is DoctorStatus.AVAILABLE


def test_a_break_that_she_took_is_not_told_her(desk: Desk, pin: str) -> None:
    desk.rota.go_on_duty(desk.doctors()[0].id)
    desk.rota.take_break(desk.doctors()[0].id)
    desk.later(60)
    assert not [m for m in desk.messages() if m.kind == "duty_unanswered"]


def test_a_failure_of_ours_on_the_staff_line_calls_nobody_back(desk: Desk, pin: str) -> None:
    line = staff_line(desk)
    desk.calls.apologise("twilio", line.leg())
    assert not desk.outbound()


def test_the_text_about_a_pause_names_a_word_that_is_read_as_on() -> None:
    catalogue = sms_catalogue()
    for locale, texts in catalogue.texts.items():
        written = texts["sms.duty_unanswered"].replace(",", " ").casefold().split()
        ons = [word for word in written if WORDS.duty.get(word) is Wanted.ON]
        assert ons, locale


@pytest.mark.parametrize(
    ("body", "wanted", "pin"),
    [
        ("on 123456", Wanted.ON, "123456"),
        ("  Duty ON, 123456. ", Wanted.ON, "123456"),
        ("चालू १२३४५६", Wanted.ON, "123456"),
        ("123456 off", Wanted.OFF, "123456"),
        ("break", Wanted.PAUSE, ""),
    ],
)
def test_what_a_doctor_texts_is_read(body: str, wanted: Wanted, pin: str) -> None:
    order = read_duty(body, WORDS)
    assert order is not None
    assert (order.wanted, order.pin) == (wanted, pin)


@pytest.mark.parametrize("body", ["", "123456", "on 123 456", "onn 123456", "not on 123456", "on²"])
def test_nothing_is_guessed_of_her_duty(body: str) -> None:
    assert read_duty(body, WORDS) is None


def test_guesses_at_the_same_time_are_no_more_than_those_in_a_row(desk: Desk, pin: str) -> None:
    doctor = desk.doctors()[0]
    for _ in range(4):
        with desk.work.begin() as unit:
            assert check_pin(unit, doctor, WRONG) is Entry.WRONG
    guess = partial(check_pin, holder=doctor, pin=WRONG)
    assert overlapping(desk, guess, guess) == (Entry.WRONG, Entry.SHUT)
