"""Signing in: argon2, no hint for a guesser, and counts that outlive a process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from gateway.db.models import Account, Event
from gateway.db.session import open_sessions
from gateway.domain.roles import Role
from gateway.services.accounts import (
    FREE_TRIES,
    LONGEST_WAIT,
    AccountError,
    Accounts,
    AccountTaken,
    NotSignedIn,
    StaffMember,
    WeakPassword,
)
from gateway.services.throttle import KEPT, SIGN_IN_ADDRESS, WINDOW, forget_old_tries
from gateway.services.work import Job, Work
from tests.domain.order_file import ORDER

PASSWORD = "correct horse battery"
HERE = "203.0.113.7"
# Small on purpose: the tests sign in hundreds of times.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class NoQueue:
    def enqueue(self, job: Job, subject_id: str) -> None:
        raise AssertionError("accounts hint nothing")

    def waiting(self, job: Job) -> int:
        raise AssertionError("accounts hint nothing")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def work(engine: Engine, clock: Clock) -> Work:
    return Work(sessions=open_sessions(engine), queue=NoQueue(), clock=clock, rules=ORDER)


@pytest.fixture
def accounts(work: Work) -> Accounts:
    return Accounts(work=work, hasher=QUICK)


@pytest.fixture
def asha(accounts: Accounts) -> str:
    made = accounts.create("Asha ", PASSWORD, role=Role.DOCTOR)
    assert isinstance(made, str)
    return made


def enter(accounts: Accounts, *, password: str = PASSWORD, address: str = HERE) -> bool:
    return isinstance(accounts.sign_in("asha", password, address=address), StaffMember)


def test_name_and_password_open_the_account(accounts: Accounts, asha: str) -> None:
    member = accounts.sign_in(" ASHA", PASSWORD, address=HERE)
    assert isinstance(member, StaffMember)
    assert (member.id, member.username, member.role) == (asha, "asha", Role.DOCTOR)
    assert accounts.load(asha) == accounts.find("asha") == member


def test_the_database_holds_no_password(accounts: Accounts, asha: str, engine: Engine) -> None:
    with engine.connect() as connection:
        kept = connection.scalar(text("SELECT password_hash FROM accounts"))
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize(("name", "password"), [("asha", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_get_one_answer(
    accounts: Accounts, asha: str, name: str, password: str
) -> None:
    assert accounts.sign_in(name, password, address=HERE) == NotSignedIn()


def test_an_unknown_name_costs_a_guesser_as_much_work(work: Work, asha: str) -> None:
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash))
            return super().verify(hash, password)

    accounts = Accounts(work=work, hasher=Counting(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("nobody", "asha"):
        accounts.sign_in(name, "wrong", address=HERE)
    assert len(verified) == 2
    # The same cost parameters stand in both hashes.
    assert verified[0].split("$")[:4] == verified[1].split("$")[:4]


def test_no_transaction_is_open_while_a_password_is_verified(
    accounts: Accounts, work: Work, asha: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite an open one would hold the write lock against every call."""
    opened: list[bool] = []

    def verify(_hash: str, _password: str) -> bool:
        with work.begin() as unit:
            opened.append(unit.db.scalar(select(Account.id)) == asha)
        return True

    monkeypatch.setattr(accounts, "_verify", verify)
    assert enter(accounts)
    assert opened == [True]


def test_after_some_failures_even_the_right_password_waits(
    accounts: Accounts, asha: str, clock: Clock
) -> None:
    for _ in range(FREE_TRIES):
        assert not enter(accounts, password="wrong")
    assert not enter(accounts)
    clock.now += timedelta(minutes=1, seconds=1)
    assert enter(accounts)
    # A success clears the count.
    assert not enter(accounts, password="wrong")
    assert enter(accounts)


def test_the_wait_grows_but_never_shuts_a_doctor_out(
    accounts: Accounts, asha: str, clock: Clock, engine: Engine
) -> None:
    waits = []
    for attempt in range(FREE_TRIES + 8):
        assert not enter(accounts, password="wrong", address=f"198.51.100.{attempt}")
        with Session(engine) as db:
            until = db.scalar(select(Account.locked_until))
        if until is not None:
            waits.append(until - clock.now)
            clock.now = until + timedelta(seconds=1)
    assert waits[:4] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert max(waits) == LONGEST_WAIT


def test_one_address_is_slowed_whatever_the_names(
    accounts: Accounts, asha: str, clock: Clock
) -> None:
    for number in range(SIGN_IN_ADDRESS.tries):
        accounts.sign_in(f"guess{number}", "wrong", address=HERE)
    assert not enter(accounts)
    assert enter(accounts, address="198.51.100.9")
    clock.now += WINDOW + timedelta(seconds=1)
    assert enter(accounts)


def test_counts_hold_across_processes_and_name_no_address(
    accounts: Accounts, asha: str, work: Work, engine: Engine
) -> None:
    for number in range(SIGN_IN_ADDRESS.tries):
        accounts.sign_in(f"guess{number}", "wrong", address=HERE)
    assert not enter(Accounts(work=work, hasher=QUICK))
    with Session(engine) as db:
        subjects = set(db.scalars(select(Event.subject_id).where(Event.subject == "sign_in")))
    assert len(subjects) == 1
    assert HERE not in subjects


def test_tries_that_count_no_longer_are_forgotten_and_nothing_else(
    accounts: Accounts, asha: str, work: Work, clock: Clock
) -> None:
    for _ in range(SIGN_IN_ADDRESS.tries):
        accounts.sign_in("guess", "wrong", address=HERE)
    with work.begin() as unit:
        assert forget_old_tries(unit) == 0
    clock.now += KEPT + timedelta(seconds=1)
    with work.begin() as unit:
        assert forget_old_tries(unit) == SIGN_IN_ADDRESS.tries
        left = set(unit.db.scalars(select(Event.name)))
    assert left == {"created"}


def test_a_shut_account_lets_nobody_in(accounts: Accounts, asha: str) -> None:
    assert accounts.deactivate(asha)
    assert not enter(accounts)
    assert accounts.load(asha) is None
    assert accounts.find("asha") is None
    assert not accounts.deactivate(asha)


def test_a_password_hash_of_old_strength_is_renewed_at_sign_in(
    accounts: Accounts, asha: str, work: Work, engine: Engine
) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    before = accounts.load(asha)
    after = Accounts(work=work, hasher=stronger).sign_in("asha", PASSWORD, address=HERE)
    assert isinstance(after, StaffMember)
    assert before is not None
    with Session(engine) as db:
        kept = db.scalar(select(Account.password_hash))
    assert kept is not None
    assert not stronger.check_needs_rehash(kept)
    # The session made at this sign-in must fit the new hash, or she would be out at once.
    assert accounts.load(asha) == after
    assert after.fingerprint != before.fingerprint


def test_a_username_is_taken_once_whatever_its_case(accounts: Accounts, asha: str) -> None:
    assert accounts.create("ASHA", PASSWORD, role=Role.ADMIN) == AccountTaken()


@pytest.mark.parametrize("password", ["short", "a" * 40, "abcabcabcabcabc", "i am ravi the doctor"])
def test_a_weak_password_is_refused_with_the_reason(accounts: Accounts, password: str) -> None:
    refused = accounts.create("ravi", password, role=Role.DOCTOR)
    assert isinstance(refused, WeakPassword)
    assert password not in refused.reason


@pytest.mark.parametrize("username", ["", "  ", "x" * 61])
def test_a_username_that_cannot_be_kept_is_refused(accounts: Accounts, username: str) -> None:
    with pytest.raises(AccountError, match="username"):
        accounts.create(username, PASSWORD, role=Role.DOCTOR)
