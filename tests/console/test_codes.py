"""The page of numbers that a doctor prints and keys from."""

from __future__ import annotations

import pytest

from gateway.domain.roles import Role
from tests.console.clinic import Clinic
from tests.domain.formulary_file import diagnoses, shipped


def test_the_page_has_every_code(clinic: Clinic) -> None:
    clinic.doctor()
    page = clinic.signed_in().get("/console/codes")
    assert page.status_code == 200
    for code in (*shipped().by_code, *diagnoses().by_code):
        assert f"<td>{code}</td>" in page.text


@pytest.mark.parametrize("role", [None, Role.SUPERVISOR])
def test_it_is_the_doctors(clinic: Clinic, role: Role | None) -> None:
    clinic.doctor()
    browser = clinic.browser()
    if role:
        clinic.account("sup", role)
        browser.sign_in("sup")
    assert browser.get("/console/codes").status_code in {302, 303, 403}
