"""In which letters texts come: chosen by keys or by a text, and kept for the telephone."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from gateway.db.models import Caller
from sms.catalogue import Script
from tests.services.data import PATIENT, TOLL_FREE, sms_catalogue
from tests.services.desk import Desk
from tests.services.line import Line, fever_by_keys, register

LOCALES = sms_catalogue().locales
WITH_BOTH = sorted(
    language
    for language, script in LOCALES
    if script is Script.ROMAN and LOCALES[language, script] != language
)


@pytest.fixture
def at_the_texts(desk: Desk) -> Line:
    """A household that is known, at the question whether texts are wanted."""
    line = Line(desk, "CA1").dial()
    register(line)
    line.ends()
    line = Line(desk, "CA2").dial()
    line.press("menu.services", "menu.privacy", "privacy.texts")
    line.pick()
    return line


def script_of(desk: Desk) -> str:
    [caller] = desk.all(Caller)
    return caller.script


def speaks(desk: Desk, language: str) -> None:
    with desk.work.begin() as unit:
        unit.db.execute(update(Caller).values(language=language))


def written(kind: str, locale: str) -> str:
    return sms_catalogue().text(locale, f"sms.{kind}").format(number=TOLL_FREE)


def test_letters_that_are_keyed_hold_for_every_later_text(desk: Desk, at_the_texts: Line) -> None:
    at_the_texts.press("privacy.send_texts", "privacy.roman_letters")
    at_the_texts.ends()
    assert script_of(desk) == "roman"
    line = Line(desk, "CA3").dial()
    line.pick()
    fever_by_keys(line)
    [token] = desk.messages()
    assert (token.encoding, token.template_id) == ("gsm7", "draft:token_unattended:hi_Latn")
    assert token.body.startswith("Doorvani token ")


def test_her_own_letters_can_be_had_again_by_keys(desk: Desk, at_the_texts: Line) -> None:
    with desk.work.begin() as unit:
        unit.db.execute(update(Caller).values(script="roman"))
    at_the_texts.press("privacy.send_texts", "privacy.native_letters")
    assert script_of(desk) == "native"


def test_whoever_keys_no_letters_keeps_those_that_she_has(desk: Desk, at_the_texts: Line) -> None:
    at_the_texts.press("privacy.send_texts")
    for _ in range(3):
        at_the_texts.wait()
    assert script_of(desk) == "native"


def test_whoever_wants_no_texts_is_not_asked_for_letters(desk: Desk, at_the_texts: Line) -> None:
    answer = at_the_texts.press("privacy.send_none")
    assert "Gather" not in answer
    assert script_of(desk) == "native"


def test_letters_are_not_offered_where_there_is_one_kind(desk: Desk) -> None:
    line = Line(desk, "CA1").dial()
    register(line)
    line.ends()
    speaks(desk, "en")
    line = Line(desk, "CA2").dial()
    line.press("menu.services", "menu.privacy", "privacy.texts")
    line.pick()
    assert "Gather" not in line.press("privacy.send_texts")


@pytest.mark.parametrize("language", WITH_BOTH)
def test_letters_are_chosen_by_a_text_and_back_in_every_language(desk: Desk, language: str) -> None:
    desk.inbox.receive("twilio", "SM0", PATIENT, body="help")
    speaks(desk, language)
    roman, native = LOCALES[language, Script.ROMAN], LOCALES[language, Script.NATIVE]
    for number, (body, kind, locale) in enumerate(
        [
            ("Roman", "letters", roman),
            ("help", "help", roman),
            ("STOP", "texts_stopped", roman),
            ("START", "texts_started", roman),
            ("native", "letters", native),
            ("help", "help", native),
        ],
        start=1,
    ):
        desk.later(1)
        desk.inbox.receive("twilio", f"SM{number}", PATIENT, body=body)
        last = max(desk.messages(), key=lambda message: message.created_at)
        assert last.body == written(kind, locale)
        assert last.template_id == f"draft:{kind}:{locale}"
        assert last.encoding == ("gsm7" if locale == roman else "ucs2")


def test_a_choice_of_letters_is_noted(desk: Desk) -> None:
    desk.inbox.receive("twilio", "SM0", PATIENT, body="roman")
    assert "callers:letters_chosen" in desk.events()
