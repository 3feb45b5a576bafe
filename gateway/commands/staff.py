"""Commands for the people who work in the service."""

from __future__ import annotations

import secrets
from collections.abc import Collection

import click

from gateway.commands.opening import container
from gateway.container import Container
from gateway.db.models import Doctor
from gateway.domain.indian_time import IST
from gateway.domain.phone_numbers import mask_phone
from gateway.domain.roles import Role
from gateway.domain.shifts import BadHours, HoursProblem, Shift, parse_hours
from gateway.services.accounts import AccountTaken, WeakPassword
from gateway.services.doctor_phones import BadPhone
from gateway.services.health_workers import NewHealthWorker
from gateway.services.rota import NewDoctor


@click.group()
def staff() -> None:
    """Accounts and the rota."""


@staff.command("add-doctor")
@click.argument("username")
@click.option("--name", required=True, help="As it stands on prescriptions.")
@click.option("--qualification", required=True, help="For example MBBS.")
@click.option("--registration-number", required=True, help="Of the state medical council.")
@click.option("--address", default="", help="Of the practice, as it stands on prescriptions.")
@click.option("--phone", required=True, help="Where calls reach the doctor; add-phone adds more.")
@click.option("--language", "languages", multiple=True, required=True, help="hi, en, …; repeat.")
@click.option(
    "--speciality", "specialities", multiple=True, help="Of config/waiting_room.yaml; repeat."
)
@click.option("--password", help="Made and shown once when left out.")
def add_doctor(
    username: str,
    name: str,
    qualification: str,
    registration_number: str,
    address: str,
    phone: str,
    languages: tuple[str, ...],
    specialities: tuple[str, ...],
    password: str | None,
) -> None:
    """Add a doctor: an account for the console and a place on the rota, off duty.

    Without a speciality she is offered the patients who need none.
    """
    chosen = password or secrets.token_urlsafe(12)
    with container() as parts:
        rules = parts.room_rules
        _known("language", languages, parts.book.catalogues)
        _known("speciality", specialities, rules.specialities)
        account = _account(parts, username, chosen, Role.DOCTOR)
        enrolled = parts.rota.enrol(
            NewDoctor(
                name,
                qualification,
                registration_number,
                phone,
                languages,
                account,
                address,
                specialities or (rules.usual_speciality,),
            )
        )
        if isinstance(enrolled, BadPhone):
            raise click.ClickException(f"The phone cannot be rung: {enrolled.reason}")
    click.echo(f"Doctor {username} added, off duty.")
    if password is None:
        click.echo(f"Password, shown once: {chosen}")


@staff.command("add-supervisor")
@click.argument("username")
@click.option("--password", help="Made and shown once when left out.")
def add_supervisor(username: str, password: str | None) -> None:
    """Add a supervisor: an account for the board, which shows the service and no consultation."""
    chosen = password or secrets.token_urlsafe(12)
    with container() as parts:
        _account(parts, username, chosen, Role.SUPERVISOR)
    click.echo(f"Supervisor {username} added.")
    if password is None:
        click.echo(f"Password, shown once: {chosen}")


@staff.command("pin")
@click.argument("username")
def pin(username: str) -> None:
    """Make a doctor's PIN, with which she goes on and off duty by telephone; shown once."""
    with container() as parts:
        made = parts.rota.make_pin(_doctor_called(parts, username).id)
    click.echo(f"PIN of {username}, shown once: {made}")


@staff.command("phones")
@click.argument("username")
def phones(username: str) -> None:
    """Show a doctor's telephones in the order in which they are rung, masked."""
    with container() as parts:
        listed = parts.doctor_phones.listed(_doctor_called(parts, username).id)
    for place, phone in enumerate(listed, start=1):
        click.echo(f"{place}. {phone.masked}{' (last on duty from it)' * phone.is_on_duty}")


@staff.command("add-phone")
@click.argument("username")
@click.argument("number")
def add_phone(username: str, number: str) -> None:
    """Add a telephone of a doctor, rung when nobody answers those before it."""
    with container() as parts:
        refused = parts.doctor_phones.add(_doctor_called(parts, username).id, number)
    if refused is not None:
        raise click.ClickException(f"The telephone was not added: {refused.reason}.")
    click.echo(f"{username} is reached at {mask_phone(number)} as well.")


@staff.command("remove-phone")
@click.argument("username")
@click.argument("number")
def remove_phone(username: str, number: str) -> None:
    """Take a telephone from a doctor; her last one stays."""
    with container() as parts:
        refused = parts.doctor_phones.remove(_doctor_called(parts, username).id, number)
    if refused is not None:
        raise click.ClickException(f"The telephone was not removed: {refused.reason}.")
    click.echo(f"{username} is reached at {mask_phone(number)} no more.")


@staff.command("add-health-worker")
@click.option("--name", required=True, help="As it stands on prescriptions.")
@click.option("--centre", required=True, help="The health centre and its place.")
@click.option("--phone", required=True, help="Her own; she is known by it and called back there.")
@click.option("--language", required=True, help="hi, en, …")
@click.option("--treating-doctor", required=True, help="The medical officer of the centre.")
@click.option("--treating-registration", required=True, help="Of the state medical council.")
def add_health_worker(
    name: str,
    centre: str,
    phone: str,
    language: str,
    treating_doctor: str,
    treating_registration: str,
) -> None:
    """Add a health worker, who presents her patients to doctors by telephone, with a PIN.

    For a number that is known already, what is told here takes the place of what was told before,
    and the PIN is a new one.
    """
    with container() as parts:
        _known("language", (language,), parts.book.catalogues)
        told = NewHealthWorker(
            name, centre, phone, language, treating_doctor, treating_registration
        )
        enrolled = parts.health_workers.enrol(told)
        if isinstance(enrolled, BadPhone):
            raise click.ClickException(f"The phone cannot be rung: {enrolled.reason}")
        made = parts.health_workers.make_pin(phone)
    click.echo(f"Health worker added. PIN, shown once: {made}")


@staff.command("health-worker-pin")
@click.argument("phone")
def health_worker_pin(phone: str) -> None:
    """Make a new PIN for the health worker of this number; shown once."""
    with container() as parts:
        made = parts.health_workers.make_pin(phone)
    if isinstance(made, BadPhone):
        raise click.ClickException(f"No PIN was made: {made.reason}.")
    click.echo(f"PIN, shown once: {made}")


@staff.command("on-duty")
@click.argument("username")
def on_duty(username: str) -> None:
    """Put a doctor on duty: calls reach her from now on."""
    _move(username, to_duty=True)


@staff.command("off-duty")
@click.argument("username")
def off_duty(username: str) -> None:
    """Take a doctor off duty; refused while she has a patient."""
    _move(username, to_duty=False)


@staff.command("rota")
@click.argument("username")
@click.argument("hours", nargs=-1)
@click.option("--clear", is_flag=True, help="She has no shifts any more.")
def rota(username: str, hours: tuple[str, ...], *, clear: bool) -> None:
    """Show a doctor's shifts, or set them: mon-sat 09:00-13:00 sun 22:00-06:00 (Indian time).

    She goes on duty when a shift begins and off when it ends, after the patient who is hers then.
    What she does by hand holds until the next beginning or end.
    """
    if clear and hours:
        raise click.UsageError("either hours or --clear")
    with container() as parts:
        doctor_id = _doctor_called(parts, username).id
        if clear or hours:
            parts.rota.set_hours(doctor_id, () if clear else _shifts(" ".join(hours)))
        [seen] = [it for it in parts.rota.doctors() if it.doctor_id == doctor_id]
    if seen.comes_at is None:
        click.echo(f"{username} has no shifts; she goes on duty by hand.")
    else:
        comes = seen.comes_at.astimezone(IST)
        click.echo(f"{username}: {seen.hours}; the next one begins {comes:%a %d %b %H:%M}.")


def _shifts(told: str) -> tuple[Shift, ...]:
    read = parse_hours(told)
    if not isinstance(read, BadHours):
        return read
    if read.problem is HoursProblem.OVERLAP:
        raise click.ClickException("Two of these shifts overlap.")
    raise click.ClickException(
        f"{read.word!r} cannot be read; write it like mon-sat 09:00-13:00 sun 22:00-06:00"
    )


def _known(what: str, names: Collection[str], known: Collection[str]) -> None:
    """A name that nobody asks for would leave the doctor without a patient."""
    if unknown := [name for name in names if name not in known]:
        raise click.ClickException(f"no {what} {unknown[0]!r}; there are: {', '.join(known)}")


def _account(parts: Container, username: str, password: str, role: Role) -> str:
    """Return the new account's id. Errors: ClickException that says what to do."""
    account = parts.accounts.create(username, password, role=role)
    if isinstance(account, AccountTaken):
        raise click.ClickException(f"The username {username} is taken; choose another.")
    if isinstance(account, WeakPassword):
        raise click.ClickException(account.reason)
    return account


def _move(username: str, *, to_duty: bool) -> None:
    with container() as parts:
        doctor = _doctor_called(parts, username)
        moved = parts.rota.go_on_duty(doctor.id) if to_duty else parts.rota.go_off_duty(doctor.id)
    if not moved:
        raise click.ClickException(f"{username} is {doctor.status.value} and stays so.")
    click.echo(f"{username} is {'on' if to_duty else 'off'} duty.")


def _doctor_called(parts: Container, username: str) -> Doctor:
    account = parts.accounts.find(username)
    doctor = parts.rota.doctor_of(account.id) if account else None
    if doctor is None:
        raise click.ClickException(f"No doctor is called {username}.")
    return doctor
