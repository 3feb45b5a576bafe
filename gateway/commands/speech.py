"""Commands for speech: the models there are, a transcript of a file, symptoms in a sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
import yaml

from config.settings import REPOSITORY
from gateway.commands.speech_collect import collect
from gateway.commands.speech_models import json_option, models, models_dir_option
from gateway.commands.speech_train import train
from gateway.domain.triage import DAYS_A_YEAR, PatientFacts, TriageRules, assess
from speech.audio import UnusableAudio, prepare
from speech.errors import SpeechError
from speech.evaluation import Report, evaluate, read_samples
from speech.lexicon import load_lexicon
from speech.models import InstalledModel, NoModel, find_model, installed_models
from speech.recogniser import recognise
from speech.symptoms import Findings, find_symptoms

TRIAGE_PATH: Final = REPOSITORY / "config" / "triage.yaml"


@click.group()
def speech() -> None:
    """Speech: models, transcripts, symptoms."""


speech.add_command(models)
speech.add_command(train)
speech.add_command(collect)


@speech.command()
@click.option("--lang", "language", required=True, help="Language code, such as hi.")
@models_dir_option
@json_option
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
@click.option(
    "--lang",
    "language",
    required=True,
    help="hi, hi-Latn, en, or seeded: as, bn, gu, kn, ml, mr, or, pa, ta, te, ur.",
)
@click.option("--age-years", type=click.FloatRange(0, 130), help="Age of the patient.")
@click.option("--sex", type=click.Choice(["female", "male", "other"]))
@click.option("--pregnant", is_flag=True, help="The patient is pregnant.")
@click.option("--stdin", "from_stdin", is_flag=True, help="One text a line, one answer a line.")
@json_option
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


@speech.command("evaluate")
@click.option("--lang", "language", required=True, help="Language code, such as hi.")
@click.option("--model", "names", multiple=True, help="A model by name; more than one compares.")
@models_dir_option
@json_option
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def evaluate_(
    language: str, names: tuple[str, ...], models_dir: Path | None, folder: Path, *, as_json: bool
) -> None:
    """Measure how well models hear the recordings of FOLDER, which holds a transcripts.tsv."""
    lexicon = load_lexicon()
    try:
        chosen = _chosen(language, names, models_dir)
        samples = read_samples(folder, language=language, lexicon=lexicon)
        reports = []
        for model in chosen:
            with click.progressbar(
                length=len(samples), label=model.spec.name, file=sys.stderr
            ) as bar:
                reports.append(
                    evaluate(
                        samples, model=model, lexicon=lexicon, progress=lambda _: bar.update(1)
                    )
                )
    except SpeechError as error:
        raise click.ClickException(str(error)) from error
    if not as_json:
        click.echo(_table(reports))
        return
    for report in reports:
        click.echo(json.dumps(_figures(report)))


def _chosen(language: str, names: tuple[str, ...], models_dir: Path | None) -> list[InstalledModel]:
    if not names:
        best = find_model(language, models_dir)
        if isinstance(best, NoModel):
            raise click.ClickException(f"no speech model for {language!r} is installed")
        return [best]
    there = {model.spec.name: model for model in installed_models(models_dir)}
    if missing := [name for name in names if name not in there]:
        raise click.ClickException(f"{missing[0]} is not installed; there are: {', '.join(there)}")
    return [there[name] for name in names]


def _figures(report: Report) -> dict[str, Any]:
    return {
        "model": report.model,
        "samples": report.samples,
        "unusable": report.unusable,
        "wer": report.wer,
        "cer": report.cer,
        **{
            f"{name}_{figure}": getattr(score, figure)
            for name, score in (("symptom", report.symptoms), ("offered", report.offered))
            for figure in ("precision", "recall", "f1")
        },
        "red_flag_recall": report.red_flag_recall,
        "real_time_factor": report.real_time_factor,
    }


def _table(reports: Sequence[Report]) -> str:
    """One column a model, on the same recordings of the same run."""
    columns = [_figures(report) for report in reports]
    width = max(len(column["model"]) for column in columns)
    rows = [
        "  ".join([f"{name:20}", *(f"{_shown(column[name]):>{width}}" for column in columns)])
        for name in columns[0]
    ]
    return "\n".join(rows)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
