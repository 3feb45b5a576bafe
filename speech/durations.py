"""For how long: the duration that a sentence tells, told apart from an age."""

from __future__ import annotations

from speech.lexicon import Lexicon
from speech.matching import Sentence
from speech.phonetics import Kind

# Ages and pregnancies are told in months and years; days and weeks are hardly ever.
_PLAINLY_TIME_DAYS = 7


def find_duration(sentence: Sentence, lexicon: Lexicon) -> int | None:
    """Return the longest duration told, in whole days, or None; "since today" is 0."""
    told = [
        days
        for at in range(len(sentence.tokens))
        if (days := _days_ago(sentence, at, lexicon)) is not None
        or (days := _count(sentence, at, lexicon)) is not None
    ]
    return max(told, default=None)


def _days_ago(sentence: Sentence, at: int, lexicon: Lexicon) -> int | None:
    """ "कल से", "since yesterday", "कल रात से"."""
    token = sentence.tokens[at]
    days = lexicon.days_ago.get(token.key, lexicon.days_ago.get(token.plain))
    if days is None:
        return None
    # In Marathi and Gujarati the day itself may end in "since": "कालपासून".
    since = any(sentence.has(near, "since") for near in range(at - 2, at + 4))
    return days if since else None


def _count(sentence: Sentence, at: int, lexicon: Lexicon) -> int | None:
    """ "तीन दिन से", "for 2 weeks", "हफ्ते भर से", "3-4 दिन"."""
    token = sentence.tokens[at]
    unit = lexicon.units.get(token.key, lexicon.units.get(token.plain))
    if unit is None:
        return None
    number = _number(sentence, at - 1, lexicon)
    since = _is_since(sentence, at)
    if number is None:
        # "एक" is left out: "महीने से", "last week".
        number = 1.0 if since else None
    if number is None or sentence.has(at + 1, "of") or _is_age(sentence, at):
        return None
    return int(number * unit) if since or unit <= _PLAINLY_TIME_DAYS else None


def _number(sentence: Sentence, at: int, lexicon: Lexicon) -> float | None:
    if at < 0:
        return None
    token = sentence.tokens[at]
    if token.kind is Kind.NUMBER:
        # Nobody has been ill for a thousand weeks; more digits are a telephone number.
        return float(token.plain) if len(token.plain) <= 3 else None
    return lexicon.numbers.get(token.key, lexicon.numbers.get(token.plain))


def _is_since(sentence: Sentence, at: int) -> bool:
    # In Dravidian languages the unit itself ends in "since": "மாதமாக".
    after = any(sentence.has(near, "since_after") for near in (at, at + 1, at + 2))
    return after or any(sentence.has(near, "since_before") for near in (at - 1, at - 2, at - 3))


def _is_age(sentence: Sentence, at: int) -> bool:
    return any(sentence.has(near, "age") for near in range(at - 4, at + 3))
