"""What a text asks for: few words, many spellings, and nothing guessed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from sms.catalogue import PLACEHOLDER, Script
from sms.commands import Command, CommandWords, Duty, folded, read
from sms.loader import CatalogueError, load_commands
from tests.sms.catalogue_file import CONFIG, shipped

FILE = CONFIG / "sms_commands.yaml"


@cache
def words() -> CommandWords:
    return load_commands(FILE)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("TOKEN", Command.PLACE),
        ("tokan", Command.PLACE),
        ("meri baari kab?", Command.PLACE),
        ("मेरा टोकन", Command.PLACE),
        ("Cancel.", Command.CANCEL),
        ("cancle", Command.CANCEL),
        ("Cancel my token", Command.CANCEL),
        ("टोकन रद्द करो", Command.CANCEL),
        ("daktar chahiye", Command.DOCTOR),
        ("doctar", Command.DOCTOR),
        ("डॉक्टर", Command.DOCTOR),
        ("prescripton", Command.PRESCRIPTION),
        ("dawai", Command.PRESCRIPTION),
        ("पर्ची", Command.PRESCRIPTION),
        ("madad", Command.HELP),
        ("मदद।", Command.HELP),
        ("STOP", Command.STOP),
        ("no sms", Command.STOP),
        ("band karo", Command.STOP),
        ("बन्द", Command.STOP),
        ("Start", Command.START),
        ("chalu", Command.START),
    ],
)
def test_a_word_or_two_is_read(text: str, command: Command) -> None:
    assert read(text, words()).command is command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "bukhar hai",
        "cancer",
        "step",
        "shop",
        "do not cancel",
        "cancel mat karo",
        "रद्द मत करना",
        "stop or doctor",
        "please cancel what I asked for yesterday",
    ],
)
def test_what_may_be_meant_otherwise_is_not_read(text: str) -> None:
    assert read(text, words()).command is None


def test_a_word_of_two_languages_tells_both_and_an_english_one_tells_none() -> None:
    shared, english = read("टोकन", words()), read("token", words())
    assert (*shared.languages, shared.script) == ("hi", "mr", Script.NATIVE)
    assert (*english.languages, english.script) == (Script.ROMAN,)
    assert read("dawai", words()).languages == ("hi", "ur")


@pytest.mark.parametrize("locale", sorted(shipped().texts))
def test_every_word_that_the_help_text_names_is_one_that_we_read(locale: str) -> None:
    text = PLACEHOLDER.sub("", shipped().texts[locale]["sms.help"])
    named = {words().words[part][0] for part in folded(text).split() if part in words().words}
    assert named >= {
        Command.PLACE,
        Command.CANCEL,
        Command.DOCTOR,
        Command.PRESCRIPTION,
        Command.STOP,
    }


def test_every_way_back_that_a_text_names_is_one_that_we_read() -> None:
    for locale, texts in shipped().texts.items():
        for key, command in (("texts_stopped", Command.START), ("texts_started", Command.STOP)):
            parts = folded(texts[f"sms.{key}"]).split()
            meant = {words().words[part][0] for part in parts if part in words().words}
            assert command in meant, (locale, key)


def test_every_word_for_other_letters_that_a_text_names_is_one_that_we_read() -> None:
    for locale, texts in shipped().texts.items():
        parts = folded(texts["sms.letters"]).split()
        meant = {words().words[part][0] for part in parts if part in words().words}
        assert meant == {Command.ROMAN, Command.NATIVE}, locale


@pytest.mark.parametrize("locale", sorted(shipped().texts))
def test_the_word_that_puts_a_doctor_on_duty_again_is_one_that_we_read(locale: str) -> None:
    parts = folded(shipped().texts[locale]["sms.duty_unanswered"]).split()
    assert Duty.ON in {words().duty[part] for part in parts if part in words().duty}


@pytest.mark.parametrize("locale", [name for name in shipped().texts if name.endswith("_Latn")])
def test_a_word_of_a_roman_text_is_answered_in_that_language_and_those_letters(locale: str) -> None:
    """Whoever sends back a word that we printed is not answered in another language."""
    kinds = ("help", "texts_stopped", "texts_started", "letters")
    texts = " ".join(shipped().texts[locale][f"sms.{kind}"] for kind in kinds)
    for part in folded(PLACEHOLDER.sub("", texts)).split():
        if part in words().words:
            wish = read(part, words())
            assert wish.script is Script.ROMAN
            assert not wish.languages or locale.removesuffix("_Latn") in wish.languages


def test_a_word_with_two_meanings_is_no_word(tmp_path: Path) -> None:
    path = tmp_path / "sms_commands.yaml"
    text = FILE.read_text(encoding="utf-8")
    path.write_text(text.replace("en: [help, info", "en: [help, cancel"), encoding="utf-8")
    with pytest.raises(CatalogueError, match="cancel"):
        load_commands(path)
