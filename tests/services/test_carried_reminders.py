"""A prescription is replaced: whoever is reminded of the old one is reminded of the new one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db.models import Aftercare, Prescription
from gateway.domain.aftercare import AftercareKind, ReachedBy
from gateway.domain.draft import MedicineDraft
from gateway.domain.states import AftercareStatus, MessageStatus
from gateway.services.issuing import Issued
from gateway.services.ports import NotSent
from gateway.services.prescription_document import Written
from gateway.services.prescriptions import id_of
from gateway.services.work import Unit
from tests.console.clinic import Clinic
from tests.databases import ON_SQLITE
from tests.services.aftercare import by_text, go_to, ist, reminded
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.prescribing import medicine
from tests.services.test_inbox import kinds, text
from tests.services.test_text_reminders import reminders, sends_zero, stops, wants_no_sms, withdraws

# One database is enough: what happens at the same moment is in test_races.
pytestmark = ON_SQLITE

# Instead of paracetamol in the morning and at night, and ORS at noon.
ZINC = medicine("zinc sulphate", strength="20 mg", dose="0-0-1", days=3)
BEGIN = "reminders_begin"
AS_NEEDED = medicine("zinc sulphate", strength="20 mg", dose="1 sos 1/day", days=3)


def newest(desk: Desk) -> Prescription:
    """The prescription that no other one takes the place of."""
    rows = desk.all(Prescription)
    replaced = {row.replaces_id for row in rows}
    [last] = [row for row in rows if row.id not in replaced]
    return last


def replace(
    clinic: Clinic, *medicines: MedicineDraft, key: str = "1", code: str = ""
) -> Prescription:
    """Put another in the place of the newest, or of that code."""
    old = newest(clinic.desk)
    written = Written("viral fever", "", medicines or (ZINC,), replaces=code or old.code)
    done = clinic.prescriptions.issue(
        old.consultation_id, written, doctor_id=old.doctor_id, key=key * 32
    )
    assert isinstance(done, Issued)
    clinic.desk.work_off()
    return clinic.desk.one(Prescription, id_of(old.consultation_id, key * 32))


def reminders_by_prescription(desk: Desk) -> dict[str | None, Aftercare]:
    rows = [row for row in desk.aftercare() if row.kind is AftercareKind.REMINDER]
    by_prescription = {row.prescription_id: row for row in rows}
    assert len(by_prescription) == len(rows)
    return by_prescription


def begun(desk: Desk) -> list[str]:
    rows = [m for m in desk.messages() if m.kind == BEGIN]
    return [m.body for m in sorted(rows, key=lambda m: m.created_at)]


def test_she_is_reminded_of_the_new_medicines_at_their_times_and_of_no_other(
    clinic: Clinic,
) -> None:
    desk = by_text(clinic)
    old = newest(desk)
    new = replace(clinic)
    rows = reminders_by_prescription(desk)
    assert rows[old.id].status is AftercareStatus.STOPPED
    assert (rows[new.id].by, rows[new.id].caller_id) == (ReachedBy.TEXT, rows[old.id].caller_id)
    assert new.code in begun(desk)[-1]
    go_to(desk, ist(23, 13))
    assert not reminders(desk)
    go_to(desk, ist(23, 20, 30))
    [night] = reminders(desk)
    assert (night.status, night.phone_e164) == (MessageStatus.SENT, PATIENT)
    assert "ZINC" in night.body
    assert new.code in night.body
    for day in (24, 25, 26):
        for at in ((8,), (13,), (20, 30)):
            go_to(desk, ist(day, *at))
    assert len(reminders(desk)) == 3
    assert reminders_by_prescription(desk)[new.id].status is AftercareStatus.OVER


def test_whoever_is_rung_is_rung_for_the_new_ones(clinic: Clinic) -> None:
    reminded(clinic)
    desk = clinic.desk
    replace(clinic)
    go_to(desk, ist(23, 13))
    assert not desk.carrier.calls
    go_to(desk, ist(23, 20, 30))
    night = desk.answered("CAr1")
    assert "ज़िंक" in night.press("reminder.hear")
    assert not begun(desk)


def test_what_is_queued_of_the_old_one_is_not_sent_and_comes_once_of_the_new(
    clinic: Clinic,
) -> None:
    desk = by_text(clinic)
    desk.clock.now = ist(23, 13)
    desk.sweep()
    desk.queue.hints.clear()
    assert [m.status for m in reminders(desk)] == [MessageStatus.QUEUED]
    replace(clinic, medicine(days=2))
    go_to(desk, ist(23, 13, 10))
    assert [(m.status, m.error_code) for m in reminders(desk)] == [
        (MessageStatus.FAILED, "stopped")
    ]
    go_to(desk, ist(23, 20, 30))
    go_to(desk, ist(23, 20, 40))
    assert [m.status for m in reminders(desk)][1:] == [MessageStatus.SENT]


def test_what_will_come_is_told_after_what_is_prescribed(clinic: Clinic) -> None:
    desk = by_text(clinic)
    sent = len(desk.carrier.texts)
    new = replace(clinic)
    told = [body for _, body, _ in desk.carrier.texts[sent:]]
    assert told[-1] == begun(desk)[-1]
    assert len([body for body in told if new.code in body]) == 2  # its first text, and this


def test_what_would_have_come_is_not_told_of_one_that_is_replaced_before(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.carrier.sending = NotSent("ConnectTimeout")
    second = replace(clinic)
    desk.carrier.sending = None
    third = replace(clinic, key="2")
    go_to(desk, ist(23, 10))
    told = {m.purpose_key.split(":")[1]: m.status for m in desk.messages() if m.kind == BEGIN}
    assert told[second.id] is MessageStatus.FAILED
    assert told[third.id] is MessageStatus.SENT


def test_replaced_twice_she_is_reminded_of_the_last_alone(clinic: Clinic) -> None:
    desk = by_text(clinic)
    old, second = newest(desk), replace(clinic)
    third = replace(clinic, medicine(days=3), key="2")
    statuses = {key: row.status for key, row in reminders_by_prescription(desk).items()}
    assert statuses == {
        old.id: AftercareStatus.STOPPED,
        second.id: AftercareStatus.STOPPED,
        third.id: AftercareStatus.PLANNED,
    }
    go_to(desk, ist(23, 20, 30))
    assert ["PARACETAMOL" in m.body for m in reminders(desk)] == [True]


def test_a_form_that_is_sent_twice_tells_it_once(clinic: Clinic) -> None:
    desk = by_text(clinic)
    code = newest(desk).code
    new = replace(clinic, code=code)
    replace(clinic, code=code)
    assert len(begun(desk)) == 2  # of the old one, and of the new one
    assert reminders_by_prescription(desk)[new.id].status is AftercareStatus.PLANNED


@pytest.mark.parametrize("says", [stops, sends_zero, wants_no_sms, withdraws])
def test_whoever_ended_them_is_not_reminded_of_the_new_one(
    clinic: Clinic, says: Callable[[Desk], None]
) -> None:
    desk = by_text(clinic)
    says(desk)
    new = replace(clinic)
    go_to(desk, ist(23, 20, 30))
    assert new.id not in reminders_by_prescription(desk)
    assert not reminders(desk)
    assert len(begun(desk)) == 1
    assert "reminder" not in {call.flow for call in desk.outbound()}


@pytest.mark.parametrize("says", [stops, sends_zero, wants_no_sms, withdraws])
def test_the_new_ones_end_as_the_old_ones_would(
    clinic: Clinic, says: Callable[[Desk], None]
) -> None:
    desk = by_text(clinic)
    new = replace(clinic)
    says(desk)
    go_to(desk, ist(23, 20, 30))
    assert not reminders(desk)
    assert reminders_by_prescription(desk)[new.id].status is AftercareStatus.STOPPED


def test_between_two_replacements_a_zero_ends_them_for_good(clinic: Clinic) -> None:
    desk = by_text(clinic)
    replace(clinic)
    text(desk, "0", "SM1")
    assert kinds(desk) == ["reminders_ended"]
    replace(clinic, key="2")
    go_to(desk, ist(23, 20, 30))
    assert not reminders(desk)


def test_one_that_was_taken_back_hands_no_reminders_on(clinic: Clinic) -> None:
    desk = by_text(clinic)
    old = newest(desk)
    assert clinic.prescriptions.cancel(old.code, doctor_id=old.doctor_id)
    written = Written("viral fever", "", (ZINC,))
    done = clinic.prescriptions.issue(
        old.consultation_id, written, doctor_id=old.doctor_id, key="1" * 32
    )
    assert isinstance(done, Issued)
    assert done.code != old.code
    assert {*reminders_by_prescription(desk)} <= {old.id}


def test_a_new_one_that_is_taken_back_ends_them(clinic: Clinic) -> None:
    desk = by_text(clinic)
    new = replace(clinic)
    assert clinic.prescriptions.cancel(new.code, doctor_id=new.doctor_id)
    go_to(desk, ist(23, 20, 30))
    assert not reminders(desk)


def test_nothing_is_promised_where_the_new_one_has_no_times(clinic: Clinic) -> None:
    desk = by_text(clinic)
    new = replace(clinic, AS_NEEDED)
    assert new.id not in reminders_by_prescription(desk)
    assert len(begun(desk)) == 1


def test_whoever_never_asked_is_not_reminded(clinic: Clinic) -> None:
    desk = by_text(clinic)
    with Session(desk.engine) as db, db.begin():
        db.query(Aftercare).filter(Aftercare.kind == AftercareKind.REMINDER).delete()
    replace(clinic)
    assert not reminders_by_prescription(desk)


def test_reminders_that_came_to_their_last_dose_go_on_with_a_longer_course(
    clinic: Clinic,
) -> None:
    desk = by_text(clinic)
    with Session(desk.engine) as db, db.begin():
        is_reminder = Aftercare.kind == AftercareKind.REMINDER
        db.execute(update(Aftercare).where(is_reminder).values(status=AftercareStatus.OVER))
    new = replace(clinic)
    assert reminders_by_prescription(desk)[new.id].status is AftercareStatus.PLANNED


def test_a_crash_before_the_commit_leaves_the_old_ones_as_they_were(clinic: Clinic) -> None:
    desk = by_text(clinic)
    old = newest(desk)
    written = Written("viral fever", "", (ZINC,), replaces=old.code)

    def dies(unit: Unit) -> None:
        issued = clinic.prescriptions.issue_in(
            unit, old.consultation_id, written, doctor_id=old.doctor_id, key="1" * 32
        )
        assert isinstance(issued, Issued)
        raise RuntimeError("the process dies")

    with pytest.raises(RuntimeError, match="dies"):
        desk.work.run(dies)
    go_to(desk, ist(23, 13))
    [noon] = reminders(desk)
    assert old.code in noon.body
    assert len(begun(desk)) == 1
