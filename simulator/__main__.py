"""`python -m simulator`: the carrier on the desk."""

from __future__ import annotations

import os
from pathlib import Path

import click

from simulator.misbehaviour import Callee
from simulator.scripts import BadScriptError, load_script
from simulator.server import build
from simulator.settings import settings_from_environment

FATES = [callee.value for callee in Callee if callee is not Callee.RING]


@click.command()
@click.option("--host", "SIMULATOR_HOST", help="Address to listen on.")
@click.option("--port", "SIMULATOR_PORT", type=click.IntRange(0, 65_535), help="0 takes any.")
@click.option("--gateway", "PUBLIC_URL", help="Origin of the gateway.")
@click.option("--numbers", "SIMULATOR_NUMBERS", help="The account's numbers, by commas.")
@click.option("--phones", "SIMULATOR_PHONES", help="Phones: number=name=role, by commas.")
@click.option("--speed", "SIMULATOR_SPEED", type=click.FloatRange(0.1, 1000))
@click.option("--seed", "SIMULATOR_SEED", type=int, help="Make SIDs repeat from run to run.")
@click.option("--calls-per-second", "SIMULATOR_CALLS_PER_SECOND", type=click.FloatRange(0))
@click.option("--unregistered", "SIMULATOR_UNREGISTERED", type=click.Choice(FATES))
@click.option("--speech", "SIMULATOR_SPEECH", type=click.Choice(["exact", "estimated"]))
@click.option("--script", "scripts", multiple=True, type=click.Path(exists=True, path_type=Path))
def main(scripts: tuple[Path, ...], **options: object) -> None:
    """Run the simulator. Each option wins over its variable (see simulator/README.md)."""
    given = {name: str(value) for name, value in options.items() if value is not None}
    try:
        settings = settings_from_environment(os.environ | given)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    running = build(settings)
    for path in scripts:
        try:
            running.director.play(load_script(path))
        except BadScriptError as error:
            raise click.ClickException(f"{path}: {error}") from error
    click.echo(f"simulator: {running.origin}")
    running.server.serve_forever()


if __name__ == "__main__":
    main()
