"""How templates show times and codes: Indian time, and words for what the tables name by code."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel import Locale
from babel.numbers import format_currency
from flask.blueprints import BlueprintSetupState

from gateway.domain.indian_time import IST
from sms.catalogue import Price

A_MINUTE_S = 60


def install(state: BlueprintSetupState) -> None:
    """Give the application's templates these filters; for `Blueprint.record_once`."""
    app = state.app
    for view in (clock, day, day_and_clock, language, money, talk, words):
        app.add_template_filter(view)


def clock(at: datetime) -> str:
    return at.astimezone(IST).strftime("%H:%M")


def day(on: date | datetime | str) -> str:
    """Return "3 Nov 2026"; a time is taken to India first, a text is an ISO 8601 date."""
    if isinstance(on, str):
        on = date.fromisoformat(on)
    local = on.astimezone(IST) if isinstance(on, datetime) else on
    return f"{local.day} {local.strftime('%b %Y')}"


def day_and_clock(at: datetime) -> str:
    return f"{day(at)}, {clock(at)}"


def talk(length: int | timedelta) -> str:
    """Return a length as minutes and seconds, "4:05"; a plain number counts seconds."""
    seconds = int(length.total_seconds()) if isinstance(length, timedelta) else length
    return f"{seconds // A_MINUTE_S}:{seconds % A_MINUTE_S:02d}"


def language(code: str) -> str:
    """Return the English name of a language by its code ("ta": "Tamil")."""
    return Locale.parse(code).english_name or code


def money(price: Price) -> str:
    """Return an amount as it is written in India, "₹1.20"."""
    return format_currency(price.amount, price.currency, locale="en_IN")


def words(code: str) -> str:
    """Return a code of our tables ("chest_pain") as words."""
    return code.replace("_", " ")
