"""What a doctor texts from her own number, with her PIN: her duty, and prescriptions.

A prescription is read back to her line by line, in the words in which it would be printed, and is
issued only when she confirms it by another text. The rules are those of the console.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import select

from gateway.db.models import Message
from gateway.services.duty import Duty
from gateway.services.messages import Texts
from gateway.services.pins import Entry, check_pin
from gateway.services.prescriptions import Prescriptions
from gateway.services.texted_prescriptions import Answer, Prescriber, TextedPrescriptions
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

_Order: TypeAlias = DutyOrder | PrescriptionText | Confirmation


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
            her = Prescriber(doctor.id, self.duty.language_of(doctor), caller.script)
            entry = check_pin(unit, doctor, order.pin)
            if entry is Entry.WRONG:
                self._answer(unit, sender, her, [("duty_wrong_pin", {})], key=key)
            elif entry is Entry.RIGHT and isinstance(order, DutyOrder):
                answer = self.duty.obey(unit, doctor, order.wanted, number=sender)
                self._answer(unit, sender, her, [answer], key=key)
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

    def _prescribe(
        self, her: Prescriber, order: PrescriptionText | Confirmation
    ) -> Sequence[Answer]:
        texted = TextedPrescriptions(self.work, self.texts, self.prescriptions)
        if isinstance(order, Confirmation):
            return texted.confirm(her)
        return texted.take(her, order)

    def _answer(
        self, unit: Unit, sender: str, her: Prescriber, answers: Sequence[Answer], *, key: str
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
