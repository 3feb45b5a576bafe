"""Engines and sessions, alike on PostgreSQL and SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from gateway.db.crypto import Keyring

SQLITE_BUSY_S = 10


def open_engine(url: str, *, keyring: Keyring) -> Engine:
    """Return an engine for the URL with the keyring that its sealed columns use.

    SQLite runs with WAL, foreign keys and a busy time-out, and each transaction takes the write
    lock when it begins: a later upgrade from reading to writing could fail without waiting.
    Values never stand in an error's message, since it may reach a log.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, parsed.database, keyring)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(
        parsed, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True
    )
    engine.dialect.keyring = keyring  # type: ignore[attr-defined]  # read by the sealed columns
    return engine


def open_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the factory of sessions; objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def _sqlite(url: str, database: str | None, keyring: Keyring) -> Engine:
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_S}, hide_parameters=True)
    engine.dialect.keyring = keyring  # type: ignore[attr-defined]  # read by the sealed columns

    def prepare(connection: Any, _record: object) -> None:
        # The driver's own transaction control is off; `begin` below takes its place.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
