"""That a prescription was taken back is said by a call, when the text that says so is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Aftercare, Caller, Patient, Prescription
from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import AftercareStatus
from tests.console.clinic import Clinic, shown
from tests.databases import ON_SQLITE
from tests.services.aftercare import go_to, ist, prescribed
from tests.services.data import PATIENT, day_in_hindi
from tests.services.desk import Desk
from tests.services.line import Line

# One database is enough: what happens at the same moment is in test_races.
pytestmark = ON_SQLITE


def taken_back(clinic: Clinic) -> Desk:
    """A prescription on Monday morning whose texts arrived; then it was taken back."""
    desk = clinic.desk
    prescribed(clinic)
    Line(desk, "CA1").ends()
    desk.work_off()
    [rx] = desk.all(Prescription)
    assert clinic.prescriptions.cancel(rx.code, doctor_id=rx.doctor_id)
    desk.work_off()
    return desk


def tell(desk: Desk, status: str) -> None:
    """What the carrier tells of the text that says so."""
    [message] = [m for m in desk.messages() if m.kind == "prescription_cancelled"]
    desk.receipts.receive(message.id, status=status, error_code="", provider_message_id="SM")
    desk.later(1)


def lost(clinic: Clinic) -> Desk:
    desk = taken_back(clinic)
    tell(desk, "undelivered")
    return desk


def row_of(desk: Desk) -> Aftercare:
    [row] = [row for row in desk.aftercare() if row.kind is AftercareKind.CANCELLED]
    return row


def rung(clinic: Clinic) -> Line:
    desk = lost(clinic)
    desk.later(301)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    return desk.answered()


def test_its_day_and_code_are_said_to_whoever_says_she_is_there_and_to_nobody_before(
    clinic: Clinic,
) -> None:
    line = rung(clinic)
    assert line.at == "cancelled/greet"
    assert "रद्द" not in line.answer
    line.press("follow_up.here")
    assert "रद्द" in line.answer
    assert day_in_hindi(ist(23, 9).date()) in line.answer
    line.wait()
    assert row_of(clinic.desk).status is AftercareStatus.DONE
    line.ends()
    desk = clinic.desk
    go_to(desk, ist(23, 18))
    assert len(desk.carrier.calls) == 1


def test_she_may_come_to_a_doctor_at_once(clinic: Clinic) -> None:
    line = rung(clinic)
    line.press("follow_up.here")
    line.wait()
    line.press("menu.doctor")
    assert line.at.startswith("complaint/")


def test_a_line_that_drops_before_its_end_is_called_again(clinic: Clinic) -> None:
    line = rung(clinic)
    line.press("follow_up.here")
    line.ends()
    desk = clinic.desk
    assert row_of(desk).status is AftercareStatus.PLANNED
    desk.later(30 * 60)
    assert len(desk.carrier.calls) == 2


def test_a_text_that_arrived_needs_no_call(clinic: Clinic) -> None:
    desk = taken_back(clinic)
    tell(desk, "delivered")
    desk.later(600)
    assert not desk.carrier.calls


def test_three_calls_that_reach_nobody_are_shown_on_the_board(clinic: Clinic) -> None:
    desk = lost(clinic)
    for hour, minute in ((9, 45), (10, 15), (13, 15)):
        go_to(desk, ist(23, hour, minute))
        desk.unanswered()
    go_to(desk, ist(24, 12))
    assert len(desk.carrier.calls) == 3
    assert row_of(desk).status is AftercareStatus.OVER


def test_at_night_it_waits_for_the_morning(clinic: Clinic) -> None:
    desk = lost(clinic)
    go_to(desk, ist(23, 23))
    assert not desk.carrier.calls
    go_to(desk, ist(24, 7))
    assert len(desk.carrier.calls) == 1


def test_it_is_planned_once(clinic: Clinic) -> None:
    desk = lost(clinic)
    for _ in range(3):
        tell(desk, "undelivered")
    assert row_of(desk).status is AftercareStatus.PLANNED


@pytest.mark.parametrize("why", ["no_calls", "texts_stopped_at", "withdrawn_at", "no_sms"])
def test_whoever_wants_no_reminders_or_texts_is_told_all_the_same(clinic: Clinic, why: str) -> None:
    """Only who took her consent back, or wants nothing sent of herself, is left alone."""
    desk = taken_back(clinic)
    with Session(desk.engine) as db, db.begin():
        if why == "no_sms":
            db.execute(update(Patient).values(no_sms=True))
        else:
            at = True if why == "no_calls" else desk.clock.now
            db.execute(update(Caller).values({why: at}))
    tell(desk, "undelivered")
    desk.later(301)
    called = ["cancelled"] if why in {"no_calls", "texts_stopped_at"} else []
    assert [call.flow for call in desk.outbound()] == called


def test_whoever_stopped_the_texts_before_and_may_have_heard_it_is_called(clinic: Clinic) -> None:
    desk = clinic.desk
    prescribed(clinic)
    Line(desk, "CA1").ends()
    with Session(desk.engine) as db, db.begin():
        db.execute(update(Caller).values(texts_stopped_at=desk.clock.now))
    [rx] = desk.all(Prescription)
    clinic.prescriptions.cancel(rx.code, doctor_id=rx.doctor_id)
    desk.later(301)
    assert [call.flow for call in desk.outbound()] == ["cancelled"]


def test_a_reading_that_was_planned_gives_way_to_it(clinic: Clinic) -> None:
    desk = clinic.desk
    prescribed(clinic)
    Line(desk, "CA1").ends()
    desk.work_off()
    first = next(m for m in desk.messages() if m.kind == "prescription_head")
    desk.receipts.receive(first.id, status="undelivered", error_code="", provider_message_id="S")
    desk.later(1)
    [rx] = desk.all(Prescription)
    clinic.prescriptions.cancel(rx.code, doctor_id=rx.doctor_id)
    desk.work_off()
    tell(desk, "failed")
    desk.later(301)
    assert [call.flow for call in desk.outbound()] == ["cancelled"]


def test_the_doctor_sees_what_became_of_it(clinic: Clinic) -> None:
    desk = lost(clinic)
    [rx] = desk.all(Prescription)
    visit = f"/console/visit/{rx.consultation_id}"
    assert "we call her" in shown(clinic.signed_in().get(visit).text, "reading")[0]
