"""Demonstrations at the same time: each in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.commands import demo
from gateway.domain.errors import GatewayError


def test_two_at_once_share_no_folder_and_the_second_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with demo._own_folder(tmp_path) as first:
        assert capsys.readouterr().out == ""
        with demo._own_folder(tmp_path) as second:
            assert first != second
            assert second.name in capsys.readouterr().out
    with demo._own_folder(tmp_path) as again:
        assert again == first


def test_more_than_fit_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "MOST_AT_ONCE", 1)
    with (
        demo._own_folder(tmp_path),
        pytest.raises(GatewayError, match="running already"),
        demo._own_folder(tmp_path),
    ):
        pass
