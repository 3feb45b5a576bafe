"""Sets of medicines that a doctor keeps under a name: hers alone, and nothing of a patient."""

from __future__ import annotations

import re

import pytest

from gateway.db.models import Regimen
from tests.console.clinic import PARACETAMOL, Browser, Clinic, shown


@pytest.fixture
def visit(clinic: Clinic) -> str:
    return clinic.consultation()


def issue(browser: Browser, visit: str) -> str:
    written = {**PARACETAMOL, "instructions": "after food"}
    location = browser.prescribe(visit, written, name="Sunita Devi", notes="rest").location
    return location.rsplit("#rx-", 1)[1]


def keep(browser: Browser, code: str, name: str) -> int:
    path = f"/console/prescription/{code}/regimen"
    return browser.post(path, page="/console", name=name).status_code


def kept(clinic: Clinic) -> list[Regimen]:
    return [row for row in clinic.desk.all(Regimen) if isinstance(row, Regimen)]


def test_medicines_are_kept_under_a_name_and_fill_a_form_in(
    clinic: Clinic, browser: Browser, visit: str
) -> None:
    assert keep(browser, issue(browser, visit), "  viral   fever ") == 303
    [regimen] = kept(clinic)
    assert regimen.name == "viral fever"
    assert "Sunita" not in str(regimen.medicines)
    page = browser.get(f"/console/visit/{visit}").text
    assert shown(page, "regimen") == ["viral fever"]
    [link] = re.findall(r'href="([^"#]*regimen=[^"#]*)', page)
    filled = browser.get(link).text
    for value in ('value="paracetamol"', 'value="1-0-1"', 'value="after food"'):
        assert value in filled


def test_the_same_name_again_takes_the_place_of_the_first(
    clinic: Clinic, browser: Browser, visit: str
) -> None:
    code = issue(browser, visit)
    for name in ("fever", "fever", "cold"):
        keep(browser, code, name)
    assert sorted(row.name for row in kept(clinic)) == ["cold", "fever"]


@pytest.mark.parametrize(("name", "stands"), [("", 0), ("x" * 41, 0), ("x" * 40, 1)])
def test_a_name_is_needed_and_not_too_long(
    clinic: Clinic, browser: Browser, visit: str, name: str, stands: int
) -> None:
    keep(browser, issue(browser, visit), name)
    assert len(kept(clinic)) == stands


def test_another_doctor_neither_keeps_sees_uses_nor_drops_them(
    clinic: Clinic, browser: Browser, visit: str
) -> None:
    code = issue(browser, visit)
    keep(browser, code, "fever")
    [regimen] = kept(clinic)
    clinic.doctor("meera", "+919800000077")
    other = clinic.signed_in("meera")
    assert keep(other, code, "mine") == 404
    path = f"/console/prescription/regimen/{regimen.id}/drop"
    other.post(path, page="/console")
    assert [row.name for row in kept(clinic)] == ["fever"]
    parts = clinic.app.extensions["doorvani"]
    assert parts.regimens.medicines(regimen.id, doctor_id="another") == []
    assert browser.post(path, page="/console").status_code == 303
    assert kept(clinic) == []


def test_no_more_than_thirty_are_kept(clinic: Clinic, browser: Browser, visit: str) -> None:
    code = issue(browser, visit)
    for number in range(31):
        keep(browser, code, f"set {number}")
    assert len(kept(clinic)) == 30
    keep(browser, code, "set 0")
    assert len(kept(clinic)) == 30
