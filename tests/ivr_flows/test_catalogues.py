"""A missing, unused, stale or broken prompt fails the build."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ivr_flows.catalogues import LOCALE
from ivr_flows.engine.flow import FlowBook
from ivr_flows.loading import load_flow_book
from ivr_flows.source import BrokenDefinition

ROOT = Path(__file__).parents[2]
SEED = ROOT / ".." / "shared" / "data" / "symptoms-seed.yaml"
KEY = 'msgid "goodbye.thanks"\n'
TEXT = 'msgstr "Thank you. Goodbye."\n'


def edited(tmp_path: Path, edit: Callable[[str], str]) -> Path:
    """The shipped catalogues, the English one edited."""
    folder = tmp_path / "locale"
    shutil.copytree(LOCALE, folder)
    path = folder / "en" / "LC_MESSAGES" / "prompts.po"
    before = path.read_text(encoding="utf-8")
    after = edit(before)
    assert after != before, "the edit must find what it edits"
    path.write_text(after, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda po: po.replace(KEY + TEXT, ""), "goodbye.thanks is missing"),
        (lambda po: po.replace(TEXT, 'msgstr ""\n'), "goodbye.thanks has no text"),
        (
            lambda po: po + '\nmsgid "goodbye.forgotten"\nmsgstr "Bye."\n',
            "goodbye.forgotten is said by no flow",
        ),
        (
            lambda po: po.replace("number is: {token:digits}", "number is: {token:number}"),
            "token.spoken: its placeholders are not those of hi",
        ),
        (
            lambda po: po.replace("{heard:symptom}", "{heard:sickness}"),
            "heard.ask: sickness is neither a format nor a family of prompts",
        ),
        (
            lambda po: po.replace("Thank you. Goodbye.", "Thank {you. Goodbye."),
            "goodbye.thanks: a brace that is not part of a {name:format} placeholder",
        ),
        (
            lambda po: po.replace("# draft: awaiting a native speaker's review\n", ""),
            "the header says neither",
        ),
        (
            lambda po: po.replace("Thank you. Goodbye.", "द. Goodbye."),
            "goodbye.thanks: not latin: द",
        ),
        (
            lambda po: po.replace("Thank you. Goodbye.", "Call 112. Goodbye."),
            "goodbye.thanks: a digit",
        ),
        (lambda po: po + "\nthis is no catalogue\n", "misformatted keyword"),
    ],
)
def test_gap_in_a_catalogue_is_refused(
    edit: Callable[[str], str], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(BrokenDefinition) as refusal:
        load_flow_book(locale=edited(tmp_path, edit))
    faults = [str(fault) for fault in refusal.value.faults if fault.file == "en/prompts.po"]
    assert any(reason in fault for fault in faults), str(refusal.value)


def test_reviewed_catalogue_needs_no_draft_mark(tmp_path: Path) -> None:
    def review(po: str) -> str:
        return po.replace("# draft: awaiting a native speaker's review", "# reviewed by: A. R.")

    assert "en" in load_flow_book(locale=edited(tmp_path, review)).languages


def test_fault_in_a_catalogue_is_named_with_its_line(tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda po: po + '\nmsgid "goodbye.forgotten"\nmsgstr "Bye."\n')
    lines = (folder / "en" / "LC_MESSAGES" / "prompts.po").read_text(encoding="utf-8").splitlines()
    with pytest.raises(BrokenDefinition) as refusal:
        load_flow_book(locale=folder)
    fault = next(fault for fault in refusal.value.faults if fault.file == "en/prompts.po")
    assert lines[fault.line - 1] == 'msgid "goodbye.forgotten"'


def test_numbers_file_with_a_word_missing_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "locale"
    shutil.copytree(LOCALE, folder)
    path = folder / "hi" / "numbers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(", चौंतीस", ""), encoding="utf-8")
    with pytest.raises(BrokenDefinition, match="100 words"):
        load_flow_book(locale=folder)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            SEED,
            marks=pytest.mark.skipif(not SEED.exists(), reason="../shared is not at hand"),
        ),
        ROOT / "config" / "symptoms.yaml",
    ],
    ids=["seed", "config"],
)
def test_every_symptom_code_has_plain_words(path: Path, book: FlowBook) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not written yet")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    symptoms = content["symptoms"] if isinstance(content, dict) else content
    codes = {f"symptom.{symptom['code']}" for symptom in symptoms}
    for language, catalogue in book.catalogues.items():
        assert codes <= catalogue.templates.keys(), language


def test_every_advice_of_the_triage_has_a_text(book: FlowBook) -> None:
    path = ROOT / "config" / "triage.yaml"
    if not path.exists():
        pytest.skip("config/triage.yaml is not written yet")
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    advice = {prompt for rule in rules for prompt in rule.get("advice", [])}
    assert advice, "some rule of the triage gives advice"
    for language, catalogue in book.catalogues.items():
        assert advice <= catalogue.templates.keys(), language
