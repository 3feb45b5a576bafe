"""A process does not start with texts that an operator would drop; it says which and why."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway import foundations
from gateway.commands.serve import web
from gateway.container import Container
from sms.lint import LintRule
from sms.loader import CatalogueError
from tests.sms.catalogue_file import CONFIG
from tests.telephony.test_roster import changed


@pytest.fixture
def too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped data with one variable longer than an operator takes."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    text = (folder / "sms.yaml").read_text(encoding="utf-8")
    broken = text.replace("variable_length: 30", "variable_length: 12")
    assert broken != text
    (folder / "sms.yaml").write_text(broken, encoding="utf-8")
    monkeypatch.setattr(foundations, "CONFIG", folder)
    return tmp_path


@pytest.mark.parametrize("part", ["web_app", "job_parts"])
def test_no_process_starts_with_a_text_that_breaks_a_rule(too_long: Path, part: str) -> None:
    parts = Container(changed(too_long))
    with pytest.raises(CatalogueError, match=LintRule.VARIABLE_TOO_LONG):
        getattr(parts, part)()


def test_whoever_starts_it_is_told_what_is_wrong(
    too_long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{too_long}/doorvani.sqlite3")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    told = CliRunner().invoke(web, [])
    assert told.exit_code == 1
    assert LintRule.VARIABLE_TOO_LONG in told.stderr
    assert "Traceback" not in told.stderr
