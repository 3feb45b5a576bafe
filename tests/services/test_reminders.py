"""Reminders by call: at each time with its medicines, tried soon or not at all, to the last one."""

from __future__ import annotations

from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import AftercareStatus
from gateway.services.prescription_document import Written
from tests.console.clinic import Clinic
from tests.services.aftercare import EVERY_TIME, KEY, go_to, ist, prescribed, reminded
from tests.services.line import Line
from tests.services.prescribing import medicine


def test_reminders_ring_at_each_time_with_the_medicines_of_that_time(clinic: Clinic) -> None:
    desk = clinic.desk
    reminded(clinic)
    [row] = [r for r in desk.aftercare() if r.kind is AftercareKind.REMINDER]
    assert (row.part, row.due_at) == ("noon", ist(23, 13))
    go_to(desk, ist(23, 13))
    noon = desk.answered("CAr1")
    assert "पैरासिटामोल" not in noon.press("reminder.hear")
    noon.wait()
    noon.press("answer.if_yes")
    noon.ends()
    go_to(desk, ist(23, 20, 30))
    night = desk.answered("CAr2")
    said = night.press("reminder.hear")
    assert "पैरासिटामोल" in said
    assert "सुबह" not in said
    night.ends()
    assert desk.events().count("aftercare:planned") == 2  # each time that is past leads to the next
    # Whoever picked up is not rung for the same medicine again.
    go_to(desk, ist(23, 20, 45))
    assert len(desk.carrier.calls) == 2
    assert "aftercare:taken" in desk.events()


def test_reminders_end_with_the_last_medicine(clinic: Clinic) -> None:
    desk = clinic.desk
    reminded(clinic)
    sid = 0
    for at in EVERY_TIME:
        calls = len(desk.carrier.calls)
        go_to(desk, max(at, desk.clock.now))
        if len(desk.carrier.calls) > calls and desk.outbound()[-1].flow == "reminder":
            sid += 1
            line = desk.answered(f"CAr{sid}")
            line.ends()
    assert sid == 5
    [row] = [r for r in desk.aftercare() if r.kind is AftercareKind.REMINDER]
    assert row.status is AftercareStatus.OVER


def test_a_missed_reminder_is_tried_soon_or_not_at_all(clinic: Clinic) -> None:
    desk = clinic.desk
    reminded(clinic)
    for minute in (0, 10, 25):
        go_to(desk, ist(23, 13, minute))
        desk.unanswered()
    go_to(desk, ist(23, 14))
    assert len(desk.carrier.calls) == 3
    [row] = [r for r in desk.aftercare() if r.kind is AftercareKind.REMINDER]
    assert (row.status, row.part, row.attempts) == (AftercareStatus.PLANNED, "night", 0)


def test_a_reminder_that_would_come_too_late_in_the_day_is_not_tried_again(
    clinic: Clinic,
) -> None:
    desk = clinic.desk
    reminded(clinic)
    go_to(desk, ist(23, 13))
    desk.answered("CAr1").ends()
    go_to(desk, ist(23, 20, 50))
    desk.unanswered()
    go_to(desk, ist(23, 21))
    assert len(desk.carrier.calls) == 2
    [row] = [r for r in desk.aftercare() if r.kind is AftercareKind.REMINDER]
    assert (row.status, row.part, row.due_at) == (AftercareStatus.PLANNED, "morning", ist(24, 8))


def test_a_reminder_that_is_hours_late_is_not_made(clinic: Clinic) -> None:
    desk = clinic.desk
    reminded(clinic)
    go_to(desk, ist(23, 15))
    assert not desk.carrier.calls


def test_stop_in_a_reminder_ends_the_reminders_and_they_can_be_asked_for_again(
    clinic: Clinic,
) -> None:
    desk = clinic.desk
    reminded(clinic)
    go_to(desk, ist(23, 13))
    line = desk.answered("CAr1")
    line.press("reminder.stop")
    line.ends()
    go_to(desk, ist(23, 20, 30))
    assert len(desk.carrier.calls) == 1
    again = Line(desk, "CA10").dial()
    again.press("menu.services", "menu.prescription")
    again.pick()
    while again.at == "prescription/line":
        again.wait()
    again.press("rx.remind", "reminder.by_call")
    again.ends()
    go_to(desk, ist(24, 8))
    assert len(desk.carrier.calls) == 2


def test_a_prescription_that_runs_out_offers_no_reminder(clinic: Clinic) -> None:
    prescribed(clinic, days=1)
    clinic.desk.clock.now = ist(25, 9)
    line = Line(clinic.desk, "CA9").dial()
    line.press("menu.services", "menu.prescription")
    line.pick()
    while line.at == "prescription/line":
        line.wait()
    assert line.at == "prescription/after"


def test_the_doctors_own_day_stands_before_the_usual_one(clinic: Clinic) -> None:
    desk = clinic.desk
    prescribed(clinic, review_days=7)
    Line(desk, "CA1").ends()
    desk.later(60)
    [row] = desk.aftercare()
    assert row.due_at == ist(30, 10)


def test_a_day_that_the_doctor_names_later_plans_anew(clinic: Clinic) -> None:
    desk, doctor_id = clinic.desk, clinic.doctor()
    consultation_id = clinic.consultation()
    desk.later(60)
    assert desk.aftercare()[0].due_at == ist(26, 10)
    written = Written("viral fever", "", (medicine(),), review_days=5)
    clinic.prescriptions.issue(consultation_id, written, doctor_id=doctor_id, key=KEY)
    desk.later(60)
    assert [row.due_at for row in desk.aftercare()] == [ist(28, 10)]
