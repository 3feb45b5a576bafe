"""Days in words: "तीन मार्च", "മാർച്ച് മൂന്ന്"."""

from __future__ import annotations

from datetime import date
from typing import Final

from babel import Locale

from ivr_flows.engine.numbers import NumberWords

_OF_INDIA: Final = "{}_IN"


def say_date(day: date, language: str, numbers: NumberWords) -> str:
    """Return day and month in words, without the year, as people name a day that is near.

    Names of months, and whether the day or the month comes first: Unicode CLDR, by Babel.
    """
    locale = Locale.parse(_OF_INDIA.format(language))
    month = str(locale.months["format"]["wide"][day.month])
    order = str(locale.date_formats["long"].pattern)
    parts = (numbers.say(day.day), month)
    return " ".join(parts if order.index("d") < order.index("M") else reversed(parts))
