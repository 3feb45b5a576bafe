"""The command that runs the measurements."""

from __future__ import annotations

import subprocess
import sys

import click

from config.settings import REPOSITORY

# Run by name in processes of their own: the gateway knows no benchmark.
BENCHES = ("key_press", "journey", "waiting_room", "speech", "audio_treatment", "sms", "chaos")


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(BENCHES))
def bench(names: tuple[str, ...]) -> None:
    """Measure; without names, all of it."""
    for name in names or BENCHES:
        click.echo(f"== {name}")
        command = [sys.executable, "-m", f"bench.{name}"]
        ended = subprocess.run(command, cwd=REPOSITORY, check=False)  # noqa: S603  # our own module
        if ended.returncode:
            raise click.ClickException(f"bench {name} failed")
