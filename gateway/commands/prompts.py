"""Commands for the prompts: the voice artist's sheet, recordings, and audio to listen through."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from ivr_flows.catalogues import load_catalogues
from ivr_flows.checks.durations import text_s
from ivr_flows.engine.catalogue import PIECE, Catalogue
from ivr_flows.loading import load_flow_book
from ivr_flows.places import places_of
from ivr_flows.recordings import (
    PROMPTS,
    SUFFIX,
    Manifest,
    Recording,
    broken_recordings,
    load_manifest,
    save_manifest,
    says_its_text,
    text_hash,
)
from ivr_flows.source import BrokenDefinition
from speech.audio import Pcm, UnusableAudio, prepare
from speech.errors import SpeechError
from speech.ffmpeg import TO_OPUS, convert
from speech.synthesis import synthesise, wav_file

RATE_HZ: Final = 8000
# How a recording's length may differ from the estimate before it must be something else.
SHORTEST: Final = 0.4
LONGEST: Final = 2.5
PAUSE_S: Final = 1.0
_language = click.option("--lang", "language", required=True, help="Such as hi.")
_shelf = click.option(
    "--prompts",
    "shelf",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROMPTS,
    help="Folder of the recordings.",
)


@click.group()
def prompts() -> None:
    """The prompts that callers hear."""


@prompts.command()
@_language
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@click.option("--html", "as_html", is_flag=True, help="A sheet to print.")
def script(language: str, *, as_json: bool, as_html: bool) -> None:
    """Print the sheet for the voice artist: what can be recorded, one text a line.

    A prompt with values in it is recorded in pieces: `hold.position~0` is what stands before its
    first value. Numbers are recorded word by word.
    """
    places = places_of(load_flow_book())
    rows = [
        {
            "prompt": key,
            "text": text,
            "said at": ", ".join(places.get(key.partition(PIECE)[0], ())),
            "seconds": str(max(1, round(text_s(text)))),
            "file": f"{key}.wav",
        }
        for key, text in _catalogue(language).recordable().items()
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
    recordable = _catalogue(language).recordable()
    folder = into / language
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for key, text in recordable.items():
        try:
            audio = synthesise(text, language)
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
@_shelf
def record(language: str, voices: Path, voice: str, shelf: Path) -> None:
    """Speak what is not recorded yet, or is stale, with the studio's voice; it can be resumed."""
    from speech.studio import Studio

    try:
        studio = Studio(voices=voices, voice=voice)
    except SpeechError as error:
        raise click.ClickException(str(error)) from error
    right = "Kokoro-82M, synthetic; Apache-2.0; see ivr_flows/prompts/README.md"

    def spoken(text: str, _key: str) -> bytes:
        return studio.speak(text, language)

    _Session(language, shelf, speaker=voice, right=right).fill(spoken)


@prompts.command("import")
@_language
@click.option("--speaker", required=True, help="Who spoke.")
@click.option("--right", required=True, help="By what right the recordings are used.")
@_shelf
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_(language: str, speaker: str, right: str, shelf: Path, folder: Path) -> None:
    """Take a person's recordings: FOLDER holds <prompt>.wav (or .mp3, .ogg), as the sheet says."""
    files = {path.stem: path for path in sorted(folder.iterdir()) if path.is_file()}
    recordable = _catalogue(language).recordable()
    if unknown := sorted(files.keys() - recordable.keys()):
        raise click.ClickException(f"{unknown[0]} is no prompt that can be recorded in {language}")

    def spoken(text: str, key: str) -> bytes:
        pcm = _usable(files[key].read_bytes(), text, name=files[key].name)
        return convert(wav_file(pcm.samples, RATE_HZ), ("-i", "pipe:0", *TO_OPUS), timeout_s=60)

    _Session(language, shelf, speaker=speaker, right=right).fill(spoken, only=frozenset(files))


@prompts.command()
@_shelf
def check(shelf: Path) -> None:
    """Name recordings that are stale, missing, altered or unknown; exit 1 where there are any."""
    faults = list(broken_recordings(load_catalogues(), shelf))
    for fault in faults:
        click.echo(str(fault))
    click.echo(f"Checked: {len(faults)} faults.")
    if faults:
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Session:
    """One speaker before the microphone. shelf: the folder of all languages' recordings."""

    language: str
    shelf: Path
    speaker: str
    right: str

    def fill(
        self, spoken: Callable[[str, str], bytes], *, only: frozenset[str] | None = None
    ) -> None:
        """Record what is wanted; the manifest is written after each, so that it can be resumed.

        spoken: (text, key) → audio. only: these keys, recorded already or not; otherwise all that
        no recording says.
        """
        texts = _catalogue(self.language).recordable()
        before = load_manifest(self.language, self.shelf) or Manifest(version=1, speakers={})
        kept = {key: one for key, one in before.recordings.items() if key in texts}
        wanted = [
            key
            for key, text in texts.items()
            if (key in only if only is not None else not _is_fresh(kept.get(key), text))
        ]
        folder = self.shelf / self.language
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob(f"*{SUFFIX}"):
            if path.stem not in kept:
                path.unlink()
        self._save(before, kept)
        with click.progressbar(wanted, label=f"{self.language}, {self.speaker}") as bar:
            for key in bar:
                audio = spoken(texts[key], key)
                kept[key] = _entry(texts[key], audio, self.speaker)
                (folder / f"{key}{SUFFIX}").write_bytes(audio)
                self._save(before, kept)
        click.echo(f"Recorded {len(wanted)}; {len(kept)} of {len(texts)} texts are there.")

    def _save(self, before: Manifest, recordings: dict[str, Recording]) -> None:
        heard = {one.speaker for one in recordings.values()}
        known = {**before.speakers, self.speaker: self.right}
        speakers = {name: right for name, right in known.items() if name in heard}
        made = Manifest(version=1, speakers=speakers, recordings=recordings)
        save_manifest(made, self.language, self.shelf)


def _is_fresh(recording: Recording | None, text: str) -> bool:
    return recording is not None and says_its_text(recording, text)


def _entry(text: str, audio: bytes, speaker: str) -> Recording:
    return Recording(
        text=text_hash(text),
        audio=hashlib.sha256(audio).hexdigest(),
        seconds=round(_usable(audio, text, name=speaker).seconds, 2),
        speaker=speaker,
    )


def _usable(audio: bytes, text: str, *, name: str) -> Pcm:
    """Return the audio levelled and trimmed; refuse what cannot be the text, well spoken."""
    pcm = prepare(audio, rate_hz=RATE_HZ)
    if isinstance(pcm, UnusableAudio):
        raise click.ClickException(f"{name}: the audio is {pcm.reason.value}")
    expected_s = text_s(text)
    too = ""
    if pcm.seconds < SHORTEST * expected_s:
        too = "short"
    elif pcm.seconds > LONGEST * expected_s + PAUSE_S:
        too = "long"
    if too:
        raise click.ClickException(f"{name}: {pcm.seconds:.1f} s is too {too} for “{text}”")
    return pcm


def _catalogue(language: str) -> Catalogue:
    try:
        catalogues = load_catalogues()
    except BrokenDefinition as error:
        raise click.ClickException(str(error)) from error
    if language not in catalogues:
        known = ", ".join(catalogues)
        raise click.ClickException(f"no prompts in {language}; there are: {known}")
    return catalogues[language]
