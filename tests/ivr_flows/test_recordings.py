"""Recorded prompts: what may be played, what is stale, and how people's recordings are taken."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.commands import prompts as prompts_module
from ivr_flows.catalogues import load_catalogues
from ivr_flows.engine.catalogue import Catalogue
from ivr_flows.recordings import (
    MANIFEST,
    Manifest,
    Recording,
    broken_recordings,
    load_manifest,
    playable,
    save_manifest,
    text_hash,
)
from ivr_flows.source import BrokenDefinition
from speech.synthesis import synthesise

KEY = "goodbye.thanks"


@pytest.fixture
def catalogues() -> dict[str, Catalogue]:
    return {"hi": load_catalogues()["hi"]}


@pytest.fixture
def folder(tmp_path: Path, catalogues: dict[str, Catalogue]) -> Path:
    """One recorded prompt."""
    (tmp_path / "hi").mkdir()
    audio = b"Ogg, as it were"
    (tmp_path / "hi" / f"{KEY}.opus").write_bytes(audio)
    recording = Recording(
        text=text_hash(catalogues["hi"].templates[KEY].text),
        audio=hashlib.sha256(audio).hexdigest(),
        seconds=1.5,
        speaker="Asha",
    )
    manifest = Manifest(version=1, speakers={"Asha": "agreed"}, recordings={KEY: recording})
    save_manifest(manifest, "hi", tmp_path)
    return tmp_path


def changed(folder: Path, **fields: str) -> None:
    manifest = load_manifest("hi", folder)
    assert manifest is not None
    one = manifest.recordings[KEY].model_copy(update=fields)
    save_manifest(manifest.model_copy(update={"recordings": {KEY: one}}), "hi", folder)


def reasons(folder: Path, catalogues: dict[str, Catalogue]) -> list[str]:
    return [fault.reason for fault in broken_recordings(catalogues, folder)]


def test_a_recording_that_says_its_text_is_played(
    folder: Path, catalogues: dict[str, Catalogue]
) -> None:
    found = playable(catalogues, folder)
    assert found[KEY, "hi"].speaker == "Asha"
    assert reasons(folder, catalogues) == []


def test_a_changed_text_makes_its_recording_stale_and_unplayed(
    folder: Path, catalogues: dict[str, Catalogue]
) -> None:
    changed(folder, text=text_hash("another text"))
    assert playable(catalogues, folder) == {}
    assert reasons(folder, catalogues) == [
        f"{KEY}: stale: its text has changed since it was spoken"
    ]


def test_a_missing_file_is_named_and_unplayed(
    folder: Path, catalogues: dict[str, Catalogue]
) -> None:
    (folder / "hi" / f"{KEY}.opus").unlink()
    assert playable(catalogues, folder) == {}
    assert reasons(folder, catalogues) == [f"{KEY}: its audio is missing"]


def test_altered_and_unknown_audio_is_named(folder: Path, catalogues: dict[str, Catalogue]) -> None:
    (folder / "hi" / f"{KEY}.opus").write_bytes(b"another")
    (folder / "hi" / "stray.opus").write_bytes(b"stray")
    assert reasons(folder, catalogues) == [
        f"{KEY}: its audio is not the one that was recorded",
        "stray.opus stands in no manifest",
    ]


def test_a_broken_manifest_is_told_with_its_line(
    folder: Path, catalogues: dict[str, Catalogue]
) -> None:
    path = folder / "hi" / MANIFEST
    path.write_text(path.read_text("utf-8").replace("seconds: 1.5", "seconds: soon"), "utf-8")
    with pytest.raises(BrokenDefinition, match=r"manifest.yaml:\d+"):
        playable(catalogues, folder)


def test_the_shipped_recordings_are_whole_and_small() -> None:
    catalogues = load_catalogues()
    assert list(broken_recordings(catalogues)) == []
    hindi = {key for key, language in playable(catalogues) if language == "hi"}
    fixed = {key for key, t in catalogues["hi"].templates.items() if not t.placeholders}
    assert hindi == fixed
    size = sum(found.path.stat().st_size for found in playable(catalogues).values())
    assert size < 4_000_000


def test_a_persons_recordings_are_taken_and_bad_ones_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, brought = tmp_path / "shelf", tmp_path / "brought"
    shelf.mkdir()
    brought.mkdir()
    monkeypatch.setattr(prompts_module, "PROMPTS", shelf)
    monkeypatch.setattr(prompts_module, "load_manifest", lambda lang: load_manifest(lang, shelf))
    monkeypatch.setattr(
        prompts_module, "save_manifest", lambda made, lang: save_manifest(made, lang, shelf)
    )
    (brought / f"{KEY}.wav").write_bytes(synthesise("धन्यवाद। नमस्ते।", "hi"))
    asked = ["prompts", "import", "--lang", "hi", "--speaker", "Asha", "--right", "agreed"]
    result = CliRunner().invoke(main, [*asked, str(brought)])
    assert result.exit_code == 0, result.output
    manifest = load_manifest("hi", shelf)
    assert manifest is not None
    assert manifest.speakers == {"Asha": "agreed"}
    assert manifest.recordings[KEY].speaker == "Asha"
    assert playable({"hi": load_catalogues()["hi"]}, shelf)

    (brought / f"{KEY}.wav").write_bytes(b"no audio")
    result = CliRunner().invoke(main, [*asked, str(brought)])
    assert result.exit_code == 1
    assert "the audio is not_audio" in result.output
    (brought / "no.such.prompt.wav").write_bytes(b"x")
    result = CliRunner().invoke(main, [*asked, str(brought)])
    assert "no.such.prompt is no prompt that can be recorded" in result.output


def test_the_sheet_tells_where_each_prompt_is_said() -> None:
    result = CliRunner().invoke(main, ["prompts", "script", "--lang", "hi", "--json"])
    rows = {row["prompt"]: row for row in json.loads(result.stdout)}
    assert rows["consent.line"]["said at"] == "inbound/consent"
    assert rows["consent.line"]["file"] == "consent.line.wav"
    printed = CliRunner().invoke(main, ["prompts", "script", "--lang", "hi", "--html"]).stdout
    assert "<td>consent.line</td>" in printed
