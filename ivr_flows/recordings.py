"""Recorded prompts: which there are, by whom, and whether they still say what the text says.

`ivr_flows/prompts/<language>/manifest.yaml` names the speaker and, for each prompt or piece of one
(`Catalogue.recordable`), a hash of the text that was spoken and of the audio. A recording whose
text has changed since is stale: it is not played, and the check names it, so that it is spoken anew
or dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from ivr_flows.engine.catalogue import Catalogue
from ivr_flows.source import Fault, read_source

PROMPTS: Final = Path(__file__).parent / "prompts"
MANIFEST: Final = "manifest.yaml"
SUFFIX: Final = ".opus"


class Recording(BaseModel):
    """text: SHA-256 of the words that were spoken. audio: SHA-256 of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    audio: str
    seconds: float = Field(gt=0)
    speaker: str


class Manifest(BaseModel):
    """speakers: who they are, and by what right their voices are used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    speakers: dict[str, str]
    recordings: dict[str, Recording] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that may be played: its version stands in its address."""

    path: Path
    version: str
    seconds: float
    speaker: str


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def load_manifest(language: str, folder: Path = PROMPTS) -> Manifest | None:
    """Return the manifest of a language, None where nothing is recorded.

    Errors: BrokenDefinition with file and line.
    """
    path = folder / language / MANIFEST
    return read_source(path).parse(Manifest) if path.is_file() else None


def save_manifest(manifest: Manifest, language: str, folder: Path = PROMPTS) -> None:
    text = yaml.safe_dump(
        manifest.model_dump(mode="json"), allow_unicode=True, sort_keys=True, width=100
    )
    (folder / language / MANIFEST).write_text(text, encoding="utf-8")


def playable(
    catalogues: Mapping[str, Catalogue], folder: Path = PROMPTS
) -> dict[tuple[str, str], Recorded]:
    """Return the recordings by (prompt, language) that say what their text says now."""
    found: dict[tuple[str, str], Recorded] = {}
    for language, catalogue in catalogues.items():
        manifest = load_manifest(language, folder)
        if manifest is None:
            continue
        texts = catalogue.recordable()
        for key, recording in manifest.recordings.items():
            path = folder / language / f"{key}{SUFFIX}"
            if says_its_text(recording, texts.get(key)) and path.is_file():
                version = recording.audio[:16]
                found[key, language] = Recorded(path, version, recording.seconds, recording.speaker)
    return found


def broken_recordings(
    catalogues: Mapping[str, Catalogue], folder: Path = PROMPTS
) -> Iterator[Fault]:
    """Yield stale, missing, altered and unknown recordings."""
    for language, catalogue in catalogues.items():
        manifest = load_manifest(language, folder)
        if manifest is None:
            continue
        file, texts = f"prompts/{language}/{MANIFEST}", catalogue.recordable()
        for key, recording in manifest.recordings.items():
            reason = _wrong(recording, texts.get(key), folder / language / f"{key}{SUFFIX}")
            if reason:
                yield Fault(file, 1, f"{key}: {reason}")
        for path in sorted((folder / language).glob(f"*{SUFFIX}")):
            if path.stem not in manifest.recordings:
                yield Fault(file, 1, f"{path.name} stands in no manifest")


def says_its_text(recording: Recording, text: str | None) -> bool:
    """Tell whether the recording says that text; with None there is nothing to say any more."""
    return text is not None and text_hash(text) == recording.text


def _wrong(recording: Recording, text: str | None, path: Path) -> str:
    if text is None:
        return "no such prompt any more"
    if not says_its_text(recording, text):
        return "stale: its text has changed since it was spoken"
    if not path.is_file():
        return "its audio is missing"
    if hashlib.sha256(path.read_bytes()).hexdigest() != recording.audio:
        return "its audio is not the one that was recorded"
    return ""
