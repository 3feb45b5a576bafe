"""The page on which a supervisor listens through all that callers hear."""

from __future__ import annotations

from gateway.domain.roles import Role
from tests.console.clinic import Clinic, shown
from tests.services.desk import flow_book


def test_every_prompt_of_a_language_is_listed_with_its_words(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    for language in flow_book().languages:
        page = clinic.signed_in("super").get(f"/board/prompts?lang={language}").text
        templates = flow_book().catalogue(language).templates
        assert len(shown(page, "prompt")) == len(templates)
        assert templates["goodbye.thanks"].text in page


def test_what_has_no_values_can_be_listened_to(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    page = clinic.signed_in("super").get("/board/prompts?lang=hi").text
    templates = flow_book().catalogue("hi").templates
    assert page.count("<audio") == sum(not t.placeholders for t in templates.values())
    assert 'src="/voice/audio/' in page


def test_an_unknown_language_and_a_doctor_are_turned_away(clinic: Clinic) -> None:
    clinic.account("super", Role.SUPERVISOR)
    clinic.doctor()
    assert clinic.signed_in("super").get("/board/prompts?lang=xx").status_code == 404
    assert clinic.signed_in("asha").get("/board/prompts").status_code == 403
