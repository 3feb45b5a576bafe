"""Bring a database to the newest schema, or back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from gateway.domain.errors import GatewayError


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to the revision; does nothing where they have run."""
    config = _config()
    with _rebuilding(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Run the migrations back to the revision ("base" for an empty database)."""
    config = _config()
    with _rebuilding(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def is_current(engine: Engine) -> bool:
    """Tell whether the database stands at the newest revision."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if not inspect(engine).has_table("alembic_version"):
        return False
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == head)


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which tables may be rebuilt, and commit it.

    SQLite changes a column by dropping the table and making it anew, which its foreign keys would
    take for a deletion of every row; they can only be switched outside a transaction.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            yield connection
            connection.commit()
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
            if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
                raise GatewayError("a migration left a row whose reference leads nowhere")
            connection.commit()
        finally:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")
