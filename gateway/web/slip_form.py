"""The form of a slip as it was sent."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from gateway.services.slips import Asked


def asked_by(form: MultiDict[str, str]) -> tuple[Asked, str]:
    """Return what the form asks for, to be checked by the service, and the form's own key."""
    asked = Asked(
        place=form.get("place", ""),
        when=form.get("when", ""),
        tests=tuple(dict.fromkeys(form.getlist("test"))),
        reason=form.get("reason", "").strip(),
        advice=" ".join(form.get("advice", "").split()),
    )
    return asked, form.get("key", "")
