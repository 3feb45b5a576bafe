"""What has been on the air stays as it was; calls in flight finish on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from gateway.commands.flows import flows
from ivr_flows.definitions import FLOWS, load_definitions
from ivr_flows.engine.run import advance, begin
from ivr_flows.engine.session import Arrived
from ivr_flows.loading import load_flow_book
from ivr_flows.source import BrokenDefinition

PACKAGE = FLOWS.parent
BROKEN = Path(__file__).parent / "broken" / "unknown_field.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the flows, all of them released."""
    copy = tmp_path / "flows"
    shutil.copytree(FLOWS, copy)
    result = CliRunner().invoke(flows, ["release", "--flows", str(copy)])
    assert result.exit_code == 0, result.output
    return copy


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(folder: Path) -> str:
    with pytest.raises(BrokenDefinition) as refusal:
        load_definitions(folder)
    return str(refusal.value)


def test_release_records_every_version_and_keeps_the_header(folder: Path) -> None:
    text = (folder / "released.yaml").read_text(encoding="utf-8")
    assert text.startswith("# The versions that have been on the air")
    released = yaml.safe_load(text)["released"]
    assert {name: list(versions) for name, versions in released.items()} == {
        definition.flow.flow: [definition.flow.version] for definition in load_definitions(folder)
    }
    again = CliRunner().invoke(flows, ["release", "--flows", str(folder)])
    assert "0 of them now" in again.output


def test_released_flow_cannot_be_changed_without_a_new_version(folder: Path) -> None:
    change(folder / "missed.yaml", "purpose: ", "purpose: Now quite different. ")
    assert faults(folder) == (
        "missed.yaml:2: missed 1 is released and was changed; "
        "keep it as past/missed_1.yaml and give the change version 2"
    )


def test_comment_and_layout_of_a_released_flow_may_change(folder: Path) -> None:
    change(folder / "missed.yaml", "flow: missed", "# A remark.\nflow:   missed")
    assert load_definitions(folder)


def test_order_of_the_choices_of_a_released_flow_may_not_change(folder: Path) -> None:
    path = folder / "callback.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.lstrip().startswith("1: "))
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    path.write_text("".join(lines), encoding="utf-8")
    assert "callback 1 is released and was changed" in faults(folder)


def test_released_version_whose_file_is_gone_is_named(folder: Path) -> None:
    (folder / "missed.yaml").unlink()
    assert "missed 1 is released, and no file has it" in faults(folder)


def test_record_that_cannot_be_read_is_refused_with_its_line(folder: Path) -> None:
    (folder / "released.yaml").write_text("released:\n  missed: {first: abc}\n", encoding="utf-8")
    assert faults(folder).startswith("released.yaml:2: ")


def test_call_begun_on_the_first_version_finishes_on_it_and_new_ones_begin_on_the_second(
    folder: Path,
) -> None:
    old = load_flow_book(flows=folder)
    call = advance(old, begin(old, "missed", language="hi", variables={}), Arrived()).session
    (folder / "past").mkdir()
    shutil.copy(folder / "missed.yaml", folder / "past" / "missed_1.yaml")
    change(folder / "missed.yaml", "version: 1", "version: 2")
    new = load_flow_book(flows=folder)
    assert advance(new, call, Arrived()).session.version == 1
    assert begin(new, "missed", language="hi", variables={}).version == 2


def test_service_refuses_to_start_with_a_broken_flow_and_names_the_fault(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "ivr_flows")
    shutil.copy(BROKEN, tmp_path / "ivr_flows" / "flows")
    # The folder that it is started in comes first in Python's path.
    started = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "web"],
        cwd=tmp_path,
        env={
            **os.environ,
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3",
            "REDIS_URL": "redis://127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 1
    assert started.stderr.startswith("Error: unknown_field.yaml:9: nodes.first.say.loudly:")
    assert "Traceback" not in started.stderr
