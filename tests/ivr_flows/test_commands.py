from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.commands.flows import flows
from gateway.commands.prompts import prompts
from ivr_flows.catalogues import load_catalogues
from ivr_flows.drawing import draw
from ivr_flows.engine.catalogue import Catalogue
from ivr_flows.engine.flow import FlowBook
from ivr_flows.recordings import Manifest, Recording, save_manifest, text_hash

ROOT = Path(__file__).parents[2]
BROKEN = Path(__file__).parent / "broken" / "unknown_field.yaml"


def test_check_passes_on_what_is_shipped() -> None:
    result = CliRunner().invoke(flows, ["check", "--json"])
    assert (result.exit_code, json.loads(result.output)) == (0, {"faults": []})


def test_check_names_file_line_and_reason_and_fails(tmp_path: Path) -> None:
    shutil.copy(BROKEN, tmp_path)
    result = CliRunner().invoke(flows, ["check", "--flows", str(tmp_path)])
    assert result.exit_code == 1
    assert "unknown_field.yaml:9: nodes.first.say.loudly: Extra inputs" in result.output


def test_check_names_a_recording_that_the_manifest_claims_and_nobody_made(
    tmp_path: Path, book: FlowBook
) -> None:
    words = book.catalogue("hi").templates["key.1"].text
    claimed = Recording(text=text_hash(words), audio="0" * 64, seconds=1, speaker="nobody")
    (tmp_path / "hi").mkdir()
    save_manifest(
        Manifest(version=1, speakers={"nobody": "A test."}, recordings={"key.1": claimed}),
        "hi",
        tmp_path,
    )
    result = CliRunner().invoke(flows, ["check", "--prompts", str(tmp_path)])
    assert result.exit_code == 1
    assert "key.1: its audio is missing" in result.output


def test_diagrams_in_the_docs_are_those_of_the_flows(book: FlowBook) -> None:
    drawn = dict(draw(book))
    folder = ROOT / "docs" / "flows"
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert kept == drawn, "run `doorvani flows draw`"


def test_draw_writes_a_page_for_each_flow(tmp_path: Path, book: FlowBook) -> None:
    result = CliRunner().invoke(flows, ["draw", "--into", str(tmp_path)])
    assert result.exit_code == 0
    assert {path.stem for path in tmp_path.iterdir()} == {name for name, _ in book.flows}


def test_script_is_a_sheet_of_what_can_be_recorded_whole() -> None:
    result = CliRunner().invoke(prompts, ["script", "--lang", "hi", "--json"])
    rows = {row["prompt"]: row for row in json.loads(result.output)}
    assert rows["symptom.fever"]["text"] == "बुखार"
    assert rows["symptom.fever"]["file"].endswith("symptom.fever.wav")
    assert "token.spoken" not in rows, "a recording cannot hold a value"


def test_language_without_prompts_is_answered_plainly() -> None:
    result = CliRunner().invoke(prompts, ["script", "--lang", "xx"])
    assert result.exit_code == 1
    assert f"no prompts in xx; there are: {', '.join(load_catalogues())}" in result.output


def test_render_synthesises_telephone_audio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Catalogue, "recordable", lambda _catalogue: {"key.1": "एक दबाएँ।"})
    result = CliRunner().invoke(prompts, ["render", "--lang", "hi", "--into", str(tmp_path)])
    assert result.exit_code == 0, result.output
    with wave.open(str(tmp_path / "hi" / "key.1.wav")) as audio:
        assert (audio.getframerate(), audio.getnchannels(), audio.getsampwidth()) == (8000, 1, 2)
        assert audio.getnframes() / 8000 > 0.5
