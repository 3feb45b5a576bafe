"""One PostgreSQL database for all tests of a process: to make one takes longer than most tests."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, func, select, text

from gateway.db.crypto import Keyring
from gateway.db.models import Base
from gateway.db.session import open_engine

# Beyond so many rows a table is cut off; below it they are quicker deleted one by one.
MANY: Final = 1000
# What was deleted stays in the files until a table is cut off.
CUT_OFF_EVERY: Final = 50
_OTHERS: Final = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class SharedPostgres:
    def __init__(self, url: str, keyring: Keyring) -> None:
        self.url = url
        self.engine = open_engine(url, keyring=keyring)
        self._emptied = 0

    def empty(self) -> None:
        """Take out every row, begin all numbers anew, and end whoever is still connected."""
        self._emptied += 1
        with self.engine.begin() as connection:
            connection.execute(_OTHERS)
            if self._emptied % CUT_OFF_EVERY == 0 or _is_large(connection):
                names = ", ".join(table.name for table in Base.metadata.sorted_tables)
                connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
                return
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
            for name in connection.scalars(text("SELECT sequencename FROM pg_sequences")).all():
                connection.execute(text(f"ALTER SEQUENCE {name} RESTART"))


def _is_large(connection: Connection) -> bool:
    counted = (
        select(func.count()).select_from(select(1).select_from(table).limit(MANY).subquery())
        for table in Base.metadata.sorted_tables
    )
    return any(connection.scalar(count) == MANY for count in counted)
