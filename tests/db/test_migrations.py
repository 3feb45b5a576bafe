"""The schema: migrations up and down, and models that agree with them, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.db import migrate
from gateway.db.crypto import EncryptedText, Keyring, generate_key
from gateway.db.models import (
    Aftercare,
    Base,
    Call,
    Caller,
    DoctorPhone,
    Event,
    Opening,
    Patient,
    Ticket,
    Turn,
)
from gateway.db.session import open_engine
from gateway.domain.aftercare import AftercareKind, ReachedBy
from gateway.domain.states import AftercareStatus, Presence, TicketStatus

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


# A doctor as she stood when she had one telephone.
OLD_DOCTOR = text(
    "INSERT INTO doctors (id, name, qualification, registration_number, phone_e164, phone_hash,"
    " languages, status, unanswered_in_a_row, created_at) VALUES"
    " (:id, :phone, 'MBBS', 'MH-1', :phone, :hash, '[]', 'off_duty', 0, '2026-11-23 04:00:00')"
)


def _caller(phone: str = "+919800000001", phone_hash: str = "h") -> Caller:
    return Caller(phone_e164=phone, phone_hash=phone_hash, created_at=NOW)


def _ticket(patient_id: str, caller_id: str) -> Ticket:
    return Ticket(
        patient_id=patient_id,
        caller_id=caller_id,
        language="hi",
        urgency="red",
        urgency_rank=0,
        complaint={},
        status=TicketStatus.WAITING,
        presence=Presence.HELPLINE,
        turn_at=NOW,
        joined_at=NOW,
        seen_at=NOW,
    )


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_schema_goes_down_and_up_again_with_data_in_it(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        db.add(_caller())
    migrate.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    assert not migrate.is_current(engine)
    migrate.upgrade(engine)
    assert migrate.is_current(engine)


def test_a_household_and_its_ticket_outlive_the_rebuilding_of_their_tables(engine: Engine) -> None:
    caller, patient = _caller(), Patient(slot=1, sex="unknown", born_on=None, created_at=NOW)
    with Session(engine) as db, db.begin():
        db.add(caller)
        db.flush()
        patient.caller_id = caller.id
        db.add(patient)
        db.flush()
        db.add(_ticket(patient.id, caller.id))
    migrate.downgrade(engine, "0001")
    with engine.connect() as connection:
        born_on = connection.scalar(text("SELECT born_on FROM patients"))
        presence = connection.scalar(text("SELECT presence FROM tickets"))
    assert (str(born_on), presence) == ("2026-11-23", "arriving")
    migrate.upgrade(engine)
    with Session(engine) as db, db.begin():
        assert db.query(Ticket).one().patient_id == db.query(Patient).one().id
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(text("DELETE FROM patients"))


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    migrate.upgrade(engine)
    assert migrate.is_current(engine)


def test_a_number_is_unreadable_in_the_table_and_readable_through_the_model(
    engine: Engine,
) -> None:
    with Session(engine) as db, db.begin():
        db.add(_caller())
    with engine.connect() as connection:
        raw = connection.scalar(text("SELECT phone_e164 FROM callers"))
    assert b"9800000001" not in bytes(raw)
    with Session(engine) as db:
        assert db.query(Caller).one().phone_e164 == "+919800000001"


def test_a_number_cannot_be_read_with_another_key(database_url: str, engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        db.add(_caller())
    other = open_engine(database_url, keyring=Keyring.parse(generate_key()))
    with Session(other) as db, pytest.raises(Exception, match="key"):
        db.query(Caller).one()
    other.dispose()


def test_one_number_is_one_caller(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        db.add(_caller())
    with pytest.raises(IntegrityError), Session(engine) as db, db.begin():
        db.add(_caller())


def test_times_come_back_aware_and_naive_ones_are_refused(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        db.add(_caller())
    with Session(engine) as db:
        assert db.query(Caller).one().created_at == NOW
    naive = _caller(phone_hash="other")
    naive.created_at = datetime(2026, 11, 23, 4, 0)  # noqa: DTZ001  # the error that is tested
    with pytest.raises(Exception, match="naive"), Session(engine) as db, db.begin():
        db.add(naive)


def test_sqlite_runs_with_wal_foreign_keys_and_a_busy_timeout(
    sqlite_url: str, keyring: Keyring
) -> None:
    engine = open_engine(sqlite_url, keyring=keyring)
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
    engine.dispose()


def test_a_doctors_number_becomes_her_first_telephone_and_is_hers_again_on_the_way_back(
    engine: Engine,
) -> None:
    migrate.downgrade(engine, "0022")
    sealed = EncryptedText("doctors.phone_e164").process_bind_param("+919800000002", engine.dialect)
    doctor = {"id": "d1", "phone": sealed, "hash": "h1"}
    with engine.begin() as connection:
        connection.execute(OLD_DOCTOR, doctor)
    migrate.upgrade(engine)
    with Session(engine) as db, db.begin():
        [first] = db.query(DoctorPhone).all()
        kept = first.doctor_id, first.phone_e164, first.phone_hash, first.position, first.on_duty
        assert kept == ("d1", "+919800000002", "h1", 1, False)
        second = DoctorPhone(phone_e164="+919800000022", phone_hash="h2", position=2, on_duty=True)
        second.doctor_id = "d1"
        db.add(second)
    migrate.downgrade(engine, "0022")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT phone_hash, phone_e164 FROM doctors")).one()
    assert (row.phone_hash, bytes(row.phone_e164)) == ("h1", sealed)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(OLD_DOCTOR, {**doctor, "id": "d2"})


def test_what_was_asked_of_pregnancy_before_is_told_on_the_day_of_registration(
    engine: Engine,
) -> None:
    woman = Patient(slot=1, sex="female", pregnant=True, created_at=NOW)
    man = Patient(slot=2, sex="male", created_at=NOW)
    with Session(engine) as db, db.begin():
        db.add_all([woman, man])
    migrate.downgrade(engine, "0019")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT pregnant FROM patients ORDER BY slot")).scalars()
        assert [bool(row) for row in rows] == [True, False]
    migrate.upgrade(engine)
    with Session(engine) as db:
        kept = db.query(Patient).order_by(Patient.slot).all()
        assert [(row.pregnant, row.pregnant_told_at) for row in kept] == [(True, NOW), (None, None)]


def _call(caller_id: str | None, name: str, **told: object) -> Call:
    return Call(
        id=name,
        carrier="twilio",
        provider_call_id=name,
        flow="duty",
        language="hi",
        caller_id=caller_id,
        started_at=NOW,
        **{"ended_at": NOW, **told},
    )


def _turn(call_id: str, at: datetime) -> list[Turn]:
    return [
        Turn(call_id=call_id, number=n, session={"n": n}, answer="", created_at=at) for n in (0, 1)
    ]


def _event(subject: str, subject_id: str, name: str, at: datetime) -> Event:
    return Event(subject=subject, subject_id=subject_id, name=name, at=at)


def test_the_calls_of_health_workers_are_found_by_whom_they_opened_and_what_was_erased_goes(
    engine: Engine,
) -> None:
    worker, living, erased = _caller(), _caller(phone_hash="l"), _caller(phone_hash="e")
    erased.erased_at = NOW
    later = NOW + timedelta(seconds=9)
    with Session(engine) as db, db.begin():
        db.add_all([worker, living, erased])
        db.flush()
        db.add_all([_call(worker.id, name) for name in ("of_living", "of_erased", "of_nobody")])
        # At the same moment, and no health worker's.
        db.add(_call(living.id, "her_own"))
        db.flush()
        for name, at in (("of_living", NOW), ("of_erased", later), ("of_nobody", NOW)):
            db.add_all(_turn(name, at))
            db.add(_event("calls", name, "health_worker_entered", at))
        db.add_all(_turn("her_own", later))
        db.add(_event("callers", erased.id, "opened_by_health_worker", later))
        patient = Patient(slot=1, sex="male", caller_id=living.id, created_at=NOW)
        db.add(patient)
        db.flush()
        held = _ticket(patient.id, worker.id)
        held.call_id = "of_living"
        db.add(held)
        ids = living.id, erased.id
    migrate.downgrade(engine, "0024")
    migrate.upgrade(engine)
    with Session(engine) as db:
        kept = {(row.call_id, row.household_id) for row in db.query(Opening)}
        assert kept == {("of_living", ids[0]), ("of_erased", ids[1])}
        turns = {(turn.call_id, turn.number) for turn in db.query(Turn)}
        both = {(name, n) for name in ("of_living", "of_nobody", "her_own") for n in (0, 1)}
        assert turns == both | {("of_erased", 0)}


def test_a_question_that_a_text_has_asked_is_known_as_such(engine: Engine) -> None:
    caller, patient = _caller(), Patient(slot=1, sex="male", created_at=NOW)
    with Session(engine) as db, db.begin():
        db.add_all([caller, patient])
        db.flush()
        for status in (AftercareStatus.ASKED, AftercareStatus.PLANNED):
            asked = Aftercare(kind=AftercareKind.FOLLOW_UP, status=status, due_at=NOW)
            asked.caller_id, asked.patient_id, asked.created_at = caller.id, patient.id, NOW
            db.add(asked)
    migrate.downgrade(engine, "0025")
    migrate.upgrade(engine)
    with Session(engine) as db:
        kept = {row.status: row.by for row in db.query(Aftercare)}
    assert kept == {
        AftercareStatus.ASKED: ReachedBy.TEXT,
        AftercareStatus.PLANNED: ReachedBy.CALL,
    }
