"""Reminders and the question after days by text: as chosen by a key, once, until told to stop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.db.models import Aftercare, Caller, Message, Patient, Prescription
from gateway.domain.aftercare import AftercareKind, ReachedBy
from gateway.domain.states import AftercareStatus, MessageStatus
from gateway.services.ports import Ambiguous, NotSent, Placed
from gateway.services.prescription_document import Written
from gateway.services.work import Unit
from tests.console.clinic import Clinic
from tests.databases import ON_SQLITE
from tests.services.aftercare import EVERY_TIME, by_text, go_to, heard, ist, prescribed, reminder
from tests.services.data import PATIENT, TOLL_FREE
from tests.services.desk import Desk
from tests.services.line import Line
from tests.services.prescribing import medicine
from tests.services.test_inbox import kinds, text

# One database is enough: what happens at the same moment is in test_races.
pytestmark = ON_SQLITE


def reminders(desk: Desk) -> list[Message]:
    texts = [m for m in desk.messages() if m.kind.startswith("reminder_line")]
    return sorted(texts, key=lambda m: m.created_at)


def test_she_is_told_what_will_come_and_how_it_ends(clinic: Clinic) -> None:
    desk = by_text(clinic)
    [begun] = [m for m in desk.messages() if m.kind == "reminders_begin"]
    [rx] = desk.all(Prescription)
    assert rx.code in begun.body
    assert "0" in begun.body
    assert TOLL_FREE in begun.body
    assert (reminder(desk).by, reminder(desk).part) == (ReachedBy.TEXT, "noon")


def test_each_time_has_its_medicines_and_nobody_is_rung(clinic: Clinic) -> None:
    desk = by_text(clinic)
    go_to(desk, ist(23, 12, 59))
    assert not reminders(desk)
    go_to(desk, ist(23, 13))
    [noon] = reminders(desk)
    assert (noon.status, noon.phone_e164) == (MessageStatus.SENT, PATIENT)
    assert "ORAL REHYDRATION SALTS" in noon.body
    assert "दोपहर 1" in noon.body
    go_to(desk, ist(23, 20, 30))
    night = reminders(desk)[-1]
    assert "PARACETAMOL" in night.body
    assert "रात 1" in night.body
    assert "सुबह" not in night.body
    assert not desk.carrier.calls


def test_it_goes_on_to_the_last_dose_and_no_further(clinic: Clinic) -> None:
    desk = by_text(clinic)
    for at in EVERY_TIME:
        go_to(desk, max(at, desk.clock.now))
    assert len(reminders(desk)) == 5
    assert reminder(desk).status is AftercareStatus.OVER


def test_food_is_said_in_her_words_and_letters(clinic: Clinic) -> None:
    doctor_id, consultation_id = clinic.doctor(), clinic.consultation()
    pc = medicine(days=2).model_copy(update={"instructions": "after food"})
    written = Written("viral fever", "", (pc,))
    clinic.prescriptions.issue(consultation_id, written, doctor_id=doctor_id, key="0" * 32)
    desk = clinic.desk
    Line(desk, "CA1").ends()
    heard(clinic).press("rx.remind", "reminder.by_text")
    with Session(desk.engine) as db, db.begin():
        db.execute(update(Caller).values(script="roman"))
    go_to(desk, ist(23, 20, 30))
    [night] = reminders(desk)
    assert night.kind == "reminder_line_food"
    assert "raat 1, Khane ke baad." in night.body
    assert night.body.isascii()


def dies_after(desk: Desk) -> Callable[[Unit], None]:
    def act(unit: Unit) -> None:
        assert desk.sweeper._due.take_up(unit, reminder(desk).id)
        raise RuntimeError("the process dies")

    return act


def test_two_sweepers_and_a_crash_before_the_commit_send_it_once(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.clock.now = ist(23, 13)
    with pytest.raises(RuntimeError, match="dies"):
        desk.work.run(dies_after(desk))
    assert not reminders(desk)
    desk.sweep()
    desk.sweep()
    # As after a backup that knows of the text and not of the time that is past.
    with Session(desk.engine) as db, db.begin():
        db.execute(update(Aftercare).values(part="noon", due_at=ist(23, 13)))
    desk.sweep()
    desk.work_off()
    assert len(reminders(desk)) == 1


def test_one_that_cannot_be_taken_up_holds_up_no_other(clinic: Clinic) -> None:
    desk = by_text(clinic)
    with Session(desk.engine) as db, db.begin():
        mine = db.scalars(select(Aftercare).where(Aftercare.prescription_id.is_not(None))).one()
        db.add(
            # Of no prescription: a row that nobody can read.
            Aftercare(
                kind=AftercareKind.REMINDER,
                caller_id=mine.caller_id,
                patient_id=mine.patient_id,
                status=AftercareStatus.PLANNED,
                part="noon",
                due_at=ist(23, 12, 59),
                created_at=ist(23, 9),
            )
        )
    go_to(desk, ist(23, 13))
    assert len(reminders(desk)) == 1


def test_a_sweeper_that_slept_sends_nothing_late(clinic: Clinic) -> None:
    desk = by_text(clinic)
    go_to(desk, ist(23, 14, 1))
    assert not reminders(desk)
    assert (reminder(desk).part, reminder(desk).status) == ("night", AftercareStatus.PLANNED)


def test_a_carrier_that_was_away_sends_nothing_late(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.carrier.sending = NotSent("ConnectTimeout")
    go_to(desk, ist(23, 13))
    tried = len(desk.carrier.texts)
    assert tried
    desk.carrier.sending = None
    go_to(desk, ist(23, 14))
    [noon] = reminders(desk)
    assert (noon.status, noon.error_code) == (MessageStatus.FAILED, "too_late")
    assert len(desk.carrier.texts) == tried


def test_what_comes_too_late_holds_up_no_other_text(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.carrier.sending = NotSent("ConnectTimeout")
    go_to(desk, ist(23, 13))
    desk.carrier.sending = None
    desk.clock.now = ist(23, 15)
    text(desk, "help", "SM1")
    assert kinds(desk) == ["help"]
    assert desk.carrier.texts[-1][0] == PATIENT


def test_a_night_dose_is_worth_nothing_after_the_hours_close(clinic: Clinic) -> None:
    desk = by_text(clinic)
    go_to(desk, ist(23, 20, 29))
    desk.carrier.sending = NotSent("ConnectTimeout")
    go_to(desk, ist(23, 20, 30))
    desk.carrier.sending = None
    go_to(desk, ist(23, 21))
    assert [m.error_code for m in reminders(desk)] == ["too_late"]


def test_an_ambiguous_reminder_is_not_sent_twice(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.carrier.sending = Ambiguous("ReadTimeout")
    go_to(desk, ist(23, 13))
    desk.carrier.sending = None
    desk.carrier.found_text = Placed("SMx")
    sent = len(desk.carrier.texts)
    desk.later(40)
    assert len(desk.carrier.texts) == sent
    assert reminders(desk)[-1].status is MessageStatus.SENT


def test_one_that_did_not_arrive_is_neither_read_nor_sent_again(clinic: Clinic) -> None:
    desk = by_text(clinic)
    go_to(desk, ist(23, 13))
    [noon] = reminders(desk)
    desk.receipts.receive(
        noon.id, status="undelivered", error_code="30003", provider_message_id="SM"
    )
    go_to(desk, ist(23, 13, 30))
    assert not desk.carrier.calls
    assert len(reminders(desk)) == 1


def stops(desk: Desk) -> None:
    text(desk, "बंद", "SM1")
    assert kinds(desk) == ["texts_stopped"]


def sends_zero(desk: Desk) -> None:
    text(desk, "०", "SM1")
    assert kinds(desk) == ["reminders_ended"]


def wants_no_sms(desk: Desk) -> None:
    with Session(desk.engine) as db, db.begin():
        db.execute(update(Patient).values(no_sms=True))


def withdraws(desk: Desk) -> None:
    line = Line(desk, "CA10").dial()
    line.press("menu.services", "menu.privacy", "privacy.withdraw", "answer.if_yes")
    line.ends()


@pytest.mark.parametrize("says", [stops, sends_zero, wants_no_sms, withdraws])
def test_none_comes_any_more_when_she_says_so(clinic: Clinic, says: Callable[[Desk], None]) -> None:
    desk = by_text(clinic)
    says(desk)
    go_to(desk, ist(23, 13))
    go_to(desk, ist(23, 20, 30))
    assert not reminders(desk)
    assert not desk.carrier.calls
    assert reminder(desk).status is AftercareStatus.STOPPED


def test_what_is_queued_when_she_ends_it_is_not_sent(clinic: Clinic) -> None:
    desk = by_text(clinic)
    desk.clock.now = ist(23, 13)
    desk.sweep()
    desk.queue.hints.clear()
    sends_zero(desk)
    assert [(m.status, m.error_code) for m in reminders(desk)] == [
        (MessageStatus.FAILED, "stopped")
    ]


def test_start_brings_no_reminders_back_but_a_key_does(clinic: Clinic) -> None:
    desk = by_text(clinic)
    stops(desk)
    line = heard(clinic, "CA10")
    # Whoever wants no texts is offered none, and nothing is asked of her.
    line.press("rx.remind")
    assert "<Hangup" in line.answer
    line.ends()
    assert reminder(desk).by is ReachedBy.CALL
    heard(clinic, "CA11").press("reminder.stop")
    text(desk, "start", "SM2")
    go_to(desk, ist(23, 13))
    assert not reminders(desk)
    heard(clinic, "CA12").press("rx.remind", "reminder.by_text")
    go_to(desk, ist(23, 20, 30))
    assert len(reminders(desk)) == 1


def test_a_key_ends_them_where_the_prescription_is_heard(clinic: Clinic) -> None:
    desk = by_text(clinic)
    line = heard(clinic, "CA10")
    line.press("reminder.stop")
    line.ends()
    go_to(desk, ist(23, 13))
    assert not reminders(desk)
    assert reminder(desk).status is AftercareStatus.STOPPED


def test_a_silence_at_how_is_a_call(clinic: Clinic) -> None:
    prescribed(clinic)
    Line(clinic.desk, "CA1").ends()
    line = heard(clinic)
    line.press("rx.remind")
    while "/turn/" in line.answer:
        line.wait()
    assert reminder(clinic.desk).by is ReachedBy.CALL


def test_a_prescription_that_is_taken_back_ends_them_with_what_is_queued(clinic: Clinic) -> None:
    desk = by_text(clinic)
    [rx] = desk.all(Prescription)
    # The last of them: it is queued, and no reminder is planned any more.
    with Session(desk.engine) as db, db.begin():
        db.execute(
            update(Aftercare)
            .where(Aftercare.kind == AftercareKind.REMINDER)
            .values(part="night", due_at=ist(24, 20, 30))
        )
    desk.clock.now = ist(24, 20, 30)
    desk.sweep()
    assert reminder(desk).status is AftercareStatus.OVER
    assert clinic.prescriptions.cancel(rx.code, doctor_id=rx.doctor_id)
    desk.work_off()
    assert [m.status for m in reminders(desk)] == [MessageStatus.FAILED]


def test_what_cannot_be_written_is_rung(clinic: Clinic) -> None:
    desk = by_text(clinic)
    with Session(desk.engine) as db, db.begin():
        db.execute(update(Caller).values(language="xx"))
    go_to(desk, ist(23, 13))
    assert not reminders(desk)
    assert [phone for phone, _ in desk.carrier.calls] == [PATIENT]
    assert desk.outbound()[-1].flow == "reminder"


# The question after days
