"""Commands for the prompts: the voice artist's sheet, recordings, and audio to listen through."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from ivr_flows.catalogues import load_catalogues
from ivr_flows.definitions import load_definitions
from ivr_flows.engine.catalogue import Catalogue, Template
from ivr_flows.recordings import (
    PROMPTS,
    SUFFIX,
    Manifest,
    Recording,
    broken_recordings,
    load_manifest,
    save_manifest,
    text_hash,
)
from ivr_flows.source import BrokenDefinition
from speech.audio import Pcm, UnusableAudio, prepare
from speech.errors import SpeechError
from speech.ffmpeg import convert
from speech.synthesis import synthesise, wav_file

RATE_HZ: Final = 8000
CHARACTERS_A_SECOND: Final = 12
_OPUS: Final = ("-c:a", "libopus", "-b:a", "14k", "-application", "voip", "-f", "ogg", "pipe:1")
_language = click.option("--lang", "language", required=True, help="Such as hi.")


@click.group()
def prompts() -> None:
    """The prompts that callers hear."""


@prompts.command()
@_language
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@click.option("--html", "as_html", is_flag=True, help="A sheet to print.")
def script(language: str, *, as_json: bool, as_html: bool) -> None:
    """Print the sheet for the voice artist: what can be recorded whole, one prompt a line.

    Prompts with values in them are not on it, since a recording cannot hold a value.
    """
    places = _places()
    rows = [
        {
            "prompt": key,
            "text": template.text,
            "said at": ", ".join(places.get(key, ())),
            "seconds": str(max(1, round(len(template.text) / CHARACTERS_A_SECOND))),
            "file": f"{key}.wav",
        }
        for key, template in _recordable(_catalogue(language)).items()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    elif as_html:
        click.echo(_sheet(language, rows))
    else:
        sheet = csv.DictWriter(sys.stdout, list(rows[0]), delimiter="\t")
        sheet.writeheader()
        sheet.writerows(rows)


def _sheet(language: str, rows: list[dict[str, str]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(value)}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Doorvani, prompts '
        f"({language})</title><style>td,th{{border:1px solid;padding:.3em;text-align:left}}"
        f"table{{border-collapse:collapse}}</style><table><tr>{head}</tr>\n{body}</table></html>"
    )


@prompts.command()
@_language
@click.option("--into", type=click.Path(path_type=Path), required=True, help="Folder to fill.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def render(language: str, into: Path, *, as_json: bool) -> None:
    """Synthesise every prompt that can be recorded, as 8 kHz WAV, to listen through them."""
    recordable = _recordable(_catalogue(language))
    folder = into / language
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for key, template in recordable.items():
        try:
            audio = synthesise(template.text, language)
        except SpeechError as error:
            raise click.ClickException(str(error)) from error
        path = folder / f"{key}.wav"
        path.write_bytes(audio)
        files.append(str(path))
    if as_json:
        click.echo(json.dumps({"language": language, "files": files}, ensure_ascii=False))
    else:
        click.echo(f"Rendered {len(recordable)} prompts into {folder}.")


@prompts.command()
@_language
@click.option("--voices", type=click.Path(exists=True, path_type=Path), required=True,
              help="kokoro-js's .tgz (npm pack kokoro-js), or its folder of voices.")  # fmt: skip
@click.option("--voice", default="hf_alpha", show_default=True)
def record(language: str, voices: Path, voice: str) -> None:
    """Speak what is not recorded yet, or is stale, with the studio's voice; it can be resumed."""
    from speech.studio import Studio

    try:
        studio = Studio(voices=voices, voice=voice)
    except SpeechError as error:
        raise click.ClickException(str(error)) from error
    right = "Kokoro-82M, synthetic; Apache-2.0; see ivr_flows/prompts/README.md"

    def spoken(text: str, _key: str) -> bytes:
        return studio.speak(text, language)

    _fill(language, voice, right, spoken)


@prompts.command("import")
@_language
@click.option("--speaker", required=True, help="Who spoke.")
@click.option("--right", required=True, help="By what right the recordings are used.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_(language: str, speaker: str, right: str, folder: Path) -> None:
    """Take a person's recordings: FOLDER holds <prompt>.wav (or .mp3, .ogg), as the sheet says."""
    files = {path.stem: path for path in sorted(folder.iterdir()) if path.is_file()}
    recordable = _recordable(_catalogue(language))
    if unknown := sorted(files.keys() - recordable.keys()):
        raise click.ClickException(f"{unknown[0]} is no prompt that can be recorded in {language}")

    def spoken(_text: str, key: str) -> bytes:
        pcm = prepare(files[key].read_bytes(), rate_hz=RATE_HZ)
        if isinstance(pcm, UnusableAudio):
            raise click.ClickException(f"{files[key].name}: the audio is {pcm.reason.value}")
        return convert(wav_file(pcm.samples, RATE_HZ), ("-i", "pipe:0", *_OPUS), timeout_s=60)

    _fill(language, speaker, right, spoken, only=frozenset(files))


@prompts.command()
def check() -> None:
    """Name recordings that are stale, missing, altered or unknown."""
    faults = list(broken_recordings(load_catalogues()))
    for fault in faults:
        click.echo(str(fault))
    click.echo(f"Checked: {len(faults)} faults.")
    if faults:
        sys.exit(1)


def _fill(
    language: str,
    speaker: str,
    right: str,
    spoken: Callable[[str, str], bytes],
    *,
    only: frozenset[str] | None = None,
) -> None:
    """Record what is wanted, and write the manifest after each, so that it can be resumed."""
    recordable = _recordable(_catalogue(language))
    before = load_manifest(language) or Manifest(version=1, speakers={})
    kept = {key: one for key, one in before.recordings.items() if key in recordable}
    speakers = {**before.speakers, speaker: right}
    folder = PROMPTS / language
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob(f"*{SUFFIX}"):
        if path.stem not in kept:
            path.unlink()
    wanted = list(_wanted(recordable, kept, only))
    with click.progressbar(wanted, label=f"{language}, {speaker}", file=sys.stderr) as bar:
        for key in bar:
            text = recordable[key].text
            audio = spoken(text, key)
            (folder / f"{key}{SUFFIX}").write_bytes(audio)
            kept[key] = _entry(text, audio, speaker)
            save_manifest(Manifest(version=1, speakers=speakers, recordings=kept), language)
    save_manifest(Manifest(version=1, speakers=speakers, recordings=kept), language)
    click.echo(f"Recorded {len(wanted)}; {len(kept)} of {len(recordable)} prompts are there.")


def _wanted(
    recordable: dict[str, Template], kept: dict[str, Recording], only: frozenset[str] | None
) -> Iterator[str]:
    for key, template in recordable.items():
        fresh = key in kept and kept[key].text == text_hash(template.text)
        if (only is None and not fresh) or (only is not None and key in only):
            yield key


def _entry(text: str, audio: bytes, speaker: str) -> Recording:
    pcm = prepare(audio, rate_hz=RATE_HZ)
    if not isinstance(pcm, Pcm):
        raise click.ClickException(f"{speaker}: the audio of “{text}” is {pcm.reason.value}")
    return Recording(
        text=text_hash(text),
        audio=hashlib.sha256(audio).hexdigest(),
        seconds=round(pcm.seconds, 2),
        speaker=speaker,
    )


def _places() -> dict[str, list[str]]:
    places: dict[str, set[str]] = {}
    for definition in load_definitions():
        for name, node in definition.flow.nodes.items():
            for line in node.lines():
                places.setdefault(line.prompt, set()).add(f"{definition.flow.flow}/{name}")
    return {key: sorted(found) for key, found in places.items()}


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
