"""Commands that put everything on one desk."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import click

from config.settings import Settings, load_settings
from gateway import embedded
from gateway.container import Container
from gateway.db import migrate
from gateway.domain.errors import GatewayError
from gateway.domain.roles import Role
from gateway.running import Stack, everything
from gateway.services.rota import NewDoctor

CARRIER_PORT = 8001
DOCTOR_PHONE = "+919800000002"
DOCTOR_NAME = "doctor"
# Of a developer's machine, shown on the screen.
DOCTOR_PASSWORD = "the far voice on the desk"  # noqa: S105
SUPERVISOR_NAME = "supervisor"
SUPERVISOR_PASSWORD = "the board above the desk"  # noqa: S105


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulator(arguments: tuple[str, ...]) -> None:
    """Run the carrier on the desk alone; its own options follow (try --help)."""
    command = [sys.executable, "-m", "simulator", *arguments]
    sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603  # our own module


@click.command()
@click.option("--carrier-port", default=CARRIER_PORT, show_default=True)
def run(carrier_port: int) -> None:
    """Run everything on this machine, with feature phones in the browser."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = load_settings()
    if not settings.is_development:
        raise click.ClickException(
            "'run' is for a developer's machine: set DOORVANI_ENV=development. In production run "
            "the processes of the Procfile."
        )
    with embedded.valkey(settings.data_dir) as redis_url:
        desk = desk_settings(settings, redis_url=redis_url, carrier_port=carrier_port)
        prepare(Container(desk))
        with everything(
            data_dir=desk.data_dir,
            environment=environment_of(desk),
            web_port=desk.port,
            carrier_port=carrier_port,
        ) as stack:
            click.echo(f"Phones and event log   {desk.twilio_api_url}/")
            click.echo(f"The doctor's console   {desk.origin}/console")
            click.echo(f"   signs in as         {DOCTOR_NAME} / {DOCTOR_PASSWORD}")
            click.echo(f"The supervisor's board {desk.origin}/board")
            click.echo(f"   signs in as         {SUPERVISOR_NAME} / {SUPERVISOR_PASSWORD}")
            click.echo(f"Logs                   {stack.log_dir}")
            click.echo("Stop with Ctrl-C.")
            _watch(stack)


def desk_settings(settings: Settings, *, redis_url: str, carrier_port: int) -> Settings:
    """Return the settings of a gateway whose carrier is the simulator on this machine."""
    return settings.model_copy(
        update={
            "redis_url": redis_url,
            "public_url": f"http://127.0.0.1:{settings.port}",
            "twilio_api_url": f"http://127.0.0.1:{carrier_port}",
        }
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the settings as the environment of a process.

    Empty values too: they stand before what our own environment may name, such as a database.
    """
    return {
        name.upper(): str(value)
        for name, value in settings.model_dump(mode="json").items()
        if value is not None
    }


def prepare(parts: Container) -> None:
    """Bring the schema up; a supervisor, and one doctor on duty, as a new desk has it."""
    migrate.upgrade(parts.engine)
    _account(parts, SUPERVISOR_NAME, SUPERVISOR_PASSWORD, Role.SUPERVISOR)
    account_id = _account(parts, DOCTOR_NAME, DOCTOR_PASSWORD, Role.DOCTOR)
    doctor = parts.rota.enrol(
        NewDoctor(
            "Asha Rao",
            "MBBS",
            "MH-12345",
            DOCTOR_PHONE,
            ("hi", "en"),
            account_id,
            "Health centre, Wardha 442001",
        )
    )
    if not isinstance(doctor, str):
        raise GatewayError("the desk's doctor has no phone that can be rung")
    parts.rota.go_on_duty(doctor)


def _account(parts: Container, username: str, password: str, role: Role) -> str:
    account = parts.accounts.find(username)
    if account is not None:
        return account.id
    made = parts.accounts.create(username, password, role=role)
    if not isinstance(made, str):
        raise GatewayError(f"the desk's {role.value} could not be given an account")
    return made


def _watch(stack: Stack) -> None:
    try:
        while (dead := stack.dead()) is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("\nStopping.")
        return
    raise click.ClickException(f"{dead.name} has stopped; its log ends:\n{dead.tail()}")
