"""The text after calls that asked after a patient and reached nobody: where she finds a doctor."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import exists, select

from gateway.db.models import Aftercare, Caller, Message, Patient
from gateway.domain.aftercare import GAPS, AftercareKind
from gateway.domain.states import AftercareStatus
from gateway.services.aftercare import BATCH
from gateway.services.messages import Texts
from gateway.services.work import Unit

_KIND: Final = "follow_up_missed"
_KEY: Final = f"{_KIND}:"
# One that was missed longer ago is told no more.
TOLD_WITHIN: Final = timedelta(days=1)


def tell_missed(unit: Unit, texts: Texts, *, first_language: str) -> int:
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
            ~exists().where(Message.purpose_key == _KEY + Aftercare.id),
        )
        .limit(BATCH)
    ).all()
    for aftercare_id, caller in rows:
        texts.queue(
            unit,
            _KIND,
            key=_KEY + aftercare_id,
            caller=caller,
            language=caller.language or first_language,
            values={"number": texts.toll_free},
        )
    return len(rows)
