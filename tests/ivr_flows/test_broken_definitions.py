"""Every broken definition is refused with file, line and reason, and never reaches a caller."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ivr_flows.definitions import FLOWS
from ivr_flows.loading import load_flow_book
from ivr_flows.source import BrokenDefinition

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_trap_20_broken_flow_is_refused_with_file_line_and_reason(
    path: Path, tmp_path: Path
) -> None:
    expected = re.match(r"# expect (\d+): (.+)", path.read_text(encoding="utf-8"))
    assert expected, "a fixture's first line says what is to be found, and where"
    folder = tmp_path / "flows"
    shutil.copytree(FLOWS, folder)
    shutil.copy(path, folder / f"z_{path.name}")
    with pytest.raises(BrokenDefinition) as refusal:
        load_flow_book(flows=folder)
    found = [
        fault
        for fault in refusal.value.faults
        if fault.file == f"z_{path.name}"
        and fault.line == int(expected[1])
        and expected[2] in fault.reason
    ]
    assert found, str(refusal.value)
    assert f"z_{path.name}:{expected[1]}: " in str(refusal.value)


def test_every_fault_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    for name in ("unknown_field.yaml", "unknown_kind.yaml"):
        shutil.copy(Path(__file__).parent / "broken" / name, tmp_path / name)
    with pytest.raises(BrokenDefinition) as refusal:
        load_flow_book(flows=tmp_path)
    assert {fault.file for fault in refusal.value.faults} == {
        "unknown_field.yaml",
        "unknown_kind.yaml",
    }
