"""What comes of a prescription that is to be issued: it stands, or why it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from gateway.db.models import Message
from gateway.domain.medicine_rules import Refusal
from gateway.domain.states import AftercareStatus
from sms.catalogue import Price
from sms.render import RenderRefusal, Sms


@dataclass(frozen=True, slots=True)
class Issued:
    """The prescription stands; a repeated request gets the code of the first."""

    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was issued. untextable: what would not fit the registered messages."""

    refusals: tuple[Refusal, ...]
    untextable: tuple[RenderRefusal, ...] = ()


@dataclass(frozen=True, slots=True)
class FormUsed:
    """This form issued another prescription before; nothing was issued now."""

    code: str


@dataclass(frozen=True, slots=True)
class NotTalked:
    """Doctor and patient were never joined, so there was no consultation to prescribe from."""


@dataclass(frozen=True, slots=True)
class NotHers:
    """No such consultation, or another doctor's."""


@dataclass(frozen=True, slots=True)
class NoLongerStands:
    """What was to be replaced was taken back or replaced meanwhile; nothing was issued.

    code: its own. instead: the code of what stands in its place, empty where nothing does.
    """

    code: str
    instead: str


Issuing: TypeAlias = Issued | Refused | FormUsed | NotTalked | NotHers | NoLongerStands


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent; empty where nobody is texted.

    unplaced: allergies and medicines of the patient that no rule can heed. segment_price: what one
    segment of the texts costs.
    """

    texts: tuple[Sms, ...]
    unplaced: tuple[str, ...]
    segment_price: Price


@dataclass(frozen=True, slots=True)
class IssuedPrescription:
    """A prescription as it was issued, and what became of it and of its messages.

    cancelled_on: None while it stands. replaced_by: the code of the one it was taken back for.
    reading: of the call that reads it, or that says that it was cancelled, where that message was
    lost; else None.
    """

    code: str
    patient_id: str
    consultation_id: str
    document: dict[str, Any]
    cancelled_on: date | None
    messages: Sequence[Message] = ()
    replaced_by: str = ""
    reading: AftercareStatus | None = None
