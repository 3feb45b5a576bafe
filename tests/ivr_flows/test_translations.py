"""A translation that was made from other English fails the build, and so does a stale template."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.commands import translations
from gateway.commands.translations import ROOMS, Room, stale, stamped, template_of, texts_of


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """The shipped prompts, to be changed."""
    shutil.copytree(ROOMS[0].folder, tmp_path / "locale")
    return Room(tmp_path / "locale", "prompts")


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(
    ("room", "language"),
    [(room, language) for room in ROOMS for language in room.languages()],
    ids=lambda value: value if isinstance(value, str) else value.domain,
)
def test_no_translation_is_stale(room: Room, language: str) -> None:
    assert list(stale(room, language)) == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.domain)
def test_the_template_has_every_key_and_is_fresh(room: Room) -> None:
    written = room.template.read_text("utf-8")
    assert written == template_of(room)
    assert texts_of(room.template).keys() == texts_of(room.path("en")).keys()


def test_changed_english_makes_every_translation_of_it_stale(room: Room) -> None:
    rewrite(room.path("en"), "Thank you. Goodbye.", "Thanks. Goodbye.")
    assert list(stale(room, "ta")) == ["goodbye.thanks"]
    assert list(stale(room, "hi")) == ["goodbye.thanks"]


def test_a_stamp_adds_the_english_and_touches_no_text(room: Room) -> None:
    rewrite(room.path("en"), "Thank you. Goodbye.", "Thanks. Goodbye.")
    before = texts_of(room.path("ta"))
    po = stamped(room.path("ta").read_text("utf-8"), texts_of(room.path("en")))
    room.path("ta").write_text(po, encoding="utf-8")
    assert list(stale(room, "ta")) == []
    assert texts_of(room.path("ta")) == before
    assert stamped(po, texts_of(room.path("en"))) == po


def test_the_check_names_language_and_key_and_fails(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(room.path("en"), "Thank you. Goodbye.", "Thanks. Goodbye.")
    monkeypatch.setattr(translations, "ROOMS", (room,))
    result = CliRunner().invoke(main, ["translations", "check"])
    assert result.exit_code == 1
    assert "ta/prompts.po: goodbye.thanks was made from other English" in result.output
    assert "prompts.pot is not fresh" in result.output
