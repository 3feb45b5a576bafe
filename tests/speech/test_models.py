from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from speech.models import (
    FIGURES,
    FREE_LINES,
    SHIPPED_DIR,
    InstalledModel,
    Manifest,
    Mode,
    ModelSpec,
    NoModel,
    find_model,
    list_models,
    load_manifest,
)
from speech.synthesis import VOICES


def install(folder: Path, name: str) -> None:
    (folder / name / "am").mkdir(parents=True)
    (folder / name / "am" / "final.mdl").write_bytes(b"weights")


def test_hindi_is_heard_by_the_shipped_model_on_a_bare_machine() -> None:
    found = find_model("hi", None)
    assert isinstance(found, InstalledModel)
    assert found.spec.mode is Mode.CLOSED
    assert found.path.is_relative_to(SHIPPED_DIR)


def test_the_shipped_model_is_small_and_carries_its_card() -> None:
    found = find_model("hi", None)
    assert isinstance(found, InstalledModel)
    files = [file for file in found.path.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 10_000_000
    card = (found.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "No villager" in card
    assert "Kokoro" in card
    assert "telephone band" in card


def test_a_larger_model_in_the_services_folder_comes_first(tmp_path: Path) -> None:
    install(tmp_path, "vosk-model-small-hi-0.22")
    small = find_model("hi", tmp_path)
    install(tmp_path, "vosk-model-hi-0.22")
    large = find_model("hi", tmp_path)
    assert isinstance(small, InstalledModel)
    assert isinstance(large, InstalledModel)
    assert (small.spec.name, large.spec.name) == ("vosk-model-small-hi-0.22", "vosk-model-hi-0.22")


def figures(*alarms: float | None) -> str:
    """The file of a model whose worst line, for each who spoke, had these false alarms."""
    lines = {
        str(who): {line: {"free": {"false_alarms": share}} for line in FREE_LINES}
        for who, share in enumerate(alarms)
    }
    return json.dumps({"lines": lines})


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        (figures(0.019, 0.05), True),
        (figures(0.019, 0.051), False),
        (figures(0.0, None), False),
        (figures(), False),
        ('{"lines": {"kept back": {"telephone band": {"free": {"false_alarms": 0}}}}}', False),
        ('{"lines": [0]}', False),
        ("[]", False),
        ("torn", False),
        (None, False),
    ],
)
def test_an_open_question_is_for_a_closed_model_that_was_measured_to_bear_it(
    tmp_path: Path, written: str | None, holds: bool
) -> None:
    if written is not None:
        (tmp_path / FIGURES).write_text(written, encoding="utf-8")
    free, *_, closed = (s for s in load_manifest().models if s.language == "hi")
    assert InstalledModel(closed, tmp_path).hears_freely is holds
    assert InstalledModel(free, tmp_path).hears_freely


def test_an_empty_folder_of_the_right_name_is_not_a_model(tmp_path: Path) -> None:
    (tmp_path / "vosk-model-hi-0.22").mkdir()
    found = find_model("hi", tmp_path)
    assert isinstance(found, InstalledModel)
    assert found.spec.shipped


@pytest.mark.parametrize("language", ["en", "mr", "xx"])
def test_a_language_without_an_installed_model_is_said_to_have_none(language: str) -> None:
    assert find_model(language, None) == NoModel(language)


def test_a_region_of_a_language_uses_the_languages_model(tmp_path: Path) -> None:
    install(tmp_path, "vosk-model-small-en-in-0.4")
    assert isinstance(find_model("en-IN", tmp_path), InstalledModel)


def test_the_list_speaks_of_every_language_that_we_speak() -> None:
    listed = {row.language for row in list_models(None)}
    assert listed == {language for language in VOICES if "-" not in language}


def test_the_manifest_names_each_model_once_and_holds_back_the_closed_one() -> None:
    models = load_manifest().models
    assert len({spec.name for spec in models}) == len(models)
    assert all(spec.sure_share >= 0.7 for spec in models if spec.mode is Mode.CLOSED)


def test_a_name_that_leaves_the_folder_is_refused() -> None:
    row = load_manifest().models[0].model_dump() | {"name": "../../etc"}
    with pytest.raises(ValidationError):
        Manifest(version=1, models=(ModelSpec.model_validate(row),))
