"""The key that prescriptions are signed with: asked for in production, made on a desk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.settings import SettingsError, developer_secrets, load_settings, make_keys


def test_production_does_not_start_without_a_signing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORVANI_ENV", "production")
    monkeypatch.setenv("PUBLIC_URL", "https://doorvani.example.in")
    account = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token"}
    for name, value in {**make_keys(), **account}.items():
        monkeypatch.setenv(name, value)
    load_settings()
    monkeypatch.delenv("SIGNING_KEY")
    with pytest.raises(SettingsError, match="SIGNING_KEY"):
        load_settings()


def test_a_desk_of_before_the_signing_key_gets_one_and_keeps_what_it_had(tmp_path: Path) -> None:
    made = developer_secrets(tmp_path)
    kept = tmp_path / "developer-secrets.json"
    old = {name: value for name, value in made.items() if name != "signing_key"}
    kept.write_text(json.dumps(old))
    again = developer_secrets(tmp_path)
    assert again["signing_key"]
    assert {**again, "signing_key": ""} == {**old, "signing_key": ""}
    assert developer_secrets(tmp_path) == again
    assert kept.stat().st_mode & 0o077 == 0
