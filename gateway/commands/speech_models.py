"""Commands for speech models: which there are, fetching one, and checking what is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from config.settings import load_settings
from speech.errors import SpeechError
from speech.fetching import Progress, fetch, verify
from speech.models import (
    InstalledModel,
    Listed,
    ModelSpec,
    installed_models,
    list_models,
    load_manifest,
)
from speech.recogniser import try_in_child


def models_dir_option(command: Any) -> Any:
    return click.option(
        "--models-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="SPEECH_MODELS_DIR",
        help="Folder of Vosk models; by default SPEECH_MODELS_DIR.",
    )(command)


def json_option(command: Any) -> Any:
    return click.option("--json", "as_json", is_flag=True, help="One JSON object.")(command)


@click.group(invoke_without_command=True)
@models_dir_option
@json_option
@click.pass_context
def models(context: click.Context, models_dir: Path | None, *, as_json: bool) -> None:
    """Speech models; without a subcommand, the list of them."""
    if context.invoked_subcommand is None:
        _list(models_dir, as_json=as_json)


@models.command("list")
@models_dir_option
@json_option
def list_(models_dir: Path | None, *, as_json: bool) -> None:
    """List the speech models, which are installed, and the languages that have none."""
    _list(models_dir, as_json=as_json)


def _list(models_dir: Path | None, *, as_json: bool) -> None:
    rows = list_models(models_dir)
    if as_json:
        listed = [
            {
                "language": row.language,
                "model": row.spec.name if row.spec else None,
                "mode": row.spec.mode if row.spec else None,
                "licence": row.spec.licence if row.spec else None,
                "installed": row.path is not None,
                "card": str(card) if (card := _card(row.path)) else None,
                "open_questions": _bears_open_questions(row),
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
        if card := _card(row.path):
            heard = "heard" if _bears_open_questions(row) else "kept for the doctor's ears"
            click.echo(f"     its card: {card}; answers to open questions are {heard}")


def _bears_open_questions(row: Listed) -> bool:
    if row.spec is None or row.path is None:
        return False
    return InstalledModel(row.spec, row.path).hears_freely


def _card(path: Path | None) -> Path | None:
    card = path / "MODEL_CARD.md" if path else None
    return card if card is not None and card.is_file() else None


@models.command("fetch")
@click.argument("name")
@click.option(
    "--from", "origin", default="",
    help="A folder, a zip, or the URL of a mirror; by default the Vosk project's site.",
)  # fmt: skip
@models_dir_option
def fetch_(name: str, origin: str, models_dir: Path | None) -> None:
    """Fetch the model NAME, check it, try it, and put it into its place."""
    spec = _spec(name)
    folder = models_dir or load_settings().data_dir / "speech_models"
    with click.progressbar(length=spec.size_bytes or 1, label=spec.name) as bar:
        try:
            done = fetch(spec, folder, origin=origin, trial=try_in_child, progress=_shown(bar))
        except SpeechError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"Installed in {done.path}.")
    if done.sha256:
        known = " as the manifest has it" if done.sha256 == spec.sha256 else ""
        click.echo(f"SHA-256 of the zip{known}: {done.sha256}")
    if models_dir is None:
        click.echo(f"For the service to use it, set SPEECH_MODELS_DIR={folder}")


def _shown(bar: Any) -> Progress:
    def show(done: int, size: int | None) -> None:
        if size:
            bar.length = size
        bar.update(done - bar.pos)

    return show


@models.command("verify")
@click.argument("names", nargs=-1)
@models_dir_option
@json_option
def verify_(names: tuple[str, ...], models_dir: Path | None, *, as_json: bool) -> None:
    """Compare installed models, all or those NAMED, with the record of their files."""
    wanted = {_spec(name).name for name in names}
    found = [m for m in installed_models(models_dir) if not wanted or m.spec.name in wanted]
    missing = sorted(wanted - {model.spec.name for model in found})
    faults: dict[str, list[str]] = {name: ["not installed"] for name in missing}
    for model in found:
        try:
            faults[model.spec.name] = verify(model.path)
            try_in_child(model.path)
        except SpeechError as error:
            faults.setdefault(model.spec.name, []).append(str(error))
    if as_json:
        click.echo(json.dumps({"models": faults}))
    else:
        for name, wrong in faults.items():
            click.echo(f"{name}: {'; '.join(wrong) if wrong else 'whole, and it loads'}")
    if any(faults.values()):
        raise SystemExit(1)


def _spec(name: str) -> ModelSpec:
    specs = {spec.name: spec for spec in load_manifest().models}
    if name not in specs:
        raise click.ClickException(f"no model {name!r}; there are: {', '.join(specs)}")
    return specs[name]
