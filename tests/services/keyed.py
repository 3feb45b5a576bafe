"""A doctor with nothing but keys: her calls to the staff line, and what she keys there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from gateway.db.models import Prescription
from tests.domain.formulary_file import shipped
from tests.services.data import DOCTOR, STAFF
from tests.services.desk import Desk
from tests.services.line import Line

VIRAL_FEVER = "104"
CODES = {medicine.name: str(code) for code, medicine in shipped().by_code.items()}
PARACETAMOL, ORS, ZINC = (
    CODES[name] for name in ("paracetamol", "oral rehydration salts", "zinc sulphate")
)


@dataclass
class Staff:
    """The doctor's calls to the staff line, each past her PIN and at the talk to prescribe from."""

    desk: Desk
    pin: str
    sids: Iterator[int] = field(default_factory=count)

    def call(self) -> Line:
        line = Line(self.desk, f"CAstaff{next(self.sids)}", number=DOCTOR, to=STAFF).dial()
        line.key(self.pin)
        line.press("duty.prescribe")
        return line

    def begun(self) -> Line:
        """A new prescription, its diagnosis keyed."""
        line = self.call()
        line.press("prescribe.write")
        line.key(VIRAL_FEVER)
        assert line.at == "prescribe/medicine"
        return line


def paracetamol(line: Line, *, dose: str = "1*0*1#", days: str = "05") -> None:
    line.key(PARACETAMOL)
    line.pick(0)
    line.key(dose, days)
    line.press("prescribe.after_food")


def heard(line: Line) -> list[str]:
    """Hear the whole of it, up to the question whether to issue it; return its lines."""
    line.press("prescribe.hear")
    return listened(line)


def listened(line: Line) -> list[str]:
    lines = []
    while line.at == "prescribe/line":
        lines.append(str(line.session["variables"]["line"]))
        line.wait()
    assert line.at == "prescribe/ready"
    return lines


def issued(desk: Desk) -> list[Prescription]:
    return sorted(desk.all(Prescription), key=lambda row: row.issued_at)


def medicines(prescription: Prescription) -> list[tuple[str, str, str, str, int, str]]:
    fields = ("name", "form", "strength", "dose", "days", "instructions")
    return [tuple(one[name] for name in fields) for one in prescription.document["medicines"]]
