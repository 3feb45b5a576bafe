"""The page on which a supervisor listens through all that callers hear."""

from __future__ import annotations

import re

from gateway.domain.roles import Role
from tests.console.clinic import Clinic, shown
from tests.services.data import flow_book


def test_every_text_of_a_language_is_listed_with_its_words_and_can_be_listened_to(
    clinic: Clinic,
) -> None:
    clinic.account("super", Role.SUPERVISOR)
    for language in flow_book().languages:
        page = clinic.signed_in("super").get(f"/board/prompts?lang={language}").text
        texts = flow_book().catalogue(language).recordable()
        assert len(shown(page, "prompt")) == page.count("<audio") == len(texts)
        assert texts["goodbye.thanks"] in page


def test_prompts_stand_under_the_flow_that_says_them_and_numbers_by_themselves(
    clinic: Clinic,
) -> None:
    clinic.account("super", Role.SUPERVISOR)
    page = clinic.signed_in("super").get("/board/prompts?lang=hi").text
    sections = dict(re.findall(r'<section class="card" id="flow-(\w*)"(.*?)</section>', page, re.S))
    assert 'data-prompt="consent.line"' in sections["inbound"]
    assert 'data-prompt="hold.position~1"' in sections["waiting"]
    assert set(re.findall(r'data-prompt="(\w+)', sections[""])) >= {"number"}


def test_what_nobody_recorded_is_heard_from_an_address_that_tells_nothing(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    page = clinic.signed_in("super").get("/board/prompts?lang=hi").text
    sources = re.findall(r'<audio[^>]* src="([^"]+)"', page)
    assert all(re.fullmatch(r"/voice/audio/[\w-]+\.wav", source) for source in sources)
    assert set(shown(page, "voice")) == {"Synthesised"}


def test_an_unknown_language_and_a_doctor_are_turned_away(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    clinic.doctor()
    assert clinic.signed_in("super").get("/board/prompts?lang=xx").status_code == 404
    assert clinic.signed_in("asha").get("/board/prompts").status_code == 403
