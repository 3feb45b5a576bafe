"""What follows a consultation: a prescription heard, reminders asked for, time that goes by."""

from __future__ import annotations

from datetime import datetime

from gateway.db.models import Aftercare
from gateway.domain.aftercare import AftercareKind
from gateway.domain.indian_time import IST
from gateway.services.issuing import Issued
from gateway.services.prescription_document import Written
from tests.console.clinic import Clinic
from tests.services.desk import Desk
from tests.services.line import Line
from tests.services.prescribing import medicine

KEY = "0" * 32


def ist(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=IST)


# Whatever may be due on the day of a prescription and on the two days after it.
EVERY_TIME = [ist(day, *at) for day in (23, 24, 25) for at in ((8,), (13,), (18,), (20, 30), (21,))]


def go_to(desk: Desk, at: datetime) -> None:
    """Let the clock stand at that time, and what is due be done."""
    desk.clock.now = at
    desk.sweep()
    desk.work_off()


def prescribed(clinic: Clinic, *, review_days: int | None = None, days: int = 2) -> str:
    """Two medicines on Monday morning: one at morning and night, one at noon."""
    doctor_id = clinic.doctor()
    consultation_id = clinic.consultation()
    ors = medicine("ORS", form="sachet", strength="21 g", dose="0-1-0", days=days)
    written = Written("viral fever", "", (medicine(days=days), ors), review_days=review_days)
    done = clinic.prescriptions.issue(consultation_id, written, doctor_id=doctor_id, key=KEY)
    assert isinstance(done, Issued), done
    return consultation_id


def heard(clinic: Clinic, sid: str = "CA9") -> Line:
    """She hears her prescription, up to the menu after it."""
    line = Line(clinic.desk, sid).dial()
    line.press("menu.services", "menu.prescription")
    line.pick()
    while line.at == "prescription/line":
        line.wait()
    return line


def reminded(clinic: Clinic, *, by: str = "call") -> Line:
    """On Monday morning: one medicine at morning and night, one at noon, for two days; she asks to
    be reminded by call or by text, and hangs up."""
    prescribed(clinic)
    Line(clinic.desk, "CA1").ends()
    line = heard(clinic)
    line.press("rx.remind", f"reminder.by_{by}")
    line.ends()
    return line


def by_text(clinic: Clinic) -> Desk:
    """The same by text, with what comes of it done."""
    reminded(clinic, by="text")
    clinic.desk.work_off()
    return clinic.desk


def reminder(desk: Desk) -> Aftercare:
    [row] = [row for row in desk.aftercare() if row.kind is AftercareKind.REMINDER]
    return row
