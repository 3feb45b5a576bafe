"""Commands about prescriptions."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import click
import yaml
from pydantic import BaseModel, ValidationError

from config.settings import REPOSITORY
from gateway.commands.opening import container
from gateway.container import Container
from gateway.domain.diagnoses import Diagnoses
from gateway.domain.draft import BadDraft, MedicineDraft, parse_draft
from gateway.domain.formulary import Formulary, FormularyFile
from gateway.domain.indian_time import day_in_india
from gateway.domain.prescription import check_prescription, verdict_as_json
from gateway.domain.quick_line import parse_line
from gateway.paper.fhir import Filing, Record, record_of
from gateway.services.issuing import IssuedPrescription
from gateway.services.pharmacy import plain_code

CONFIG = REPOSITORY / "config"
BAD_INPUT = 2

_Model = TypeVar("_Model", bound=BaseModel)


@click.group("rx")
def rx() -> None:
    """Prescriptions."""


@rx.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Answer with a JSON object.")
@click.option("--stdin", "from_stdin", is_flag=True, help="One draft a line, one JSON object out.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day of issue; today in India when left out.",
)
def check_command(file: Path | None, as_json: bool, from_stdin: bool, on: datetime | None) -> None:
    """Check the draft in FILE ("-" reads one from standard input): may it be issued?

    Exit code 0 with an answer, whatever it is; 2 when a draft cannot be read.
    """
    if (file is None) != from_stdin:
        raise click.UsageError("Give either FILE or --stdin.")
    day = on.date() if on else day_in_india(datetime.now(UTC))
    formulary = _formulary()
    if file is None:
        answers = [
            _answer(line, formulary, day, as_json=True) for line in sys.stdin.buffer if line.strip()
        ]
        sys.exit(0 if all(answers) else BAD_INPUT)
    if not _answer(_read(file, as_json=as_json), formulary, day, as_json=as_json):
        sys.exit(BAD_INPUT)


@rx.command("read")
@click.argument("line")
@click.option("--json", "as_json", is_flag=True, help="Answer with a JSON object.")
def read_command(line: str, as_json: bool) -> None:
    """Read LINE as doctors type it, such as "pcm 500 1-0-1 5d pc"; the rules do not look at it.

    Exit code 0 with an answer, whatever it is.
    """
    found = parse_line(line, formulary=_formulary())
    read = isinstance(found, MedicineDraft)
    answer = found.model_dump() if isinstance(found, MedicineDraft) else asdict(found)
    if as_json:
        click.echo(json.dumps({"read": read, **answer}, ensure_ascii=False))
        return
    for name, value in answer.items():
        shown = " | ".join(value) if isinstance(value, tuple) else value
        click.echo(f"{name}: {shown}")


@rx.command("codes")
@click.option("--json", "as_json", is_flag=True, help="Answer with a JSON object.")
def codes_command(as_json: bool) -> None:
    """Print the numbers that doctors key: of diagnoses, and of medicines with their strengths.

    Exit code 1 when a number is missing, malformed or has two meanings.
    """
    diagnoses, medicines = _diagnoses().by_code, _formulary().by_code
    if as_json:
        found = {
            "diagnoses": {code: one.name for code, one in diagnoses.items()},
            "medicines": {
                code: {
                    "name": medicine.name,
                    "strengths": [f"{kind.form} {kind.strength}" for kind in medicine.strengths],
                }
                for code, medicine in medicines.items()
            },
        }
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for code, diagnosis in sorted(diagnoses.items()):
        click.echo(f"{code}  {diagnosis.name}")
    for code, medicine in sorted(medicines.items(), key=lambda pair: pair[1].name.casefold()):
        kinds = "; ".join(f"{kind.form} {kind.strength}" for kind in medicine.strengths)
        click.echo(f"{code}  {medicine.name} ({medicine.list.value}): {kinds}")


@rx.command("pdf")
@click.argument("code")
@click.argument("out", type=click.Path(path_type=Path))
def pdf_command(code: str, out: Path) -> None:
    """Write the prescription of CODE to OUT as a signed PDF."""
    with container() as parts:
        found, now = _filed(parts, code), parts.work.clock()
        body = parts.press.pdf(found.document, at=now, cancelled_on=found.cancelled_on)
        out.write_bytes(body)


@rx.command("fhir")
@click.argument("code")
@click.option(
    "--record",
    type=click.Choice([record.value for record in Record]),
    default=Record.PRESCRIPTION.value,
    show_default=True,
    help="Which of the NRCES records.",
)
def fhir_command(code: str, record: str) -> None:
    """Print the prescription of CODE as a FHIR R4 document bundle."""
    with container() as parts:
        found = _filed(parts, code)
        filing = Filing(
            patient=found.patient_id,
            encounter=found.consultation_id,
            origin=parts.press.origin,
            at=parts.work.clock(),
            cancelled_on=found.cancelled_on,
        )
        bundle = record_of(found.document, filing, Record(record))
    click.echo(json.dumps(bundle, ensure_ascii=False, indent=2))


def _filed(parts: Container, code: str) -> IssuedPrescription:
    found = parts.prescriptions.find(plain_code(code))
    if found is None:
        raise click.ClickException("There is no prescription with this code.")
    return found


def _answer(text: bytes, formulary: Formulary, day: date, *, as_json: bool) -> bool:
    """Print the verdict; False when the draft cannot be read, which is then said."""
    draft = parse_draft(text)
    if isinstance(draft, BadDraft):
        _complain("not a draft: " + "; ".join(draft.problems), as_json=as_json)
        return False
    verdict = check_prescription(draft, formulary=formulary, on=day)
    if as_json:
        click.echo(json.dumps(verdict_as_json(verdict), ensure_ascii=False))
        return True
    click.echo("allowed" if verdict.allowed else "refused")
    for refusal in verdict.refusals:
        click.echo(f"- {refusal.medicine or 'prescription'}: {refusal.rule}")
        click.echo(f"  {refusal.explanation} {refusal.lawful_way}")
        click.echo(f"  Source: {refusal.source}")
    return True


def _read(file: Path, *, as_json: bool) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _complain(f"{file}: {error.strerror}", as_json=as_json)
        sys.exit(BAD_INPUT)


def _complain(problem: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": problem}, ensure_ascii=False))
    click.echo(f"Error: {problem}", err=True)


def _formulary() -> Formulary:
    return Formulary(_data("formulary.yaml", FormularyFile))


def _diagnoses() -> Diagnoses:
    return _data("diagnoses.yaml", Diagnoses)


def _data(name: str, model: type[_Model]) -> _Model:
    try:
        data = yaml.safe_load((CONFIG / name).read_text(encoding="utf-8"))
        return model.model_validate(data)
    except (OSError, yaml.YAMLError, ValidationError, ValueError) as error:
        raise click.ClickException(f"{name}: {error}") from error
