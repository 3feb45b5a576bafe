"""Accounts as an operator makes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from config.settings import load_settings
from gateway.commands.staff import staff
from gateway.container import Container
from gateway.db.models import Doctor, HealthWorker
from gateway.domain.roles import Role
from gateway.services.accounts import StaffMember
from gateway.services.pins import Entry, check_pin


@pytest.fixture
def here(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")


def add(*arguments: str) -> Result:
    return CliRunner().invoke(staff, ["add-supervisor", *arguments])


@pytest.mark.usefixtures("here")
def test_a_supervisor_signs_in_with_the_password_that_was_shown() -> None:
    shown = add("meera").output
    password = re.search(r"shown once: (\S+)", shown)
    assert password is not None
    member = Container(load_settings()).accounts.sign_in("meera", password[1], address="192.0.2.1")
    assert isinstance(member, StaffMember)
    assert member.role is Role.SUPERVISOR


@pytest.mark.usefixtures("here")
def test_a_chosen_password_is_not_shown() -> None:
    assert "a long enough secret" not in add("meera", "--password", "a long enough secret").output


@pytest.mark.usefixtures("here")
def test_a_taken_name_and_a_weak_password_are_refused_with_what_to_do() -> None:
    add("meera")
    assert "choose another" in add("Meera").output
    weak = add("leela", "--password", "short")
    assert weak.exit_code == 1
    assert "Error:" in weak.output
    assert "short" not in weak.output.replace("shorter", "")


def add_doctor(*arguments: str) -> Result:
    told = ["asha", "--name", "Asha Rao", "--qualification", "MBBS"]
    told += ["--registration-number", "MH-12345", "--phone", "9800000002"]
    return CliRunner().invoke(staff, ["add-doctor", *told, *arguments])


def doctors() -> list[Doctor]:
    with Container(load_settings()).work.begin() as unit:
        return list(unit.db.scalars(select(Doctor)))


@pytest.mark.usefixtures("here")
def test_a_doctor_has_her_languages_and_specialities() -> None:
    added = add_doctor("--language", "hi", "--speciality", "psychiatry", "--speciality", "general")
    assert added.exit_code == 0, added.output
    [doctor] = doctors()
    assert (doctor.languages, doctor.specialities) == (["hi"], ["psychiatry", "general"])


@pytest.mark.usefixtures("here")
def test_a_doctor_without_a_speciality_sees_who_asks_for_none() -> None:
    assert add_doctor("--language", "hi").exit_code == 0
    assert doctors()[0].specialities == ["general"]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--language", "hindi"), "no language 'hindi'; there are: "),
        (("--language", "hi", "--speciality", "magic"), "no speciality 'magic'; there are: gen"),
    ],
)
def test_a_skill_that_nobody_asks_for_is_refused_before_anything_is_made(
    arguments: tuple[str, ...], message: str
) -> None:
    refused = add_doctor(*arguments)
    assert refused.exit_code == 1
    assert message in refused.output
    assert not doctors()
    assert add_doctor("--language", "hi").exit_code == 0, "the name is still free"


def staff_says(*arguments: str) -> str:
    return CliRunner().invoke(staff, arguments).output


@pytest.mark.usefixtures("here")
def test_a_doctors_telephones_are_added_shown_masked_and_taken_away() -> None:
    add_doctor("--language", "hi")
    assert "reached at +91******0022 as well" in staff_says("add-phone", "asha", "98000 00022")
    assert staff_says("phones", "asha") == "1. +91******0002\n2. +91******0022\n"
    assert "no more" in staff_says("remove-phone", "asha", "9800000002")
    assert "her last one" in staff_says("remove-phone", "asha", "9800000022")
    assert "not one of hers" in staff_says("remove-phone", "asha", "9800000002")
    assert "impossible" in staff_says("add-phone", "asha", "12")
    assert "No doctor is called leela" in staff_says("phones", "leela")
    assert staff_says("phones", "asha") == "1. +91******0022\n"


def add_health_worker(*arguments: str) -> Result:
    told = ["--name", "Sunita Devi", "--centre", "HWC Rampur", "--language", "hi"]
    told += ["--treating-doctor", "K. Mehta", "--treating-registration", "UP-77"]
    return CliRunner().invoke(staff, ["add-health-worker", *told, *arguments])


@pytest.mark.usefixtures("here")
def test_a_health_worker_has_a_pin_that_is_shown_once_and_can_be_renewed() -> None:
    added = add_health_worker("--phone", "9800000007")
    first = re.search(r"shown once: (\d{6})$", added.output.strip())
    renewed = CliRunner().invoke(staff, ["health-worker-pin", "98000 00007"])
    second = re.search(r"shown once: (\d{6})$", renewed.output.strip())
    assert first, added.output
    assert second, renewed.output
    with Container(load_settings()).work.begin() as unit:
        [worker] = unit.db.scalars(select(HealthWorker)).all()
        assert (worker.treating_name, worker.treating_registration) == ("K. Mehta", "UP-77")
        assert check_pin(unit, worker, second[1]) is Entry.RIGHT


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--phone", "12"), "cannot be rung"),
        (("--phone", "9800000007", "--language", "xx"), "no language 'xx'"),
    ],
)
def test_a_health_worker_who_cannot_be_rung_or_spoken_to_is_refused(
    arguments: tuple[str, ...], message: str
) -> None:
    refused = add_health_worker(*arguments)
    assert refused.exit_code == 1
    assert message in refused.output
    unknown = CliRunner().invoke(staff, ["health-worker-pin", "9800000007"])
    assert "no health worker has this number" in unknown.output


def rota(*arguments: str) -> Result:
    return CliRunner().invoke(staff, ["rota", *arguments])


@pytest.mark.usefixtures("here")
def test_shifts_are_shown_set_and_cleared() -> None:
    add_doctor("--language", "hi")
    assert "has no shifts" in rota("asha").output
    assert "mon-sat 09:00-13:00" in rota("asha", "mon-sat", "09:00-13:00").output
    night = rota("asha", "mon-sat", "09:00-13:00", "sun", "22:00-06:00")
    assert "asha: mon-sat 09:00-13:00 sun 22:00-06:00; the next one begins" in night.output
    assert rota("asha").output == night.output
    assert "has no shifts" in rota("asha", "--clear").output


@pytest.mark.usefixtures("here")
def test_shifts_that_cannot_be_kept_are_refused_and_change_nothing() -> None:
    add_doctor("--language", "hi")
    rota("asha", "mon", "09:00-13:00")
    for wrong, why in (
        (["monday", "9-13"], "'monday' cannot be read"),
        (["mon", "9:00-12:00", "11:00-13:00"], "overlap"),
        (["mon", "9:00-12:00", "--clear"], "either hours or --clear"),
    ):
        refused = rota("asha", *wrong)
        assert refused.exit_code != 0
        assert why in refused.output
    assert "asha: mon 09:00-13:00;" in rota("asha").output
    assert rota("nobody").exit_code == 1
