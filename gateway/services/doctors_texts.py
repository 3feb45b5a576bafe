"""What a doctor texts from her own number, with her PIN: her duty, and prescriptions.

A prescription is read back to her line by line, in the words in which it would be printed, and is
issued only when she confirms it by another text. The rules are those of the console.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import select

from gateway.db.models import Message
from gateway.domain.draft import MedicineDraft
from gateway.domain.prescription import medicine_line
from gateway.domain.quick_line import BadLine, LineProblem, parse_line
from gateway.services.drafts import MOST_MEDICINES, newest_draft, open_draft, prescribed_for
from gateway.services.duty import Duty, obey
from gateway.services.messages import Texts
from gateway.services.pins import Entry, check_pin
from gateway.services.prescription_document import Written
from gateway.services.prescription_texts import short_line
from gateway.services.prescriptions import Issued, Prescriptions, Preview, Refused
from gateway.services.work import Unit, Work
from sms.commands import (
    CommandWords,
    Confirmation,
    DutyOrder,
    PrescriptionText,
    read_confirmation,
    read_duty,
    read_prescription,
)
from sms.render import LineMessage, line_message

# The longest variable of a text (config/sms.yaml, limits).
VALUE_LENGTH: Final = 30
MOST_REFUSALS: Final = 3
EXAMPLE: Final = "RX PIN flu: pcm 500 1-0-1 5d"
YES: Final = "YES PIN"
# A stop between words could make an address of them, which no text may have.
_NO_DECIMAL: Final = re.compile(r"(?<!\d)\.|\.(?!\d)")

_Answer: TypeAlias = tuple[str, Mapping[str, str]]
_Order: TypeAlias = DutyOrder | PrescriptionText | Confirmation


@dataclass(frozen=True, slots=True)
class _Sender:
    doctor_id: str
    language: str
    script: str


@dataclass(frozen=True, slots=True)
class _Unread:
    """A line, counted from 1, and what of it cannot be read."""

    line: int
    problem: LineProblem


@dataclass(frozen=True, slots=True)
class DoctorsTexts:
    work: Work
    duty: Duty
    texts: Texts
    words: CommandWords
    prescriptions: Prescriptions

    def take(self, sender: str, body: str, *, key: str) -> bool:
        """Do what she texts and answer it, once; tell whether it was a doctor's text.

        A guesser who has spent his tries is not answered: each answer costs, and tells him more.
        """
        order = self._read(body)
        if order is None:
            return False
        with self.work.begin() as unit:
            doctor = self.duty.doctor_at(unit, sender)
            caller = self.duty.directory.caller_of(unit, sender)
            if doctor is None or caller is None:
                return False
            if unit.db.scalar(select(Message.id).where(Message.purpose_key == f"{key}:0")):
                return True
            her = _Sender(doctor.id, self.duty.language_of(doctor), caller.script)
            entry = check_pin(unit, doctor, order.pin)
            if entry is Entry.WRONG:
                self._answer(unit, sender, her, [("duty_wrong_pin", {})], key=key)
            elif entry is Entry.RIGHT and isinstance(order, DutyOrder):
                self._answer(unit, sender, her, [obey(unit, doctor, order.wanted)], key=key)
        if entry is Entry.RIGHT and not isinstance(order, DutyOrder):
            # Checking and issuing are transactions of their own.
            answers = self._prescribe(her, order)
            with self.work.begin() as unit:
                self._answer(unit, sender, her, answers, key=key)
        return True

    def _read(self, body: str) -> _Order | None:
        return (
            read_duty(body, self.words)
            or read_prescription(body, self.words)
            or read_confirmation(body, self.words)
        )

    def _prescribe(self, her: _Sender, order: PrescriptionText | Confirmation) -> Sequence[_Answer]:
        return self._write(her, order) if isinstance(order, PrescriptionText) else self._issue(her)

    def _write(self, her: _Sender, told: PrescriptionText) -> Sequence[_Answer]:
        """Check what she wrote and read it back; it waits for her yes."""
        if not 0 < len(told.lines) <= MOST_MEDICINES:
            return [("rx_how", {"example": EXAMPLE})]
        medicines = self._medicines(told.lines)
        if isinstance(medicines, _Unread):
            problem = medicines.problem.value.replace("_", " ")
            return [("rx_unreadable", {"line": str(medicines.line), "problem": problem})]
        with self.work.begin() as unit:
            visit = prescribed_for(unit, her.doctor_id, told.token)
        if visit is None:
            return [("rx_no_visit", {})]
        consultation_id, token = visit
        written = Written(told.diagnosis, "", medicines)
        checked = self.prescriptions.check(consultation_id, written, doctor_id=her.doctor_id)
        match checked:
            case Refused():
                return _refused(checked)
            case Preview():
                echo = self._echo(medicines, her)
            case _:
                return [("rx_no_visit", {})]
        with self.work.begin() as unit:
            open_draft(unit, her.doctor_id, consultation_id, written, read_back=True)
        confirm = {"token": token, "diagnosis": _shown(told.diagnosis), "yes": YES}
        return [*echo, ("rx_confirm", confirm)]

    def _issue(self, her: _Sender) -> Sequence[_Answer]:
        """Issue what was read back last; said twice, it is the same prescription."""
        with self.work.begin() as unit:
            held = newest_draft(unit, her.doctor_id, texted=True)
        if held is None:
            return [("rx_nothing", {})]
        issued = self.prescriptions.issue(
            held.consultation_id, held.written, doctor_id=her.doctor_id, key=held.id
        )
        match issued:
            case Issued(code):
                return [("rx_issued", {"code": code})]
            case Refused():
                return _refused(issued)
            case _:
                return [("rx_nothing", {})]

    def _medicines(self, lines: Sequence[str]) -> tuple[MedicineDraft, ...] | _Unread:
        """Return the medicines, or the first line that cannot be read."""
        read: list[MedicineDraft] = []
        for number, line in enumerate(lines, start=1):
            found = parse_line(line, formulary=self.prescriptions.formulary)
            if isinstance(found, BadLine):
                return _Unread(number, found.problem)
            read.append(found)
        return tuple(read)

    def _echo(self, medicines: Sequence[MedicineDraft], her: _Sender) -> Sequence[_Answer]:
        """Her lines in the messages that a patient would get of them, in her own language."""
        formulary, catalogue = self.prescriptions.formulary, self.texts.catalogue
        limit = catalogue.templates["prescription_line"].variables["medicine"]
        answers: list[_Answer] = []
        for position, medicine in enumerate(medicines, start=1):
            line = short_line(medicine_line(medicine, formulary=formulary), formulary, limit)
            message = line_message(
                line,
                position=position,
                language=her.language,
                script=her.script,
                catalogue=catalogue,
            )
            if isinstance(message, LineMessage):
                answers.append((message.kind, message.values))
        return answers

    def _answer(
        self, unit: Unit, sender: str, her: _Sender, answers: Sequence[_Answer], *, key: str
    ) -> None:
        for place, (kind, values) in enumerate(answers):
            self.texts.queue(
                unit,
                kind,
                key=f"{key}:{place}",
                caller=self.duty.directory.caller_of(unit, sender),
                language=her.language,
                script=her.script,
                values=values,
                place=place,
            )


def _shown(text: str) -> str:
    """Return her own words as a variable of a text: cut, and without signs that none may have."""
    text = _NO_DECIMAL.sub(" ", text)
    kept = "".join(sign if sign.isalnum() or sign in " .,%+-/" else " " for sign in text)
    return " ".join(kept.split())[:VALUE_LENGTH].strip() or "-"


def _refused(refused: Refused) -> Sequence[_Answer]:
    """Name the medicine and the rule; the console has the rule's words and source."""
    told: list[_Answer] = [
        (
            "rx_refused",
            {
                "medicine": _shown(refusal.medicine),
                "rule": refusal.rule.value.replace("_", " "),
            },
        )
        for refusal in refused.refusals[:MOST_REFUSALS]
    ]
    return told or [("rx_refused", {"medicine": "-", "rule": "does not fit an SMS"})]
