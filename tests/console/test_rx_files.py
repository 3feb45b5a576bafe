"""`doorvani rx`: an issued prescription written to a file, for the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from fhir.resources.R4B.bundle import Bundle

from gateway.commands import rx as commands
from tests.console.clinic import PARACETAMOL, Clinic
from tests.paper.documents import press


@pytest.fixture
def code(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> str:
    @contextmanager
    def opened() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(
            prescriptions=clinic.prescriptions, press=press(), work=clinic.desk.work
        )

    monkeypatch.setattr(commands, "container", opened)
    clinic.doctor()
    location = clinic.signed_in().prescribe(clinic.consultation(), PARACETAMOL).location
    return location.rsplit("#rx-", 1)[1]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands.rx, arguments)


def test_a_code_in_any_spelling_writes_a_signed_pdf(code: str, tmp_path: Path) -> None:
    out = tmp_path / "rx.pdf"
    assert run("pdf", f"{code[:4]}-{code[4:]}".lower(), str(out)).exit_code == 0
    assert out.read_bytes().startswith(b"%PDF-")
    assert b"/ETSI.CAdES.detached" in out.read_bytes()


def test_an_unknown_code_writes_nothing_and_says_so(code: str, tmp_path: Path) -> None:
    out = tmp_path / "rx.pdf"
    done = run("pdf", "BBBBBBBB", str(out))
    assert done.exit_code == 1
    assert "no prescription with this code" in done.output
    assert not out.exists()


@pytest.mark.parametrize("record", ["prescription", "consultation"])
def test_a_code_prints_a_valid_fhir_record(code: str, record: str) -> None:
    done = run("fhir", code, "--record", record)
    assert done.exit_code == 0
    bundle = Bundle.model_validate_json(done.output)
    assert bundle.type == "document"


def test_a_record_of_an_unknown_code_is_refused(code: str) -> None:
    assert run("fhir", "BBBBBBBB").exit_code == 1
