"""The texts of aftercare: medicines at their times, a question after days, where no call reached.

What names a medicine names no person, as in a prescription's texts: its code tells which it is of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select

from gateway.db.models import Aftercare, Caller, Consultation, Message, Patient, Prescription
from gateway.db.models.waiting import token_of
from gateway.domain.aftercare import GAPS, AftercareKind
from gateway.domain.formulary import Formulary
from gateway.domain.indian_time import day_in_india
from gateway.domain.states import AftercareStatus
from gateway.services import aftercare
from gateway.services.aftercare import BATCH
from gateway.services.messages import MOST_AT_ONCE, Texts
from gateway.services.prescription_texts import short_line
from gateway.services.work import Unit
from sms.medicine import MedicineLine
from sms.render import LineMessage, RenderRefusal, reminder_message, render

_BEGIN: Final = "reminders_begin"
_LINE: Final = "reminder_line"
_ASK: Final = "follow_up_ask"
_MISSED: Final = "follow_up_missed"
# One that was missed longer ago is told no more.
TOLD_WITHIN: Final = timedelta(days=1)


def question_purpose(aftercare_id: str) -> str:
    """Return the key of the text that asks how the patient is."""
    return f"{_ASK}:{aftercare_id}"


@dataclass(frozen=True, slots=True)
class AftercareTexts:
    """first_language: of people who never chose one."""

    texts: Texts
    formulary: Formulary
    first_language: str

    def begin_reminders(
        self, unit: Unit, prescription: Prescription, caller: Caller, *, days: int
    ) -> None:
        """Tell once a day at most what will come, and how it is ended; after what is prescribed."""
        self.texts.queue(
            unit,
            _BEGIN,
            key=f"{aftercare.beginning_purpose(prescription.id)}{day_in_india(unit.now)}",
            caller=caller,
            language=self._language(caller),
            values={"code": prescription.code, "days": str(days), "number": self.texts.toll_free},
            place=MOST_AT_ONCE - 1,
        )

    def remind(self, unit: Unit, row: Aftercare, *, until: datetime) -> bool:
        """Mean to text the medicines that are due, each once, and roll the reminder on.

        until: when they are worth nothing any more. False where one of them cannot be written, as
        in a language that she chose since: then nothing is texted.
        """
        prescription = unit.db.get_one(Prescription, row.prescription_id)
        caller = unit.db.get_one(Caller, row.caller_id)
        due = aftercare.lines_due(prescription, row)
        written = [
            message
            for line in due
            for message in self._reminder(line, row.part or "", prescription.code, caller)
        ]
        if len(written) < len(due):
            return False
        time = f"{day_in_india(row.due_at)}:{row.part}"
        if aftercare.roll_on(unit, row):
            for place, message in enumerate(written):
                self.texts.queue(
                    unit,
                    message.kind,
                    key=f"{aftercare.reminder_purpose(prescription.id)}{time}:{place}",
                    caller=caller,
                    language=self._language(caller),
                    values=message.values,
                    place=place,
                    expires_at=until,
                )
        return True

    def ask(self, unit: Unit, row: Aftercare, *, until: datetime) -> None:
        """Mean to ask her how the patient is; the token tells of whom we ask."""
        consultation = unit.db.get_one(Consultation, row.consultation_id)
        caller = unit.db.get_one(Caller, row.caller_id)
        self.texts.queue(
            unit,
            _ASK,
            key=question_purpose(row.id),
            caller=caller,
            language=self._language(caller),
            values={"token": token_of(consultation.ticket_id), "number": self.texts.toll_free},
            expires_at=until,
        )

    def tell_missed(self, unit: Unit) -> int:
        """Mean to text everyone whom the last follow-up call did not reach, once; return how many.

        Nobody who wants no calls or no texts, and nobody who put the calls to an end by a key.
        """
        rows = unit.db.execute(
            select(Aftercare.id, Caller)
            .join(Caller, Caller.id == Aftercare.caller_id)
            .join(Patient, Patient.id == Aftercare.patient_id)
            .where(
                Aftercare.kind == AftercareKind.FOLLOW_UP,
                Aftercare.status == AftercareStatus.OVER,
                Aftercare.attempts > len(GAPS[AftercareKind.FOLLOW_UP]),
                Aftercare.due_at > unit.now - TOLD_WITHIN,
                Caller.withdrawn_at.is_(None),
                Caller.texts_stopped_at.is_(None),
                Caller.no_calls.is_(False),
                Patient.no_sms.is_(False),
                ~exists().where(Message.purpose_key == f"{_MISSED}:" + Aftercare.id),
            )
            .limit(BATCH)
        ).all()
        for aftercare_id, caller in rows:
            self.texts.queue(
                unit,
                _MISSED,
                key=f"{_MISSED}:{aftercare_id}",
                caller=caller,
                language=self._language(caller),
                values={"number": self.texts.toll_free},
            )
        return len(rows)

    def _language(self, caller: Caller) -> str:
        return caller.language or self.first_language

    def _reminder(
        self, line: MedicineLine, part: str, code: str, caller: Caller
    ) -> Iterator[LineMessage]:
        """Yield the message of a line that is due, if it can be written."""
        catalogue, language = self.texts.catalogue, self._language(caller)
        message = reminder_message(
            short_line(line, self.formulary, catalogue.templates[_LINE].variables["medicine"]),
            part=part,
            code=code,
            language=language,
            script=caller.script,
            catalogue=catalogue,
        )
        if isinstance(message, RenderRefusal):
            return
        text = render(
            message.kind,
            language=language,
            script=caller.script,
            values=message.values,
            catalogue=catalogue,
        )
        if not isinstance(text, RenderRefusal):
            yield message
