"""The demonstration: everything set up, one consultation from dial to prescription."""

from __future__ import annotations

import fcntl
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from config.settings import Environment, Settings, developer_secrets
from gateway import embedded
from gateway.commands.run import (
    DOCTOR_NAME,
    DOCTOR_PASSWORD,
    DOCTOR_PHONE,
    desk_settings,
    environment_of,
    prepare,
)
from gateway.container import Container
from gateway.demo.browsing import ConsoleDoctor
from gateway.demo.consultation import (
    DOCTOR,
    FIRST_CALL,
    SECOND_CALL,
    Person,
    connected,
    hung_up,
    together,
)
from gateway.demo.gloss import Gloss
from gateway.demo.narrator import Narrator
from gateway.demo.phone import NothingHappened, Phone
from gateway.domain.errors import GatewayError
from gateway.running import everything, free_port
from speech.synthesis import synthesise

PATIENT_PHONE = "+919800000001"
NAME = "सीता"
COMPLAINT = "बुखार"
DOCTORS_WORDS = "नमस्ते, मैं डॉक्टर आशा राव हूँ"
MEDICINE = {
    "medicine": "paracetamol",
    "strength": "tablet|500 mg",
    "dose": "1-0-1",
    "days": "3",
}
NOT_ALLOWED = {**MEDICINE, "medicine": "metformin"}
# Line seconds in a second of the clock: nobody need wait for each word to be spoken.
SPEED = 2
MOST_AT_ONCE = 9
MESSAGES_AT_LEAST = 4  # the token; head, medicine and how to hear it again of the prescription


@click.command()
def demo() -> None:
    """One whole consultation over the real parts, narrated; fails if anything is missing."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    try:
        with _settings() as settings, embedded.valkey(settings.data_dir) as redis_url:
            desk = desk_settings(settings, redis_url=redis_url, carrier_port=free_port())
            prepare(Container(desk))
            _consultation(desk)
    except GatewayError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"\nAll of it held, in {time.monotonic() - started:.0f} s.")


@contextmanager
def _settings() -> Iterator[Settings]:
    """Yield a developer's settings in a folder of this demonstration's own, empty at its start."""
    settings = Settings(doorvani_env=Environment.DEVELOPMENT)
    with _own_folder(settings.data_dir) as folder:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield settings.model_copy(
            update={
                "data_dir": folder,
                "port": free_port(),
                "database_url": "",
                **developer_secrets(folder),
            }
        )


@contextmanager
def _own_folder(data_dir: Path) -> Iterator[Path]:
    """Yield a folder that no other demonstration uses now; the kernel frees it when we end."""
    data_dir.mkdir(parents=True, exist_ok=True)
    for name in ("demo", *(f"demo-{number}" for number in range(2, MOST_AT_ONCE + 1))):
        with (data_dir / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if name != "demo":
                click.echo(f"Another demonstration is running, so this one is in {name}.")
            yield data_dir / name
            return
    raise GatewayError(f"{MOST_AT_ONCE} demonstrations are running already")


def _consultation(desk: Settings) -> None:
    carrier = desk.twilio_api_url
    port = int(carrier.rsplit(":", 1)[-1])
    parts = Container(desk)
    gloss = Gloss(parts.book.catalogue("hi"), parts.book.catalogue("en"))
    narrator = Narrator(gloss)
    narrator.title("Starting web server, workers, Valkey, database and the carrier on the desk")
    with everything(
        data_dir=desk.data_dir,
        environment={**environment_of(desk), "SIMULATOR_SPEED": str(SPEED)},
        web_port=desk.port,
        carrier_port=port,
    ):
        patient = Person(
            Phone(carrier, PATIENT_PHONE, name="Patient", listener=narrator.happened),
            FIRST_CALL,
            gloss,
            words=(synthesise(NAME, "hi"), synthesise(COMPLAINT, "hi")),
        )
        doctor = Person(
            Phone(carrier, DOCTOR_PHONE, name="Doctor", listener=narrator.happened),
            DOCTOR,
            gloss,
        )
        _first_call(narrator, patient, doctor, to=desk.toll_free_number)
        console = ConsoleDoctor(desk.origin, DOCTOR_NAME, DOCTOR_PASSWORD)
        code = _prescribe(narrator, console)
        _messages_arrive(patient)
        _second_call(narrator, patient, to=desk.toll_free_number)
        _judge(narrator, patient, console, code=code)


def _first_call(narrator: Narrator, patient: Person, doctor: Person, *, to: str) -> None:
    narrator.title(f"She dials {to}, free of charge, from the cheapest phone there is")
    patient.phone.dial(to)

    def ring_and_take() -> None:
        doctor.phone.wait_for("ringing", timeout_s=150)
        doctor.phone.answer()
        doctor.until(connected)

    together(lambda: patient.until(connected), ring_and_take)
    narrator.title("They talk")
    doctor.phone.speak(synthesise(DOCTORS_WORDS, "hi"))
    patient.phone.wait_for("audio_in")
    patient.phone.speak(patient.words[-1])
    doctor.phone.wait_for("audio_in")
    doctor.phone.hang_up()
    patient.until(hung_up)


def _prescribe(narrator: Narrator, console: ConsoleDoctor) -> str:
    narrator.title("The doctor writes the prescription on her page")
    console.sign_in()
    refused = console.prescribe("viral fever", NOT_ALLOWED)
    if refused.code:
        raise GatewayError("a List A medicine went through on a first telephone consultation")
    narrator.say("Doorvani", f"refuses metformin: {refused.refusal}")
    issued = console.prescribe("viral fever", MEDICINE)
    if not issued.code:
        raise GatewayError(f"the prescription was not issued: {issued.refusal}")
    narrator.say("Doctor", f"issues prescription {issued.code}: paracetamol 500 mg, 1-0-1, 3 days")
    return issued.code


def _messages_arrive(patient: Person) -> None:
    end = time.monotonic() + 30
    while len(patient.phone.inbox()) < MESSAGES_AT_LEAST:
        if time.monotonic() > end:
            raise NothingHappened("the prescription's messages did not arrive")
        for _ in patient.phone.events(timeout_s=1):
            continue


def _second_call(narrator: Narrator, patient: Person, *, to: str) -> None:
    narrator.title("She cannot read the messages, and calls again to hear the prescription")
    patient.plan = SECOND_CALL
    patient.heard.clear()
    patient.prompts.clear()
    patient.phone.dial(to)
    patient.until(lambda person, _event: "rx.code" in person.prompts)
    patient.phone.hang_up()


def _judge(narrator: Narrator, patient: Person, console: ConsoleDoctor, *, code: str) -> None:
    """Look at what is left, as its users would. Errors: GatewayError naming what is missing."""
    narrator.title("What is left of it")
    visit = console.visit_page()
    heard = " ".join(patient.heard)
    checks = {
        "the token came by SMS": any("0001" in m["body"] for m in patient.phone.inbox()),
        "the prescription came by SMS": any(code in m["body"] for m in patient.phone.inbox()),
        "no SMS came twice": len({m["body"] for m in patient.phone.inbox()})
        == len(patient.phone.inbox()),
        "she heard the medicine": "पैरासिटामोल" in heard,
        "Vosk heard her own words": COMPLAINT in visit,
        "the doctor's page tells what she confirmed": "fever" in visit.casefold(),
    }
    for what, holds in checks.items():
        narrator.say("Doorvani", f"{'yes' if holds else 'NO '}  {what}")
    if not all(checks.values()):
        missing = ", ".join(what for what, holds in checks.items() if not holds)
        raise GatewayError(f"missing: {missing}")
