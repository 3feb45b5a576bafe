"""Bring a database to the newest schema, or back."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to the revision; does nothing where they have run."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def downgrade(engine: Engine, revision: str) -> None:
    """Run the migrations back to the revision ("base" for an empty database)."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def is_current(engine: Engine) -> bool:
    """Tell whether the database stands at the newest revision."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if not inspect(engine).has_table("alembic_version"):
        return False
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == head)
