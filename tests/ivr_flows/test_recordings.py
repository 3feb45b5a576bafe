"""Recorded prompts: what may be played, what is stale, and how people's recordings are taken."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
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
from speech.synthesis import synthesise, wav_file

KEY = "goodbye.thanks"
# A flat top: a second of a square wave at full scale.
LOUD = (b"\xff\x7f" * 40 + b"\x01\x80" * 40) * 100


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


def test_the_shipped_recordings_are_sound_and_small() -> None:
    """Every Hindi prompt and every piece of one is recorded, sound and small."""
    catalogues = load_catalogues()
    assert list(broken_recordings(catalogues)) == []
    hindi = {key for key, language in playable(catalogues) if language == "hi"}
    assert hindi == catalogues["hi"].recordable().keys()
    size = sum(found.path.stat().st_size for found in playable(catalogues).values())
    assert size < 4_000_000


def brought(tmp_path: Path, audio: bytes, *, key: str = KEY) -> Result:
    folder = tmp_path / "brought"
    folder.mkdir(exist_ok=True)
    path = folder / f"{key}.wav"
    path.write_bytes(audio)
    asked = ["prompts", "import", "--lang", "hi", "--speaker", "Asha", "--right", "agreed"]
    result = CliRunner().invoke(main, [*asked, "--prompts", str(tmp_path), str(folder)])
    path.unlink()
    return result


def test_a_persons_recording_is_taken(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    result = brought(tmp_path, synthesise("धन्यवाद। नमस्ते।", "hi"))
    assert result.exit_code == 0, result.output
    manifest = load_manifest("hi", tmp_path)
    assert manifest is not None
    assert manifest.speakers == {"Asha": "agreed"}
    assert playable(catalogues, tmp_path)[KEY, "hi"].speaker == "Asha"


def test_a_persons_recording_takes_the_place_of_another_speakers(
    folder: Path, catalogues: dict[str, Catalogue]
) -> None:
    before = playable(catalogues, folder)[KEY, "hi"].version
    assert brought(folder, synthesise("धन्यवाद। नमस्ते।", "hi")).exit_code == 0
    assert playable(catalogues, folder)[KEY, "hi"].version != before
    assert reasons(folder, catalogues) == []


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (b"no audio", "the audio is not_audio"),
        (wav_file(b"\0\0" * 16_000, 8000), "the audio is silent"),
        (wav_file(LOUD * 10, 8000), "the audio is clipped"),
        (synthesise("हाँ", "hi"), "too short"),
        (synthesise("धन्यवाद। नमस्ते।" * 4, "hi"), "too long"),
    ],
    ids=["not audio", "silent", "clipped", "too short", "too long"],
)
def test_a_recording_that_cannot_be_right_is_named_and_nothing_is_kept(
    tmp_path: Path, catalogues: dict[str, Catalogue], audio: bytes, reason: str
) -> None:
    result = brought(tmp_path, audio)
    assert result.exit_code == 1
    assert f"{KEY}.wav: " in result.output
    assert reason in result.output
    assert playable(catalogues, tmp_path) == {}
    assert reasons(tmp_path, catalogues) == []


def test_a_file_that_is_no_prompt_is_refused(tmp_path: Path) -> None:
    result = brought(tmp_path, b"x", key="no.such.prompt")
    assert result.exit_code == 1
    assert "no.such.prompt is no prompt that can be recorded" in result.output


def test_the_check_exits_by_what_it_finds(folder: Path) -> None:
    asked = ["prompts", "check", "--prompts", str(folder)]
    assert CliRunner().invoke(main, asked).exit_code == 0
    (folder / "hi" / f"{KEY}.opus").unlink()
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 1
    assert f"{KEY}: its audio is missing" in result.output


def test_the_studio_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    asked = ["prompts", "record", "--lang", "hi", "--voices", str(tmp_path / "voices")]
    result = CliRunner().invoke(main, [*asked, "--prompts", str(tmp_path)])
    assert result.exit_code == 1
    # Without the studio's packages, as in CI; with them, without its voices.
    assert "[studio]" in result.output or "npm pack kokoro-js" in result.output


def test_the_sheet_tells_where_each_prompt_is_said() -> None:
    result = CliRunner().invoke(main, ["prompts", "script", "--lang", "hi", "--json"])
    rows = {row["prompt"]: row for row in json.loads(result.stdout)}
    assert rows["consent.line"]["said at"] == "inbound/consent"
    assert rows["consent.line"]["file"] == "consent.line.wav"
    assert rows["hold.position~1"]["said at"].startswith("waiting/")
    assert rows["number~34"]["text"] == "चौंतीस"
    assert "heard.ask" in rows["symptom.fever"]["said at"]
    printed = CliRunner().invoke(main, ["prompts", "script", "--lang", "hi", "--html"]).stdout
    assert "<td>consent.line</td>" in printed
