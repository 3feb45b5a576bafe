"""The SMS channel's webhooks."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from gateway.telephony.forms import MalformedForm
from gateway.web.access import signed_by_carrier
from gateway.web.parts import parts
from gateway.web.webhook import WEBHOOK_METHODS, webhook_form

log = logging.getLogger(__name__)
messages = Blueprint("messages", __name__, url_prefix="/sms")


@messages.route("/<carrier>/status", methods=WEBHOOK_METHODS)
@signed_by_carrier
def status(carrier: str) -> Response:
    """Take a delivery receipt; one for a message that is not ours is accepted and dropped."""
    forms, form = webhook_form(carrier)
    receipt = forms.sms_receipt(form)
    known = parts().receipts.receive(
        request.args.get("message", ""),
        status=receipt.status,
        error_code=receipt.error_code,
        provider_message_id=receipt.provider_message_id,
        part=receipt.part,
        parts=receipt.parts,
    )
    if not known:
        log.warning("receipt_of_unknown_message", extra={"carrier": carrier})
    return Response(status=204)


@messages.route("/<carrier>/incoming", methods=WEBHOOK_METHODS)
@signed_by_carrier
def incoming(carrier: str) -> Response:
    """Take a text from a phone; what it asks for is answered by texts of our own."""
    forms, form = webhook_form(carrier)
    event = forms.sms_event(form)
    known = parts().inbox.receive(carrier, event.provider_message_id, event.from_, body=event.body)
    if not known:
        log.warning("sms_from_no_telephone", extra={"carrier": carrier})
    return Response("<Response/>", mimetype="text/xml")


@messages.errorhandler(MalformedForm)
def malformed(error: MalformedForm) -> Response:
    log.warning("webhook_malformed", extra={"field": error.field})
    return Response(str(error), status=400, mimetype="text/plain")
