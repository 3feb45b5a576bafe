"""Commands for the database's schema."""

from __future__ import annotations

import click

from gateway.commands.opening import container
from gateway.db import migrate


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema; safe to run again."""
    with container() as parts:
        migrate.upgrade(parts.engine)
    click.echo("The database stands at the newest schema.")


@db.command()
def check() -> None:
    """Tell whether the database stands at the newest schema."""
    with container() as parts:
        current = migrate.is_current(parts.engine)
    if not current:
        raise click.ClickException("The database is behind: run 'doorvani db upgrade'.")
    click.echo("The database stands at the newest schema.")
