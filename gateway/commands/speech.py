"""Commands for speech: the models there are, a transcript of a file, symptoms in a sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import yaml

from config.settings import REPOSITORY
from gateway.domain.triage import DAYS_A_YEAR, PatientFacts, TriageRules, assess
from speech.audio import UnusableAudio, prepare
from speech.errors import SpeechError
from speech.lexicon import load_lexicon
from speech.models import NoModel, find_model, list_models
from speech.recogniser import recognise
from speech.symptoms import Findings, find_symptoms

TRIAGE_PATH: Final = REPOSITORY / "config" / "triage.yaml"

Command = TypeVar("Command", bound=Callable[..., Any])


def _models_dir_option(command: Command) -> Command:
    return click.option(
        "--models-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="SPEECH_MODELS_DIR",
        help="Folder of Vosk models; by default SPEECH_MODELS_DIR.",
    )(command)


def _json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="One JSON object.")(command)


@click.group()
def speech() -> None:
    """Speech: models, transcripts, symptoms."""


@speech.command()
@_models_dir_option
@_json_option
def models(models_dir: Path | None, *, as_json: bool) -> None:
    """List the speech models, which are installed, and the languages that have none."""
    rows = list_models(models_dir)
    if as_json:
        listed = [
            {
                "language": row.language,
                "model": row.spec.name if row.spec else None,
                "mode": row.spec.mode if row.spec else None,
                "installed": row.path is not None,
            }
            for row in rows
        ]
        click.echo(json.dumps({"models": listed}))
        return
    for row in rows:
        if row.spec is None:
            click.echo(f"{row.language:4} no model exists: the keypad, and the doctor's ears")
            continue
        state = "installed" if row.path else "not installed"
        click.echo(f"{row.language:4} {row.spec.name:32} {state:14} {row.spec.about}".rstrip())


@speech.command()
@click.option("--lang", "language", required=True, help="Language code, such as hi.")
@_models_dir_option
@_json_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def transcribe(language: str, models_dir: Path | None, file: Path, *, as_json: bool) -> None:
    """Write down what is said in an audio FILE."""
    model = find_model(language, models_dir)
    if isinstance(model, NoModel):
        raise click.ClickException(
            f"no speech model for {language!r}; see 'doorvani speech models'"
        )
    pcm = prepare(file.read_bytes(), rate_hz=model.spec.rate_hz)
    if isinstance(pcm, UnusableAudio):
        raise click.ClickException(f"the audio cannot be used: {pcm.reason.value}")
    try:
        transcript = recognise(pcm, model=model)
    except SpeechError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(asdict(transcript), ensure_ascii=False))
    else:
        click.echo(transcript.text)


@speech.command()
@click.option("--lang", "language", required=True, help="hi, hi-Latn or en.")
@click.option("--age-years", type=click.FloatRange(0, 130), help="Age of the patient.")
@click.option("--sex", type=click.Choice(["female", "male", "other"]))
@click.option("--pregnant", is_flag=True, help="The patient is pregnant.")
@click.option("--stdin", "from_stdin", is_flag=True, help="One text a line, one answer a line.")
@_json_option
@click.argument("text", required=False)
def symptoms(
    language: str,
    age_years: float | None,
    sex: str | None,
    text: str | None,
    *,
    pregnant: bool,
    from_stdin: bool,
    as_json: bool,
) -> None:
    """Find the coded symptoms in TEXT, and their urgency if the patient confirmed them all."""
    if from_stdin == (text is not None):
        raise click.UsageError("give a TEXT, or --stdin")
    facts = PatientFacts(
        age_days=None if age_years is None else int(age_years * DAYS_A_YEAR),
        sex=sex,
        pregnant=pregnant,
    )
    rules = TriageRules.model_validate(yaml.safe_load(TRIAGE_PATH.read_text(encoding="utf-8")))
    lexicon = load_lexicon()
    texts: Iterable[str] = (line.rstrip("\n") for line in sys.stdin) if from_stdin else [text or ""]
    for one in texts:
        try:
            findings = find_symptoms(one, language=language, lexicon=lexicon)
        except SpeechError as error:
            raise click.ClickException(str(error)) from error
        answer = _answer(findings, facts, rules)
        line = json.dumps(answer, ensure_ascii=False) if as_json or from_stdin else _plain(answer)
        click.echo(line)


def _answer(findings: Findings, facts: PatientFacts, rules: TriageRules) -> dict[str, Any]:
    said = [symptom for symptom in findings.symptoms if not symptom.negated]
    assessment = assess(
        [symptom.code for symptom in said],
        facts=facts,
        duration_days=findings.duration_days,
        danger_answer=False,
        severe=[symptom.code for symptom in said if symptom.severe],
        rules=rules,
    )
    return {
        "symptoms": [
            {"code": symptom.code, "negated": symptom.negated, "span": list(symptom.span)}
            for symptom in findings.symptoms
        ],
        "urgency": assessment.urgency.value,
        "duration_days": findings.duration_days,
    }


def _plain(answer: dict[str, Any]) -> str:
    codes = ", ".join(f"{'no ' * s['negated']}{s['code']}" for s in answer["symptoms"])
    return f"{answer['urgency']}: {codes or 'no symptom found'}"
