"""The SMS channel's webhooks."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from gateway.telephony.events import MalformedForm, parse_sms_event, parse_sms_receipt
from gateway.web.access import signed_by_carrier
from gateway.web.parts import parts

log = logging.getLogger(__name__)
messages = Blueprint("messages", __name__, url_prefix="/sms")


@messages.post("/<carrier>/status")
@signed_by_carrier
def status(carrier: str) -> Response:
    """Take a delivery receipt; one for a message that is not ours is accepted and dropped."""
    receipt = parse_sms_receipt(request.form)
    known = parts().sending.receive_receipt(
        request.args.get("message", ""),
        status=receipt.status,
        error_code=receipt.error_code,
        provider_message_id=receipt.provider_message_id,
    )
    if not known:
        log.warning("receipt_of_unknown_message", extra={"carrier": carrier})
    return Response(status=204)


@messages.post("/<carrier>/incoming")
@signed_by_carrier
def incoming(carrier: str) -> Response:
    """Accept a text from a phone; answering texts is not offered yet, so it is only counted."""
    parse_sms_event(request.form)
    log.info("sms_received", extra={"carrier": carrier})
    return Response("<Response/>", mimetype="text/xml")


@messages.errorhandler(MalformedForm)
def malformed(error: MalformedForm) -> Response:
    log.warning("webhook_malformed", extra={"field": error.field})
    return Response(str(error), status=400, mimetype="text/plain")
