"""A prescription whose texts did not arrive is read by a call: once, by day, and told no other."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Aftercare, Caller, Message, Patient, Prescription
from gateway.domain.aftercare import AftercareKind
from gateway.domain.roles import Role
from gateway.domain.states import AftercareStatus, MessageStatus
from gateway.services.ports import Refused
from tests.console.clinic import Clinic, shown
from tests.services.aftercare import go_to, ist, prescribed
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.line import Line


def texts_of(desk: Desk) -> list[Message]:
    rx = [m for m in desk.messages() if m.purpose_key.startswith("rx:")]
    return sorted(rx, key=lambda m: m.purpose_key)


def lose(desk: Desk, *places: int, status: str = "undelivered") -> None:
    """The carrier tells that these of the prescription's texts never arrived."""
    rx = texts_of(desk)
    for place in places or range(len(rx)):
        desk.receipts.receive(
            rx[place].id, status=status, error_code="30003", provider_message_id="SM"
        )


def readings(desk: Desk) -> list[Aftercare]:
    return [row for row in desk.aftercare() if row.kind is AftercareKind.READING]


def lost(clinic: Clinic) -> Desk:
    """A prescription on Monday morning of which no text arrived, and its call planned."""
    desk = clinic.desk
    prescribed(clinic)
    Line(desk, "CA1").ends()
    desk.work_off()
    lose(desk)
    desk.later(1)
    return desk


def rung(clinic: Clinic) -> Line:
    desk = lost(clinic)
    desk.later(301)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    return desk.answered()


def read_on(line: Line) -> str:
    heard = line.answer
    while line.at == "prescription/line":
        heard += line.wait()
    return heard


def test_it_is_read_to_whoever_says_the_patient_is_there_and_to_nobody_before(
    clinic: Clinic,
) -> None:
    line = rung(clinic)
    assert line.at == "reading/greet"
    assert "पैरासिटामोल" not in line.answer
    line.press("follow_up.here")
    heard = read_on(line)
    assert "Asha Rao" in heard
    assert "पैरासिटामोल" in heard
    assert line.at.startswith("prescription/after")
    line.ends()
    desk = clinic.desk
    [row] = readings(desk)
    assert row.status is AftercareStatus.DONE
    assert {"aftercare:reading_planned", "calls:prescription_heard", "aftercare:done"} <= set(
        desk.events()
    )
    go_to(desk, ist(23, 18))
    assert len(desk.carrier.calls) == 1


def test_a_line_that_drops_before_the_last_medicine_is_called_again(clinic: Clinic) -> None:
    line = rung(clinic)
    line.press("follow_up.here")
    line.wait()
    line.ends()
    desk = clinic.desk
    assert [row.status for row in readings(desk)] == [AftercareStatus.PLANNED]
    desk.later(30 * 60)
    again = desk.answered("CAout2")
    again.press("follow_up.here")
    read_on(again)
    again.ends()
    assert [row.status for row in readings(desk)] == [AftercareStatus.DONE]


def test_three_calls_that_reach_nobody_are_enough_and_it_is_shown(clinic: Clinic) -> None:
    desk = lost(clinic)
    for hour, minute in ((9, 45), (10, 15), (13, 15)):
        go_to(desk, ist(23, hour, minute))
        desk.unanswered()
    go_to(desk, ist(24, 12))
    assert len(desk.carrier.calls) == 3
    [row] = readings(desk)
    assert row.status is AftercareStatus.OVER


def test_one_lost_medicine_is_enough(clinic: Clinic) -> None:
    desk = clinic.desk
    prescribed(clinic)
    desk.work_off()
    lose(desk, 0, 2, 3, status="delivered")
    lose(desk, 1)
    desk.later(1)
    assert len(readings(desk)) == 1


def test_nobody_is_called_while_a_text_may_still_arrive(clinic: Clinic) -> None:
    desk = clinic.desk
    prescribed(clinic)
    desk.carrier.sending = Refused("21211", "HTTP 400")
    desk.sending.send_due()
    desk.carrier.sending = None
    with desk.work.begin() as unit:
        unit.change(
            update(Message)
            .where(Message.id == texts_of(desk)[0].id)
            .values(status=MessageStatus.QUEUED, due_at=desk.clock.now)
        )
    desk.sweep()
    assert not readings(desk)
    desk.work_off()
    desk.later(1)
    assert len(readings(desk)) == 1


def test_texts_that_arrived_need_no_call(clinic: Clinic) -> None:
    desk = clinic.desk
    prescribed(clinic)
    desk.work_off()
    lose(desk, status="delivered")
    desk.later(600)
    assert not readings(desk)


def test_it_is_planned_once_whatever_is_swept_and_lost_again(clinic: Clinic) -> None:
    desk = lost(clinic)
    for _ in range(3):
        lose(desk)
        desk.sweep()
    assert len(readings(desk)) == 1


def test_at_night_it_waits_for_the_morning(clinic: Clinic) -> None:
    desk = lost(clinic)
    go_to(desk, ist(23, 23))
    assert not desk.carrier.calls
    go_to(desk, ist(24, 6, 59))
    assert not desk.carrier.calls
    go_to(desk, ist(24, 7))
    assert len(desk.carrier.calls) == 1


@pytest.mark.parametrize("why", ["no_calls", "texts_stopped_at", "withdrawn_at", "no_sms"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_wants_no_texts_or_calls_is_not_called(clinic: Clinic, why: str, when: str) -> None:
    desk = clinic.desk

    def say_so() -> None:
        with Session(desk.engine) as db, db.begin():
            if why == "no_sms":
                db.execute(update(Patient).values(no_sms=True))
            else:
                at: datetime | bool = True if why == "no_calls" else desk.clock.now
                db.execute(update(Caller).values({why: at}))

    prescribed(clinic)
    Line(desk, "CA1").ends()
    desk.work_off()
    if when == "before":
        say_so()
    lose(desk)
    desk.later(1)
    if when == "after":
        say_so()
    desk.later(301)
    assert not desk.carrier.calls
    assert [row.status for row in readings(desk)] == (
        [] if when == "before" else [AftercareStatus.STOPPED]
    )


def test_stop_in_the_call_ends_it(clinic: Clinic) -> None:
    line = rung(clinic)
    line.press("follow_up.stop")
    line.ends()
    desk = clinic.desk
    go_to(desk, ist(24, 12))
    assert len(desk.carrier.calls) == 1
    assert readings(desk)[0].status is AftercareStatus.STOPPED


def test_a_prescription_that_was_taken_back_is_read_to_nobody(clinic: Clinic) -> None:
    desk = lost(clinic)
    [rx] = desk.all(Prescription)
    assert clinic.prescriptions.cancel(rx.code, doctor_id=rx.doctor_id)
    desk.later(301)
    assert not desk.carrier.calls
    assert readings(desk)[0].status is AftercareStatus.STOPPED


def test_one_that_is_taken_back_while_the_phone_rings_is_not_read(clinic: Clinic) -> None:
    desk = lost(clinic)
    desk.later(301)
    [rx] = desk.all(Prescription)
    clinic.prescriptions.cancel(rx.code, doctor_id=rx.doctor_id)
    line = desk.answered()
    assert "<Hangup" in line.answer
    assert "पैरासिटामोल" not in line.answer


def test_reminders_may_be_asked_for_at_its_end(clinic: Clinic) -> None:
    line = rung(clinic)
    line.press("follow_up.here")
    read_on(line)
    line.press("rx.remind", "reminder.by_call")
    line.ends()
    kinds = {row.kind for row in clinic.desk.aftercare()}
    assert {AftercareKind.READING, AftercareKind.REMINDER} <= kinds


def test_the_doctor_and_the_board_see_what_became_of_it(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    desk = lost(clinic)
    [rx] = desk.all(Prescription)
    visit = f"/console/visit/{rx.consultation_id}"
    assert "we call the patient" in shown(clinic.signed_in().get(visit).text, "reading")[0]
    for hour, minute in ((9, 45), (10, 15), (13, 15)):
        go_to(desk, ist(23, hour, minute))
        desk.unanswered()
    assert "reached nobody" in shown(clinic.signed_in().get(visit).text, "reading")[0]
    board = clinic.signed_in("super").get("/board").text
    assert shown(board, "unread") == ["1"]
    assert "पैरासिटामोल" not in board
