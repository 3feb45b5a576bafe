"""Writes messages: a catalogue's words with values filled in, inside what was registered on DLT."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from sms.catalogue import PLACEHOLDER, TEMPLATE_PREFIX, Catalogue, Script, Template
from sms.medicine import MedicineLine, Pattern
from sms.plain import plain_letters, plain_signs
from sms.roman import romanise
from sms.script import respell
from sms.segments import Encoding, Segments, count, encoding_of

_FORBIDDEN: Final = re.compile(r"[<>{}\r\n]|  |^\s|\s$")
# A value may not bring in what the registered text may not have: an address. The endings are those
# that are likely in a text here; a shortener's name is told by what follows its slash.
ADDRESS: Final = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|in|org|net|gov|co|io|me|app|info|link|site|page|भारत)\b"
    r"|\b[\w-]+\.[^\W\d_]{2,}/",
    re.IGNORECASE,
)
# What stands in a strength: "125 mg", the "ml" of "10 mg/ml", "0.5 %", "1 lozenge".
_MEASURE: Final = re.compile(r"(?P<amount>\d+(?:\.\d+)?)?\s*(?P<of>[a-z]+|%)", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"\s*[/+]\s*")
# Amounts that most languages say in one word: आधी, डेढ़, ढाई.
_FUSED: Final = {
    Fraction(1, 4): "spoken.quarter",
    Fraction(1, 2): "spoken.half",
    Fraction(3, 4): "spoken.three_quarters",
    Fraction(3, 2): "spoken.one_and_half",
    Fraction(5, 2): "spoken.two_and_half",
}
# Full stops of all our scripts.
_STOPS: Final = ".।۔"
_PARTS: Final = ("morning", "noon", "evening", "night")


class RenderRule(StrEnum):
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_LANGUAGE = "unknown_language"
    UNKNOWN_WORD = "unknown_word"
    MISSING = "missing"
    TOO_LONG = "too_long"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Sms:
    """A message ready to send; header is the registered sender."""

    text: str
    template_id: str
    header: str
    segments: Segments


@dataclass(frozen=True, slots=True)
class RenderRefusal:
    """Why nothing was written, without the value itself: it may be clinical.

    variable: which one. length, limit: in characters, 0 where the rule is not about length.
    """

    kind: str
    rule: RenderRule
    variable: str = ""
    length: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class LineMessage:
    """The registered kind and the values that text one medicine line."""

    kind: str
    values: Mapping[str, str]


def render(
    kind: str, *, language: str, script: str, values: Mapping[str, str], catalogue: Catalogue
) -> Sms | RenderRefusal:
    """Return the message in the patient's language and script ("native" or "roman").

    In Roman, values in Indian letters are romanised, and signs and marks that GSM-7 lacks are
    written as it has them, so that the text stays within it. A value that is missing or longer
    than registered is refused: the operator would drop the message.
    """
    template = catalogue.templates.get(kind)
    locale = locale_of(language, script, catalogue=catalogue)
    if template is None:
        return RenderRefusal(kind, RenderRule.UNKNOWN_KIND)
    if locale is None:
        return RenderRefusal(kind, RenderRule.UNKNOWN_LANGUAGE)
    words = catalogue.text(locale, TEMPLATE_PREFIX + kind)
    values = {name: plain_signs(value) for name, value in values.items()}
    if script == Script.ROMAN:
        values = {
            name: romanise(value, language, catalogue.roman) for name, value in values.items()
        }
    if encoding_of(words) is Encoding.GSM7:
        values = {name: plain_letters(value) for name, value in values.items()}
    for name, limit in template.variables.items():
        if refusal := _refusal(template, name, values.get(name, ""), limit):
            return refusal
    text = _fill(words, values)
    return Sms(text, template.template_id(locale), template.header, count(text))


def line_message(
    line: MedicineLine, *, position: int, language: str, script: str, catalogue: Catalogue
) -> LineMessage | RenderRefusal:
    """Return which message texts a medicine line, each of its parts a variable of its own.

    position: from 1, as it stands on the prescription.
    """
    kind = _line_kind(line)
    words = _line_words(kind, line, language=language, script=script, catalogue=catalogue)
    if isinstance(words, RenderRefusal):
        return words
    unit = words[f"unit.{line.unit}"]
    amounts = {part: getattr(line.parts, part) for part in _PARTS} | {"amount": line.amount}
    values = {
        "line": str(position),
        "medicine": line.medicine,
        "form": words[f"form.{line.form}"],
        "strength": line.strength or "-",
        "days": str(line.days),
        "at_most": str(line.at_most),
        **{
            name: amount if amount == "0" else _fill(unit, {"amount": amount})
            for name, amount in amounts.items()
        },
    }
    wanted = catalogue.templates[kind].variables
    return LineMessage(kind, {name: value for name, value in values.items() if name in wanted})


def reminder_message(
    line: MedicineLine, *, part: str, code: str, language: str, script: str, catalogue: Catalogue
) -> LineMessage | RenderRefusal:
    """Return which message says that a medicine is due now.

    part: the time of the day; code: of the prescription. Of several words about food the first
    stands where all do not fit.
    """
    kind = "reminder_line_food" if line.food else "reminder_line"
    words = _line_words(kind, line, language=language, script=script, catalogue=catalogue)
    if isinstance(words, RenderRefusal):
        return words
    wanted = catalogue.templates[kind].variables
    amount = _fill(words[f"unit.{line.unit}"], {"amount": getattr(line.parts, part)})
    food = [words[f"spoken.food.{each}"].rstrip(_STOPS) for each in line.food]
    joined = ", ".join(food)
    values = {
        "code": code,
        "medicine": line.medicine,
        "form": words[f"form.{line.form}"],
        "strength": line.strength or "-",
        "dose": _fill(words[f"spoken.part.{part}"], {"amount": amount}),
        "food": joined if len(joined) <= wanted.get("food", 0) else "".join(food[:1]),
    }
    return LineMessage(kind, {name: value for name, value in values.items() if name in wanted})


def spoken_line(
    line: MedicineLine,
    *,
    position: int,
    language: str,
    catalogue: Catalogue,
    say: Callable[[int], str] = str,
) -> str | RenderRefusal:
    """Return the words that read a medicine line aloud in the listener's language.

    say: a whole number in that language's words.
    """
    key = f"spoken.rx_line.{line.pattern}"
    locale = locale_of(language, Script.NATIVE, catalogue=catalogue)
    if locale is None:
        return RenderRefusal(key, RenderRule.UNKNOWN_LANGUAGE)
    words = catalogue.texts[locale]
    if f"form.{line.form}" not in words:
        return RenderRefusal(key, RenderRule.UNKNOWN_WORD, "form")
    unit = words[f"unit.{line.unit}"]

    def amount(written: str) -> str:
        return _fill(unit, {"amount": _spoken_amount(written, words, say)})

    parts = words["spoken.part.join"].join(
        _fill(words[f"spoken.part.{part}"], {"amount": amount(getattr(line.parts, part))})
        for part in _PARTS
        if getattr(line.parts, part) != "0"
    )
    values = {
        "line": say(position),
        # Its capitals would be spelt out, letter by letter.
        "medicine": spoken_name(line.names, language, otherwise=line.medicine),
        "form": words[f"form.{line.form}"],
        "strength": spoken_strength(line.strength, words, say),
        "parts": parts,
        "amount": amount(line.amount),
        "at_most": say(line.at_most),
        "days": say(line.days),
    }
    food = (words[f"spoken.food.{code}"] for code in line.food)
    return " ".join((_fill(words[key], values), *food))


def spoken_name(names: Mapping[str, str], language: str, *, otherwise: str = "") -> str:
    """Return the name in letters that the language's voices can read; names: by language."""
    known = names.get(language)
    if known is None and "hi" in names:
        known = respell(names["hi"], language)
    return known or names.get("en", otherwise)


def spoken_strength(
    strength: str, words: Mapping[str, str], say: Callable[[int], str] = str
) -> str:
    """Return a strength in words: "125 mg/5 ml" is no word to a listener."""

    def in_words(found: re.Match[str]) -> str:
        amount, of = _decimal(found["amount"] or "1", words, say), found["of"].lower()
        if of == "%":
            return _fill(words["spoken.strength.percent"], {"amount": amount})
        if f"form.{of}" in words:
            return f"{amount} {words[f'form.{of}']}"
        unit = words.get(f"spoken.strength.{of}")
        return _fill(unit, {"amount": amount}) if unit else found[0]

    return _BETWEEN.sub(", ", _MEASURE.sub(in_words, strength))


def spoken_prescriber(
    doctor: str, *, on: str, expired: bool, language: str, catalogue: Catalogue
) -> str | RenderRefusal:
    """Return the words that name day and doctor before the lines are read.

    on: the day in words. expired: no medicine is given on it any more, which is said then.
    """
    locale = locale_of(language, Script.NATIVE, catalogue=catalogue)
    if locale is None:
        return RenderRefusal("spoken.rx_head", RenderRule.UNKNOWN_LANGUAGE)
    head = _fill(catalogue.text(locale, "spoken.rx_head"), {"date": on, "doctor": doctor})
    return f"{head} {catalogue.text(locale, 'spoken.rx_expired')}" if expired else head


def locale_of(language: str, script: str, *, catalogue: Catalogue) -> str | None:
    """Return the locale that serves a language in a script; None when there is none."""
    if script not in set(Script):
        return None
    return catalogue.locales.get((language, Script(script)))


def _line_words(
    kind: str, line: MedicineLine, *, language: str, script: str, catalogue: Catalogue
) -> Mapping[str, str] | RenderRefusal:
    """Return the words that a line is texted with."""
    locale = locale_of(language, script, catalogue=catalogue)
    if locale is None:
        return RenderRefusal(kind, RenderRule.UNKNOWN_LANGUAGE)
    words = catalogue.texts[locale]
    if f"form.{line.form}" not in words:
        return RenderRefusal(kind, RenderRule.UNKNOWN_WORD, "form")
    return words


def _line_kind(line: MedicineLine) -> str:
    if line.pattern is not Pattern.DAILY:
        return f"prescription_line_{line.pattern}"
    return "prescription_line" if line.parts.evening == "0" else "prescription_line_four"


def _refusal(template: Template, name: str, value: str, limit: int) -> RenderRefusal | None:
    if not value:
        return RenderRefusal(template.kind, RenderRule.MISSING, name)
    if len(value) > limit:
        return RenderRefusal(template.kind, RenderRule.TOO_LONG, name, len(value), limit)
    if _FORBIDDEN.search(value) or ADDRESS.search(value):
        return RenderRefusal(template.kind, RenderRule.FORBIDDEN, name)
    return None


def _spoken_amount(written: str, words: Mapping[str, str], say: Callable[[int], str]) -> str:
    """Say an amount of `gateway.domain.dose.written`: "2", "1/2", "1 1/2", "7.5"."""
    amount = sum((Fraction(part) for part in written.split()), Fraction())
    if amount in _FUSED:
        return words[_FUSED[amount]]
    whole, rest = divmod(amount, 1)
    if rest == Fraction(1, 2):
        return _fill(words["spoken.and_half"], {"amount": say(whole)})
    return _decimal(f"{float(amount):g}", words, say)


def _decimal(written: str, words: Mapping[str, str], say: Callable[[int], str]) -> str:
    whole, _, decimals = written.partition(".")
    if not decimals:
        return say(int(whole))
    said = " ".join(say(int(digit)) for digit in decimals)
    return _fill(words["spoken.point"], {"whole": say(int(whole)), "decimals": said})


def _fill(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
