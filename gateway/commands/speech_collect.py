"""Commands for what volunteers said to test the recogniser with: counted, and written out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from gateway.commands.opening import container
from gateway.commands.speech_models import json_option
from gateway.services.volunteering import Spoken, spoken
from speech.evaluation import TRANSCRIPTS

_ENDINGS: Final = {"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/amr": "amr"}
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


@click.group()
def collect() -> None:
    """Voices of volunteers, who call VOLUNTEER_NUMBER and say the words that they are asked."""


@collect.command("status")
@json_option
def status(*, as_json: bool) -> None:
    """Tell, by language, how many volunteers said how many words."""
    with container() as parts, parts.work.begin() as unit:
        rows = [
            {
                "language": language,
                "volunteers": len({said.speaker for said in given}),
                "recordings": len(given),
                "words": len({said.word for said in given}),
            }
            for language in parts.book.languages
            if (given := list(spoken(unit, language=language)))
        ]
    if as_json:
        click.echo(json.dumps({"collected": rows}))
        return
    for row in rows:
        click.echo(
            f"{row['language']}: {row['recordings']} recordings of {row['words']} words"
            f" by {row['volunteers']} volunteers"
        )
    if not rows:
        click.echo("Nobody has said anything yet; volunteers call VOLUNTEER_NUMBER.")


@collect.command("export")
@click.option("--lang", "language", required=True, help="Language code, such as hi.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(language: str, folder: Path) -> None:
    """Write the recordings of a language into FOLDER, as `speech evaluate` reads them.

    The folder must be new or empty, so that nothing that was taken back stays in it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty; name a new folder.")
    with container() as parts, parts.work.begin() as unit:
        if language not in parts.book.languages:
            known = ", ".join(parts.book.languages)
            raise click.ClickException(f"no language {language!r}; there are: {known}")
        prompts = parts.book.catalogue(language).templates
        folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        lines = [
            _write(folder, number, said, prompts[f"symptom.{said.word}"].text)
            for number, said in enumerate(spoken(unit, language=language), start=1)
        ]
    _private(folder / TRANSCRIPTS, "".join(lines).encode())
    click.echo(f"{len(lines)} recordings in {folder}.")
    click.echo("These are people's voices, no longer sealed: keep them as such, and export anew")
    click.echo("before each use, since a volunteer may have taken hers back.")


def _write(folder: Path, number: int, said: Spoken, text: str) -> str:
    """Write a recording, and return its line of the list: file, words and code."""
    ending = _ENDINGS.get(said.content_type.partition(";")[0], "wav")
    name = f"{number:05}-speaker-{said.speaker:03}.{ending}"
    _private(folder / name, said.audio)
    return f"{name}\t{text}\t{said.word}\n"


def _private(path: Path, content: bytes) -> None:
    path.touch(mode=_FILE_MODE)
    path.write_bytes(content)
