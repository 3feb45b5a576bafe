"""What the sweeper takes up, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NoReturn

import pytest
from redis import Redis
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from gateway.db.models import Offer, Ticket
from gateway.domain.states import DoctorStatus, MessageStatus, OfferStatus
from gateway.jobs import RqHints
from gateway.services import aftercare, sweep, tallies
from gateway.services.stranded import free_doctor
from gateway.services.work import Job, QueueUnreachableError, Unit
from tests.domain.order_file import ORDER
from tests.services.data import DOCTOR
from tests.services.desk import Desk
from tests.services.line import Line, to_the_talk, to_the_token, whispered
from tests.services.test_pauses import PATIENTS, offered
from tests.services.test_placing import missed


def test_a_doctor_whose_offer_was_made_after_the_first_look_stays_engaged(desk: Desk) -> None:
    doctor_id = desk.doctor()
    offered(desk, PATIENTS[0])
    with desk.work.begin() as unit:
        assert not free_doctor(unit, doctor_id)
    assert desk.doctors()[0].status is DoctorStatus.ENGAGED


def test_a_doctor_without_a_live_offer_is_freed(desk: Desk) -> None:
    desk.doctor()
    offered(desk, PATIENTS[0])
    with desk.work.begin() as unit:
        unit.change(update(Offer).values(status=OfferStatus.EXPIRED))
    assert desk.sweep().doctors == 1
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_a_doctor_who_went_off_duty_after_the_first_look_is_not_put_on_it(desk: Desk) -> None:
    doctor_id = desk.doctor()
    assert desk.rota.go_off_duty(doctor_id)
    with desk.work.begin() as unit:
        assert not free_doctor(unit, doctor_id)
    assert desk.doctors()[0].status is DoctorStatus.OFF_DUTY


def test_the_queue_of_a_stopped_worker_does_not_grow_with_every_sweep(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 3)
    for number in PATIENTS:
        to_the_token(Line(desk, f"CA{number}", number))
    desk.queue.hints.clear()
    for _ in range(6):
        desk.sweep()
    assert [job for job, _ in desk.queue.hints].count(Job.SEND_MESSAGES) == 1
    assert len(desk.queue.hints) == 4  # the others look for whoever is next
    for _ in range(3):
        desk.work_off()
        desk.sweep()
    assert MessageStatus.QUEUED not in {message.status for message in desk.messages()}


def test_a_queue_that_does_not_answer_is_hinted_to_all_the_same(desk: Desk) -> None:
    to_the_token(Line(desk, "CA1", PATIENTS[0]))
    desk.queue.broken = True
    assert desk.sweep().messages == 1


def test_hints_that_wait_are_counted_by_their_purpose(valkey_url: str) -> None:
    hints = RqHints(Redis.from_url(valkey_url))
    texts, speech = hints.waiting(Job.SEND_MESSAGES), hints.waiting(Job.TRANSCRIBE)
    hints.enqueue(Job.SEND_MESSAGES, "m1")
    assert hints.waiting(Job.SEND_MESSAGES) == texts + 1
    assert hints.waiting(Job.TRANSCRIBE) == speech


def test_hints_of_a_queue_that_is_gone_cannot_be_counted() -> None:
    with pytest.raises(QueueUnreachableError):
        RqHints(Redis(port=1)).waiting(Job.SEND_MESSAGES)


def broken(*_: object, **__: object) -> NoReturn:
    raise ValueError("what nobody expected")


def test_what_cannot_be_taken_up_holds_up_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A carrier's answer that cannot be read, a row that cannot be rendered."""
    missed(desk)
    desk.later(5)
    desk.doctor()
    offered(desk, PATIENTS[0])
    monkeypatch.setattr(desk.carrier, "has_ended", broken)
    monkeypatch.setattr(aftercare, "plan_follow_ups", broken)
    desk.clock.forward(600)
    desk.queue.hints.clear()
    swept = desk.sweep()
    assert (swept.offers, desk.doctors()[0].status) == (1, DoctorStatus.AVAILABLE)
    assert (Job.DISPATCH, "") in desk.queue.hints
    told = [vars(record)["what"] for record in caplog.records if record.msg == "not_taken_up"]
    assert {name.rpartition(".")[2] for name in told} >= {"look", "broken"}


def test_without_the_database_a_sweep_fails_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_route(*_: object) -> NoReturn:
        raise OperationalError("", {}, OSError("no route"))

    def goes_away(unit: Unit) -> NoReturn:
        event.listen(desk.engine, "do_connect", no_route)
        desk.engine.dispose()
        raise OperationalError("SELECT 1", {}, OSError("connection reset"))

    monkeypatch.setattr(tallies, "fold", goes_away)
    monkeypatch.setattr(sweep, "forget_old_tries", broken)
    try:
        with pytest.raises(OperationalError, match="connection reset"):
            desk.sweep()
    finally:
        event.remove(desk.engine, "do_connect", no_route)
    # What stands after it in the round was not begun.
    assert "not_taken_up" not in {record.msg for record in caplog.records}


# An OperationalError of the driver at each change of this one row.
_BREAK_ROW: Final = {
    "sqlite": [
        "CREATE TRIGGER broken BEFORE UPDATE ON offers WHEN NEW.id = '{id}'"
        " BEGIN SELECT abs(-9223372036854775807 - 1); END"
    ],
    "postgresql": [
        "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'query_canceled'; END $$",
        "CREATE TRIGGER broken BEFORE UPDATE ON offers FOR EACH ROW"
        " WHEN (NEW.id = '{id}') EXECUTE FUNCTION broken()",
    ],
}
_MEND_ROW: Final = {
    "sqlite": "DROP TRIGGER broken",
    "postgresql": "DROP FUNCTION broken CASCADE",
}


def test_a_row_at_which_the_database_fails_holds_up_no_other(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    for number, phone in zip(PATIENTS[:2], (DOCTOR, "+919800000055"), strict=True):
        desk.doctor(phone)
        offered(desk, number)
    stays, goes = sorted(offer.id for offer in desk.offers())
    desk.clock.forward(600)
    dialect = desk.engine.dialect.name
    with desk.engine.begin() as connection:
        for statement in _BREAK_ROW[dialect]:
            connection.exec_driver_sql(statement.format(id=stays))
    try:
        assert desk.sweep().offers == 1
    finally:
        with desk.engine.begin() as connection:
            connection.exec_driver_sql(_MEND_ROW[dialect])
    ended = {offer.id: offer.status for offer in desk.offers()}
    assert ended[goes] in {OfferStatus.EXPIRED, OfferStatus.NO_ANSWER}
    assert ended[stays] not in {OfferStatus.EXPIRED, OfferStatus.NO_ANSWER}
    told = [vars(record) for record in caplog.records if record.msg == "not_taken_up"]
    assert {record["which"] for record in told} == {stays}
    assert isinstance(told[0]["exc_info"][1], OperationalError)
    # The next sweep finds it anew.
    assert desk.sweep().offers == 1


def test_a_talk_without_a_line_is_ended_by_its_lease(desk: Desk) -> None:
    desk.doctor()
    line = offered(desk, PATIENTS[0])
    whispered(line).press("offer.accept")
    with desk.work.begin() as unit:
        unit.change(update(Ticket).values(call_id=None))
    desk.clock.forward(ORDER.talk.longest.total_seconds())
    desk.sweep()
    assert [offer.status for offer in desk.offers()] == [OfferStatus.ENDED]
    assert desk.doctors()[0].status is DoctorStatus.WRAP_UP


def test_whose_wrap_up_ends_is_given_her_next_patient_before_the_next_sweep(desk: Desk) -> None:
    desk.doctor()
    talked, waits = Line(desk, "CA1", PATIENTS[0]), Line(desk, "CA2", PATIENTS[1])
    to_the_token(talked)
    to_the_talk(desk, talked)
    to_the_token(waits)
    waits.wait()
    desk.work_off()
    [doctor] = desk.doctors()
    assert doctor.resumes_at is not None
    desk.clock.now = doctor.resumes_at - timedelta(milliseconds=1)
    desk.sweeper.wake()
    assert not desk.queue.hints
    desk.clock.now = doctor.resumes_at
    desk.sweeper.wake()
    desk.work_off()
    assert desk.carrier.redirects[-1][0] == waits.sid
    assert desk.doctors()[0].status is DoctorStatus.ENGAGED
