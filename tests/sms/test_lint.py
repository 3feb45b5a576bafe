from __future__ import annotations

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.commands.sms import sms
from sms.catalogue import Catalogue, Script
from sms.lint import LintRule, lint
from sms.loader import LOCALE, CatalogueError, load_catalogue, load_texts
from tests.sms.catalogue_file import CONFIG, shipped

GOOD = "Doorvani token {token} is cancelled. For a new token, call {number} free of charge."


def with_text(text: str, *, locale: str = "en", key: str = "sms.cancelled") -> Catalogue:
    texts = {**shipped().texts, locale: {**shipped().texts[locale], key: text}}
    return replace(shipped(), texts=texts)


def broken(catalogue: Catalogue) -> set[LintRule]:
    return {problem.rule for problem in lint(catalogue)}


def test_the_shipped_catalogue_is_whole() -> None:
    assert lint(shipped()) == ()


def test_every_catalogue_says_that_it_is_a_draft() -> None:
    files = [CONFIG.parent / "sms" / "roman.yaml", *LOCALE.glob("*/LC_MESSAGES/sms.po")]
    assert {path.parents[1].name for path in files} >= {"hi", "hi_Latn", "ur", "ur_Latn"}
    for path in files:
        assert "awaiting a native speaker's review" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (GOOD.replace("token {token}", "token"), LintRule.VARIABLES_DIFFER),
        (GOOD.replace("{number}", "{phone}"), LintRule.VARIABLES_DIFFER),
        ("Doorvani token {token} is cancelled. Call {number}", LintRule.VARIABLE_LAST),
        ("Doorvani token {token} is cancelled. Call {number}.", LintRule.VARIABLE_LAST),
        ("Doorvani token {token} {number} is cancelled.", LintRule.VARIABLES_ADJACENT),
        (GOOD.replace("Doorvani", "Our"), LintRule.BRAND_MISSING),
        (GOOD.replace("token {", "token  {"), LintRule.SPACES),
        (GOOD + " ", LintRule.SPACES),
        (GOOD.replace(". For", ".\nFor"), LintRule.SPACES),
        (GOOD.replace("free", "<free>"), LintRule.ANGLE_BRACKETS),
        (GOOD.replace("{token}", "{Token}"), LintRule.STRAY_BRACE),
        (GOOD + " Or call 1800123456 now.", LintRule.NOT_ALLOWED_NUMBER),
        (GOOD + " Or call 1800 123 456 now.", LintRule.NOT_ALLOWED_NUMBER),
        (GOOD + " Or call 1800-123-456 now.", LintRule.NOT_ALLOWED_NUMBER),
        (GOOD + " Or call १८००१२३४५६ now.", LintRule.NOT_ALLOWED_NUMBER),
        (GOOD + " See bit.ly/x now.", LintRule.ADDRESS),
        (GOOD + " See doorvani.info now.", LintRule.ADDRESS),
        (GOOD + " See https://x.example now.", LintRule.ADDRESS),
        (GOOD + " See doorvani.in now.", LintRule.ADDRESS),
        (GOOD + " Please" * 80, LintRule.TEXT_TOO_LONG),
        (GOOD.replace("free", "free “of”"), LintRule.NOT_GSM7),
        (GOOD.replace("free", "मुफ़्त"), LintRule.OTHER_SCRIPT),
        ("", LintRule.EMPTY_TEXT),
    ],
)
def test_each_rule_of_dlt_is_held(text: str, rule: LintRule) -> None:
    assert broken(with_text(GOOD)) == set()
    assert rule in broken(with_text(text))


@pytest.mark.parametrize("number", ["1800123456", "1800 123 456", "1800-123-456"])
def test_a_number_that_was_registered_may_be_named(number: str) -> None:
    text = GOOD + f" Or call {number} now."
    allowed = replace(with_text(text), allowed_numbers=frozenset({"1800123456"}))
    assert broken(allowed) == set()


def test_a_key_missing_in_one_language_is_found() -> None:
    texts = {locale: dict(found) for locale, found in shipped().texts.items()}
    del texts["hi"]["unit.ml"]
    problems = lint(replace(shipped(), texts=texts))
    assert [(p.locale, p.key, p.rule) for p in problems] == [
        ("hi", "unit.ml", LintRule.MISSING_TEXT)
    ]


def test_a_placeholder_lost_in_translation_is_found_outside_templates_too() -> None:
    catalogue = with_text("fünf ml", locale="hi", key="unit.ml")
    assert LintRule.PLACEHOLDERS_DIFFER in broken(catalogue)


def test_a_word_that_is_longer_than_its_variable_is_found() -> None:
    catalogue = with_text("a centre of health in the community", key="place.community_centre")
    assert broken(catalogue) == {LintRule.VALUE_TOO_LONG}


def test_a_letter_that_no_rule_writes_in_roman_is_found() -> None:
    text = shipped().texts["bn_Latn"]["sms.cancelled"]
    left = with_text(text.replace("batil", "bat\u09fcil"), locale="bn_Latn")
    assert broken(left) == {LintRule.NOT_GSM7, LintRule.OTHER_SCRIPT}


def test_a_text_that_is_made_of_rules_is_written_out_before_it_is_registered() -> None:
    """A better rule would change it, and the operator would drop it."""
    token = shipped().templates["token"]
    for locale, rules in (("bn_Latn", {LintRule.NOT_WRITTEN}), ("hi_Latn", set()), ("bn", set())):
        registered = replace(token, template_ids={locale: "1107160000000012345"})
        templates = {**shipped().templates, "token": registered}
        assert broken(replace(shipped(), templates=templates)) == rules


def test_a_text_without_a_template_is_found() -> None:
    catalogue = replace(
        shipped(),
        texts={locale: {**found, "sms.stray": "…"} for locale, found in shipped().texts.items()},
    )
    assert broken(catalogue) == {LintRule.NO_TEMPLATE}


def test_limits_of_variables_are_held() -> None:
    token = shipped().templates["token"]
    longer = replace(token, variables={**token.variables, "token": 31})
    catalogue = replace(shipped(), templates={**shipped().templates, "token": longer})
    assert broken(catalogue) == {LintRule.VARIABLE_TOO_LONG}
    fewer = replace(shipped(), limits=replace(shipped().limits, variables=8))
    assert broken(fewer) == {LintRule.TOO_MANY_VARIABLES}


def test_the_command_answers_and_fails_the_build(tmp_path: Path) -> None:
    good = CliRunner().invoke(sms, ["lint", "--json"])
    assert (good.exit_code, json.loads(good.stdout)) == (0, {"problems": []})
    (tmp_path / "languages.yaml").write_text((CONFIG / "languages.yaml").read_text("utf-8"))
    bad = (CONFIG / "sms.yaml").read_text("utf-8").replace("en: Doorvani", "en: Farvoice")
    (tmp_path / "sms.yaml").write_text(bad)
    result = CliRunner().invoke(sms, ["lint", "--json", "--catalogue", str(tmp_path / "sms.yaml")])
    assert result.exit_code == 1
    rules = {problem["rule"] for problem in json.loads(result.stdout)["problems"]}
    assert rules == {"brand_missing"}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sms.yaml"
    path.write_text("version: 1\nheader: too-long\n")
    with pytest.raises(CatalogueError, match=r"sms\.yaml: header: .*; limits: Field required"):
        load_catalogue(path)
    with pytest.raises(CatalogueError, match="No such file"):
        load_catalogue(tmp_path / "absent.yaml")
    po = tmp_path / "sms.po"
    po.write_text('msgid "a"\nno keyword\n')
    with pytest.raises(CatalogueError, match=r"sms\.po"):
        load_texts(po)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("hello", {"encoding": "gsm7", "units": 5, "segments": 1}),
        ("€", {"encoding": "gsm7", "units": 2, "segments": 1}),
        ("नमस्ते", {"encoding": "ucs2", "units": 6, "segments": 1}),
    ],
)
def test_segments_are_answered_in_json(text: str, answer: dict[str, object]) -> None:
    result = CliRunner().invoke(sms, ["segments", "--json", text])
    assert json.loads(result.stdout) == answer


def test_segments_of_each_line_of_standard_input() -> None:
    lines = f"a\n\n  b \n{'क' * 71}"
    result = CliRunner().invoke(sms, ["segments", "--json", "--stdin"], input=lines)
    units = [json.loads(line)["units"] for line in result.stdout.splitlines()]
    assert (result.exit_code, units) == (0, [1, 0, 4, 71])


def test_segments_want_a_text_or_standard_input() -> None:
    assert CliRunner().invoke(sms, ["segments"]).exit_code == 2
    assert CliRunner().invoke(sms, ["segments", "x", "--stdin"]).exit_code == 2
    said = CliRunner().invoke(sms, ["segments", "x"]).stdout
    assert said == "1 segment(s): 1 units of gsm7\n"


@pytest.mark.parametrize(("language", "script"), sorted(shipped().locales))
def test_every_message_can_be_looked_at_in_every_language(language: str, script: str) -> None:
    # As it comes from a command line: a plain string.
    arguments = ["preview", "--lang", language, "--script", Script(script).value]
    result = CliRunner().invoke(sms, [*arguments, "--json"])
    messages = json.loads(result.stdout)["messages"]
    assert {message["kind"] for message in messages} == set(shipped().templates)
    latin = script == Script.ROMAN or language == "en"
    encodings = {message["encoding"] for message in messages}
    assert encodings == {"gsm7" if latin else "ucs2"}
    shown = CliRunner().invoke(sms, arguments).stdout
    assert all(message["text"] in shown for message in messages)


def test_a_catalogue_in_roman_letters_is_written_out_once_and_then_read(tmp_path: Path) -> None:
    """What a native speaker corrects: the same texts, with the English beside them."""
    folder = tmp_path / "locale"
    shutil.copytree(LOCALE, folder)
    made = CliRunner().invoke(sms, ["romanise", "bn", "--into", str(folder)])
    assert made.exit_code == 0, made.output
    path = folder / "bn_Latn" / "LC_MESSAGES" / "sms.po"
    assert load_texts(path) == shipped().texts["bn_Latn"]
    text = path.read_text(encoding="utf-8")
    assert text.count("#. en: ") == text.count("msgid ") - 1
    assert '"Language: bn_Latn\\n"' in text
    path.write_text(text.replace("oshudh", "osudh"), encoding="utf-8")
    corrected = load_catalogue(CONFIG / "sms.yaml", locale=folder)
    assert "osudh" in corrected.texts["bn_Latn"]["sms.prescription_line"]
    assert lint(corrected) == ()
    again = CliRunner().invoke(sms, ["romanise", "bn", "--into", str(folder)])
    assert (again.exit_code, "written already" in again.output) == (1, True)
    assert CliRunner().invoke(sms, ["romanise", "xx"]).exit_code == 1


def test_a_preview_tells_what_each_message_costs_at_its_longest() -> None:
    price = shipped().segment_price
    result = CliRunner().invoke(sms, ["preview", "--lang", "ta", "--json"])
    for message in json.loads(result.stdout)["messages"]:
        assert Decimal(message["cost"]) == price.amount * message["segments"]
        assert message["currency"] == price.currency == "INR"
    shown = CliRunner().invoke(sms, ["preview", "--lang", "ta"]).stdout
    costs = [f", {message['cost']} INR\n" for message in json.loads(result.stdout)["messages"]]
    assert all(cost in shown for cost in costs)


@pytest.mark.parametrize(
    "price",
    [
        "{amount: -1, currency: INR}",
        "{amount: free, currency: INR}",
        "{amount: 0.20, currency: rupees}",
    ],
)
def test_a_price_that_is_none_is_told_with_its_place(tmp_path: Path, price: str) -> None:
    file = (CONFIG / "sms.yaml").read_text(encoding="utf-8")
    before, after = file.split("segment_price: ")
    broken_file = f"{before}segment_price: {price}\n{after.split(chr(10), 1)[1]}"
    (tmp_path / "sms.yaml").write_text(broken_file, encoding="utf-8")
    (tmp_path / "languages.yaml").write_text(
        (CONFIG / "languages.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(CatalogueError, match="segment_price"):
        load_catalogue(tmp_path / "sms.yaml")


def test_a_language_that_is_not_there_is_named_in_a_preview() -> None:
    result = CliRunner().invoke(sms, ["preview", "--lang", "xx"])
    assert result.exit_code == 1
    assert "token: unknown_language" in result.output
