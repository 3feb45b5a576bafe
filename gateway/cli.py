"""The command line: `doorvani …`."""

from __future__ import annotations

import click

from config.settings import make_keys
from gateway.commands.bench import bench
from gateway.commands.db import db
from gateway.commands.demo import demo
from gateway.commands.flows import flows
from gateway.commands.prompts import prompts
from gateway.commands.run import run, simulator
from gateway.commands.rx import rx
from gateway.commands.serve import sweep, web, worker
from gateway.commands.sms import sms
from gateway.commands.speech import speech
from gateway.commands.staff import staff
from gateway.commands.translations import translations


@click.group()
def main() -> None:
    """Doorvani: a doctor on any phone."""


@main.command()
def keys() -> None:
    """Make fresh SECRET_KEY, FIELD_KEYS and SIGNING_KEY, ready for an environment file."""
    for name, value in make_keys().items():
        click.echo(f"{name}={value}")


for command in (
    demo, run, web, worker, simulator, sweep, bench,
    db, staff, flows, speech, prompts, sms, translations, rx,
):  # fmt: skip
    main.add_command(command)

if __name__ == "__main__":
    main()
