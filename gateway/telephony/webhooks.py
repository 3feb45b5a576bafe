"""A carrier's webhook → the value that it means, by how the carrier writes its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.telephony import kookoo_forms, plivo_forms, twiml_forms
from gateway.telephony.dialects import Markup
from gateway.telephony.events import CallEvent, SmsEvent, SmsReceipt
from gateway.telephony.forms import Form


@dataclass(frozen=True, slots=True)
class Forms:
    """Reads a carrier's forms; each errs with MalformedForm."""

    call_event: Callable[[Form], CallEvent]
    sms_event: Callable[[Form], SmsEvent]
    sms_receipt: Callable[[Form], SmsReceipt]


FORMS: Final[Mapping[Markup, Forms]] = {
    Markup.TWIML: Forms(
        twiml_forms.parse_call_event,
        twiml_forms.parse_sms_event,
        twiml_forms.parse_sms_receipt,
    ),
    Markup.PLIVO: Forms(
        plivo_forms.parse_call_event,
        plivo_forms.parse_sms_event,
        plivo_forms.parse_sms_receipt,
    ),
    Markup.KOOKOO: Forms(
        kookoo_forms.parse_call_event,
        kookoo_forms.parse_sms_event,
        kookoo_forms.parse_sms_receipt,
    ),
}
