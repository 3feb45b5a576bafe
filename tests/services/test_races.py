"""Two things at once on PostgreSQL: the second begins while the first is not yet committed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from gateway.db.crypto import Keyring
from gateway.db.models import Caller, Doctor, Prescription, Ticket
from gateway.domain.aftercare import AftercareKind
from gateway.domain.states import (
    AftercareStatus,
    DoctorStatus,
    MessageStatus,
    OfferStatus,
    Presence,
    TicketStatus,
)
from gateway.services import aftercare, offers, tickets
from gateway.services.issuing import Issued, Issuing, NoLongerStands
from gateway.services.prescription_document import Written
from gateway.services.work import Unit
from tests.console.clinic import Clinic
from tests.databases import ON_POSTGRESQL
from tests.services.aftercare import by_text, ist, reminder
from tests.services.data import PATIENT
from tests.services.desk import Desk
from tests.services.line import Line
from tests.services.prescribing import medicine
from tests.services.spoke import enrolled, to_the_patient
from tests.services.test_consultation import holding, offered, whisper
from tests.services.test_households import two_wait
from tests.services.test_presented_and_erased import to_the_last_key, turns_of
from tests.services.test_text_reminders import reminders
from tests.services.whole import assert_whole

# On SQLite a transaction has the database to itself, so there is nothing to race.
pytestmark = ON_POSTGRESQL

LONG_S = 10.0


@pytest.fixture(params=["postgresql"])
def desk(engine: Engine, keyring: Keyring) -> Desk:
    return Desk(engine, keyring)


def at_once(desk: Desk, first: Callable[[], object], second: Callable[[], object]) -> None:
    """Run the first up to its commit, begin the second, and commit when that waits or is done."""
    reached, go, mine = threading.Event(), threading.Event(), threading.local()
    failures: list[BaseException] = []

    def pause(_session: object) -> None:
        if getattr(mine, "pauses", False):
            mine.pauses = False
            reached.set()
            assert go.wait(LONG_S)

    def run(act: Callable[[], object], *, pauses: bool) -> None:
        mine.pauses = pauses
        try:
            act()
        except BaseException as error:
            failures.append(error)
        finally:
            reached.set()

    event.listen(desk.work.sessions, "before_commit", pause)
    one = threading.Thread(target=run, args=(first,), kwargs={"pauses": True})
    two = threading.Thread(target=run, args=(second,), kwargs={"pauses": False})
    try:
        one.start()
        assert reached.wait(LONG_S)
        two.start()
        while two.is_alive() and not _somebody_waits(desk.engine):
            time.sleep(0.01)
        go.set()
        one.join(LONG_S)
        two.join(LONG_S)
    finally:
        go.set()
        event.remove(desk.work.sessions, "before_commit", pause)
    assert not failures, failures
    assert not one.is_alive()
    assert not two.is_alive()


def _somebody_waits(engine: Engine) -> bool:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with engine.connect() as connection:
        return bool(connection.scalar(text(waits)))


def expiry(desk: Desk) -> Callable[[], object]:
    """The lease of the only offer has run out, and the sweeper has found it."""
    [offer] = desk.offers()
    desk.clock.now = offer.lease_until
    return lambda: desk.work.run(lambda unit: offers.expire(unit, offer.id))


def text_cancel(desk: Desk) -> Callable[[], object]:
    return lambda: desk.inbox.receive("twilio", "SMcancel", PATIENT, body="CANCEL")


ENDS = {
    "expired": expiry,
    "cancelled by a text": text_cancel,
    "called on another line": lambda desk: Line(desk, "CA2").dial,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("accepts_first", [True, False])
def test_an_offer_is_accepted_or_ended_but_never_both(
    desk: Desk, end: Callable[[Desk], Callable[[], object]], *, accepts_first: bool
) -> None:
    doctor = whisper(desk, offered(desk))
    acts = [lambda: doctor.press("offer.accept"), end(desk)]
    at_once(desk, *(acts if accepts_first else reversed(acts)))
    assert_whole(desk.engine)
    [offer] = desk.offers()
    assert (offer.accepted_at is not None) == bool(desk.consultations())


def test_a_doctor_who_accepted_in_time_keeps_her_patient(desk: Desk) -> None:
    doctor = whisper(desk, offered(desk))
    at_once(desk, lambda: doctor.press("offer.accept"), expiry(desk))
    assert desk.offers()[0].status is OfferStatus.ACCEPTED


@pytest.mark.parametrize("accepts_first", [True, False])
def test_she_hangs_up_as_the_doctor_accepts_and_nothing_stays_open(
    desk: Desk, *, accepts_first: bool
) -> None:
    line = offered(desk)
    doctor = whisper(desk, line)
    acts = [lambda: doctor.press("offer.accept"), line.ends]
    at_once(desk, *(acts if accepts_first else reversed(acts)))
    assert_whole(desk.engine)
    [ticket] = desk.tickets()
    assert (ticket.status, ticket.presence) == (TicketStatus.WAITING, Presence.AWAY)


@pytest.mark.parametrize("claims_first", [True, False])
def test_a_ticket_is_claimed_or_cancelled_but_nobody_is_rung_for_a_cancelled_one(
    desk: Desk, *, claims_first: bool
) -> None:
    holding(desk)
    desk.doctor()
    desk.queue.hints.clear()
    acts = [desk.dispatching.dispatch, text_cancel(desk)]
    at_once(desk, *(acts if claims_first else reversed(acts)))
    assert_whole(desk.engine)
    assert desk.tickets()[0].status is TicketStatus.CANCELLED
    assert desk.doctors()[0].status is DoctorStatus.AVAILABLE


def test_of_a_household_on_one_line_one_is_claimed_at_a_time(desk: Desk) -> None:
    """Two doctors would cut each other off on one line."""
    two_wait(desk)
    first, second = desk.tickets()
    claimed: list[int] = []

    def claim(ticket_id: int) -> None:
        def act(unit: Unit) -> None:
            if tickets.lock_next(unit, ticket_id) is not None:
                unit.move(Ticket, ticket_id, TicketStatus.ENGAGED)
                claimed.append(ticket_id)

        desk.work.run(act)

    at_once(desk, lambda: claim(first.id), lambda: claim(second.id))
    assert claimed == [first.id]


def test_a_turn_in_flight_does_not_put_her_back_on_a_line_that_ended(desk: Desk) -> None:
    line = holding(desk)
    at_once(desk, line.ends, line.wait)
    [ticket] = desk.tickets()
    assert (ticket.presence, ticket.call_id) == (Presence.AWAY, None)


def test_a_line_that_speaks_as_it_is_taken_for_dead_is_kept(desk: Desk) -> None:
    line = holding(desk)
    desk.clock.forward(100)
    at_once(desk, line.wait, desk.sweep)
    assert desk.tickets()[0].presence is Presence.HOLDING


def test_whoever_looks_and_whoever_expires_do_not_stop_each_other(desk: Desk) -> None:
    desk.doctor()
    line = holding(desk)
    desk.dispatching.dispatch()
    at_once(desk, line.wait, expiry(desk))
    assert_whole(desk.engine)
    assert deadlocks(desk.engine) == 0


def deadlocks(engine: Engine) -> int:
    with engine.connect() as connection:
        counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.scalar(text(counted)) or 0)


def test_a_deadlock_is_undone_and_run_again(desk: Desk) -> None:
    """Whoever takes locks against the order loses time, and nothing else."""
    ids = [desk.doctor(f"+9198000000{n}") for n in (71, 72)]
    crossed = threading.Barrier(2, timeout=LONG_S)
    done: list[str] = []

    def lock(order: list[str]) -> None:
        tries = 0

        def act(unit: Unit) -> None:
            nonlocal tries
            tries += 1
            unit.lock(Doctor, Doctor.id == order[0])
            if tries == 1:
                crossed.wait()
            unit.lock(Doctor, Doctor.id == order[1])
            unit.note("doctors", order[0], "locked")

        desk.work.run(act)
        done.append(order[0])

    threads = [threading.Thread(target=lock, args=(order,)) for order in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert sorted(done) == sorted(ids)
    assert deadlocks(desk.engine) == 1
    assert desk.events().count("doctors:locked") == len(ids)


# Reminders by text


@pytest.fixture
def reminded(desk: Desk, tmp_path: Path) -> Desk:
    """The moment of a reminder by text."""
    by_text(Clinic(desk, tmp_path))
    desk.clock.now = ist(23, 13)
    return desk


def take_up(desk: Desk) -> None:
    [row] = [row.id for row in desk.aftercare() if row.kind is AftercareKind.REMINDER]
    desk.work.run(lambda unit: desk.sweeper._due.take_up(unit, row))


def test_a_stop_behind_a_reminder_takes_back_what_was_just_queued(reminded: Desk) -> None:
    at_once(
        reminded,
        lambda: take_up(reminded),
        lambda: reminded.inbox.receive("twilio", "SM1", PATIENT, body="STOP"),
    )
    assert [m.status for m in reminders(reminded)] == [MessageStatus.FAILED]
    assert reminder(reminded).status is AftercareStatus.STOPPED


def test_a_reminder_behind_a_stop_is_not_made(reminded: Desk) -> None:
    [caller] = reminded.all(Caller)
    at_once(
        reminded,
        lambda: reminded.work.run(lambda unit: aftercare.stop_texts(unit, caller.id)),
        lambda: take_up(reminded),
    )
    assert not reminders(reminded)
    assert reminder(reminded).status is AftercareStatus.STOPPED


def test_two_sweepers_at_the_moment_of_a_reminder_text_once(reminded: Desk) -> None:
    at_once(reminded, lambda: take_up(reminded), lambda: take_up(reminded))
    assert len(reminders(reminded)) == 1
    row = reminder(reminded)
    assert (row.part, row.status) == ("night", AftercareStatus.PLANNED)


@pytest.mark.parametrize("first", ["she ends", "they erase"])
def test_a_health_workers_line_that_ends_while_its_people_are_erased_keeps_nothing(
    desk: Desk, first: str
) -> None:
    line = to_the_patient(desk, enrolled(desk), number=PATIENT.removeprefix("+91"))
    home = to_the_last_key(desk)
    acts = [line.ends, lambda: home.press("answer.if_yes")]
    at_once(desk, *(acts if first == "she ends" else reversed(acts)))
    assert [turn.number for turn in turns_of(desk, line.sid)] == [0]


@pytest.mark.parametrize("key", ["2", "1"], ids=["another page", "the same page"])
def test_a_prescription_is_replaced_once(desk: Desk, tmp_path: Path, key: str) -> None:
    clinic = Clinic(desk, tmp_path)
    doctor_id = clinic.doctor()
    consultation_id = clinic.consultation()
    done: dict[str, Issuing] = {}

    def issue(name: str, key: str, replaces: str = "") -> None:
        written = Written("viral fever", "", (medicine(),), replaces=replaces)
        done[name] = clinic.prescriptions.issue(
            consultation_id, written, doctor_id=doctor_id, key=key * 32
        )

    issue("old", "0")
    old = done["old"]
    assert isinstance(old, Issued)
    at_once(
        desk,
        lambda: issue("first", "1", replaces=old.code),
        lambda: issue("second", key, replaces=old.code),
    )
    first = done["first"]
    assert isinstance(first, Issued)
    assert done["second"] == (first if key == "1" else NoLongerStands(old.code, first.code))
    assert [row.code for row in desk.all(Prescription) if not row.cancelled_at] == [first.code]
