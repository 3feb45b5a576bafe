"""Commands for the prompts: the sheet for a voice artist, and audio for listening through them."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import click

from ivr_flows.catalogues import load_catalogues
from ivr_flows.engine.catalogue import Catalogue, Template
from ivr_flows.source import BrokenDefinition
from speech.errors import SpeechError
from speech.synthesis import synthesise


@click.group()
def prompts() -> None:
    """The prompts that callers hear."""


@prompts.command()
@click.option("--lang", "language", required=True, help="Such as hi.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def script(language: str, as_json: bool) -> None:
    """Print the sheet for the voice artist: what can be recorded whole, one prompt a line.

    Prompts with values in them are not on it, since a recording cannot hold a value.
    """
    rows = [
        {"prompt": key, "text": template.text, "file": f"{language}/{key}.wav"}
        for key, template in _recordable(_catalogue(language)).items()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    sheet = csv.DictWriter(sys.stdout, ["prompt", "text", "file"], delimiter="\t")
    sheet.writeheader()
    sheet.writerows(rows)


@prompts.command()
@click.option("--lang", "language", required=True, help="Such as hi.")
@click.option("--into", type=click.Path(path_type=Path), required=True, help="Folder to fill.")
def render(language: str, into: Path) -> None:
    """Synthesise every prompt that can be recorded, as 8 kHz WAV, to listen through them."""
    recordable = _recordable(_catalogue(language))
    folder = into / language
    folder.mkdir(parents=True, exist_ok=True)
    for key, template in recordable.items():
        try:
            audio = synthesise(template.text, language)
        except SpeechError as error:
            raise click.ClickException(str(error)) from error
        (folder / f"{key}.wav").write_bytes(audio)
    click.echo(f"Rendered {len(recordable)} prompts into {folder}.")


def _catalogue(language: str) -> Catalogue:
    try:
        catalogues = load_catalogues()
    except BrokenDefinition as error:
        raise click.ClickException(str(error)) from error
    if language not in catalogues:
        known = ", ".join(catalogues)
        raise click.ClickException(f"no prompts in {language}; there are: {known}")
    return catalogues[language]


def _recordable(catalogue: Catalogue) -> dict[str, Template]:
    return {key: t for key, t in catalogue.templates.items() if not t.placeholders}
