"""Staff accounts: passwords kept as argon2id, and signing in that tells a guesser nothing."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from gateway.db.models import Account
from gateway.db.models.base import new_id
from gateway.domain.errors import GatewayError
from gateway.domain.roles import Role
from gateway.services.throttle import SIGN_IN_ADDRESS, source_of
from gateway.services.work import Unit, Work

# NIST SP 800-63B-4, 3.1.1: length over composition rules.
MIN_PASSWORD: Final = 12
MAX_USERNAME: Final = 60
# From this many failures in a row the account waits: 1, 2, 4, 8, then 15 minutes. Longer would
# let a stranger shut a doctor out.
FREE_TRIES: Final = 5
LONGEST_WAIT: Final = timedelta(minutes=15)


class AccountError(GatewayError):
    """An account cannot be made as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class AccountTaken:
    """Somebody has this username."""


@dataclass(frozen=True, slots=True)
class WeakPassword:
    """The password would be guessed."""

    reason: str


@dataclass(frozen=True, slots=True)
class StaffMember:
    """An active account. fingerprint: changes with the password, so old sessions end with it."""

    id: str
    username: str
    role: Role
    fingerprint: str


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """Wrong name, wrong password, or too many tries: on purpose one answer for all."""


class Accounts:
    def __init__(self, *, work: Work, hasher: PasswordHasher | None = None) -> None:
        self._work = work
        # The library's default is RFC 9106's second choice: argon2id, 64 MiB, 3 passes.
        self._hasher = hasher or PasswordHasher()
        # Verified in place of an unknown user's, so that both take the same time.
        self._nobodys = self._hasher.hash(secrets.token_hex(16))

    def create(
        self, username: str, password: str, *, role: Role
    ) -> str | AccountTaken | WeakPassword:
        """Make an active account and return its id. Errors: AccountError for a bad username."""
        name = _normal(username)
        if not 0 < len(name) <= MAX_USERNAME:
            raise AccountError(f"a username has 1 to {MAX_USERNAME} characters")
        if weakness := _weakness(name, password):
            return WeakPassword(weakness)
        hashed = self._hasher.hash(password)
        account_id = new_id()
        try:
            with self._work.begin() as unit:
                unit.db.add(
                    Account(
                        id=account_id,
                        username=name,
                        password_hash=hashed,
                        role=role.value,
                        active=True,
                        failed_logins=0,
                        created_at=unit.now,
                    )
                )
                unit.note("accounts", account_id, "created")
        except IntegrityError:
            return AccountTaken()
        return account_id

    def find(self, username: str) -> StaffMember | None:
        """Return the active account of that name."""
        with self._work.begin() as unit:
            return _member(_account(unit, username))

    def load(self, account_id: str) -> StaffMember | None:
        """Return the account while it is active."""
        with self._work.begin() as unit:
            return _member(unit.db.get(Account, account_id))

    def deactivate(self, account_id: str) -> bool:
        """Shut the account; whoever is signed in with it is out at the next request."""
        with self._work.begin() as unit:
            shut = unit.change(
                update(Account)
                .where(Account.id == account_id, Account.active.is_(True))
                .values(active=False)
            )
            if shut:
                unit.note("accounts", account_id, "deactivated")
            return bool(shut)

    def sign_in(self, username: str, password: str, *, address: str) -> StaffMember | NotSignedIn:
        """Return whose name and password these are; the address is where the request came from.

        The password is verified outside of any transaction, for an unknown name as well. Counts
        are rows, so they hold across processes and restarts.
        """
        with self._work.begin() as unit:
            account = _account(unit, username)
            source = source_of(unit, address)
            if SIGN_IN_ADDRESS.is_shut(unit, source):
                return NotSignedIn()
            waits = account is not None and _waits(account, unit.now)
        right = self._verify(account.password_hash if account else self._nobodys, password)
        renewed = self._renewed(account, password) if right and account is not None else None
        with self._work.begin() as unit:
            # Others that were verified at the same time may have spent the tries.
            if SIGN_IN_ADDRESS.is_shut(unit, source):
                return NotSignedIn()
            if right and account is not None and account.active and not waits:
                return _welcome(unit, account.id, password_hash=renewed)
            SIGN_IN_ADDRESS.count(unit, source)
            if account is not None and not waits:
                _count_failure(unit, account.id)
        return NotSignedIn()

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _renewed(self, account: Account, password: str) -> str | None:
        """Return a hash at today's cost where the account has one of an older day."""
        stale = self._hasher.check_needs_rehash(account.password_hash)
        return self._hasher.hash(password) if stale else None


def _normal(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip().casefold()


def _weakness(username: str, password: str) -> str | None:
    if len(password) < MIN_PASSWORD:
        return f"a password has at least {MIN_PASSWORD} characters"
    if username in password.casefold():
        return "the password contains the username"
    if len(set(password)) < MIN_PASSWORD // 3:
        return "the password repeats the same few characters"
    return None


def _account(unit: Unit, username: str) -> Account | None:
    return unit.db.scalar(select(Account).where(Account.username == _normal(username)))


def _member(account: Account | None) -> StaffMember | None:
    return _staff_member(account) if account is not None and account.active else None


def _staff_member(account: Account) -> StaffMember:
    # The hash is salted, so a part of its digest tells nothing of the password.
    fingerprint = sha256(account.password_hash.encode()).hexdigest()[:16]
    return StaffMember(account.id, account.username, Role(account.role), fingerprint)


def _welcome(unit: Unit, account_id: str, *, password_hash: str | None) -> StaffMember:
    values: dict[str, object] = {"failed_logins": 0, "locked_until": None}
    if password_hash is not None:
        values["password_hash"] = password_hash
    unit.change(update(Account).where(Account.id == account_id).values(**values))
    unit.note("accounts", account_id, "signed_in")
    return _staff_member(unit.db.get_one(Account, account_id, populate_existing=True))


def _waits(account: Account, now: datetime) -> bool:
    return account.locked_until is not None and account.locked_until > now


def _count_failure(unit: Unit, account_id: str) -> None:
    """Count in the database itself, so that tries at the same time are each counted."""
    unit.change(
        update(Account)
        .where(Account.id == account_id)
        .values(failed_logins=Account.failed_logins + 1)
    )
    failed = unit.db.scalar(select(Account.failed_logins).where(Account.id == account_id)) or 0
    if failed < FREE_TRIES:
        return
    wait = min(timedelta(minutes=2 ** min(failed - FREE_TRIES, 10)), LONGEST_WAIT)
    unit.change(
        update(Account).where(Account.id == account_id).values(locked_until=unit.now + wait)
    )
