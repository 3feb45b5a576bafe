"""A carrier's request: which form it is, and who reads it."""

from __future__ import annotations

from typing import Final

from flask import request
from werkzeug.datastructures import MultiDict

from gateway.telephony.dialects import DIALECTS
from gateway.telephony.webhooks import FORMS, Forms

# Whether this carrier may use this method is held where its signature is.
WEBHOOK_METHODS: Final = ("GET", "POST")


def webhook_form(carrier: str) -> tuple[Forms, MultiDict[str, str]]:
    """Return the readers of the carrier's forms, and the form of this request."""
    dialect = DIALECTS[carrier]
    return FORMS[dialect.markup], request.args if dialect.method == "GET" else request.form
