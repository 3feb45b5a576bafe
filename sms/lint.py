"""Holds the catalogue against DLT's rules and against itself, before an operator does.

Rules: domain/telephony-and-sms.md, "SMS in India". The operators' limits are in `config/sms.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Final

from sms.catalogue import (
    PLACEHOLDER,
    TEMPLATE_PREFIX,
    Catalogue,
    Script,
    Template,
    placeholders,
)
from sms.render import ADDRESS
from sms.segments import Encoding, encoding_of

_ADJACENT: Final = re.compile(r"\}\s*\{")
# As people write them: 1800 123 456, 1800-123-456, and in the digits of any script.
_NUMBER: Final = re.compile(r"\+?\d(?:[ .\-\u2010-\u2015]?\d){4,}")
_BETWEEN_DIGITS: Final = re.compile(r"[ .\-\u2010-\u2015]")


class LintRule(StrEnum):
    MISSING_TEXT = "missing_text"
    EMPTY_TEXT = "empty_text"
    NO_TEMPLATE = "no_template"
    PLACEHOLDERS_DIFFER = "placeholders_differ"
    VARIABLES_DIFFER = "variables_differ"
    VARIABLE_TOO_LONG = "variable_too_long"
    TOO_MANY_VARIABLES = "too_many_variables"
    VARIABLE_LAST = "variable_last"
    VARIABLES_ADJACENT = "variables_adjacent"
    STRAY_BRACE = "stray_brace"
    SPACES = "spaces"
    ANGLE_BRACKETS = "angle_brackets"
    BRAND_MISSING = "brand_missing"
    NOT_ALLOWED_NUMBER = "number_not_allowed"
    ADDRESS = "address"
    TEXT_TOO_LONG = "text_too_long"
    NOT_GSM7 = "not_gsm7"
    OTHER_SCRIPT = "other_script"
    VALUE_TOO_LONG = "value_too_long"
    NOT_WRITTEN = "not_written"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text; locale is empty for what concerns every language."""

    locale: str
    key: str
    rule: LintRule
    detail: str


def lint(catalogue: Catalogue) -> tuple[Problem, ...]:
    """Return everything that is wrong with the catalogue; nothing when it may be used."""
    templates = [_template(catalogue, kind) for kind in sorted(catalogue.templates)]
    return tuple(chain(_keys(catalogue), _values(catalogue), *templates))


def _keys(catalogue: Catalogue) -> Iterator[Problem]:
    """Every key in every locale, with the same placeholders."""
    templates = {TEMPLATE_PREFIX + kind for kind in catalogue.templates}
    keys = templates.union(*catalogue.texts.values())
    for key in sorted(keys):
        if key.startswith(TEMPLATE_PREFIX) and key not in templates:
            yield Problem("", key, LintRule.NO_TEMPLATE, "config/sms.yaml does not name it")
        wanted: frozenset[str] | None = None
        for locale, texts in catalogue.texts.items():
            if key not in texts:
                yield Problem(locale, key, LintRule.MISSING_TEXT, "no text")
                continue
            if not texts[key].strip():
                yield Problem(locale, key, LintRule.EMPTY_TEXT, "an empty text")
            found = frozenset(placeholders(texts[key]))
            if wanted is not None and found != wanted:
                detail = f"{_names(found)} here, {_names(wanted)} elsewhere"
                yield Problem(locale, key, LintRule.PLACEHOLDERS_DIFFER, detail)
            wanted = found if wanted is None else wanted
            yield from _script(catalogue, locale, key)


def _values(catalogue: Catalogue) -> Iterator[Problem]:
    """Words that fill a variable, as form.tablet fills {form}, fit what is registered for it."""
    limits: dict[str, int] = {}
    for template in catalogue.templates.values():
        for name, length in template.variables.items():
            limits[name] = max(length, limits.get(name, 0))
    for locale, texts in catalogue.texts.items():
        for key, text in texts.items():
            limit = limits.get(key.partition(".")[0])
            if limit is not None and len(text) > limit:
                detail = f"{len(text)} characters; its variable takes {limit}"
                yield Problem(locale, key, LintRule.VALUE_TOO_LONG, detail)


def _script(catalogue: Catalogue, locale: str, key: str) -> Iterator[Problem]:
    """The brand stands in the letters of its locale; a letter of another script is a slip."""
    brand = catalogue.brands.get(locale)
    if not brand:
        return
    script = _script_of(brand[0])
    text = PLACEHOLDER.sub("", catalogue.texts[locale][key])
    strange = {char for char in text if unicodedata.category(char)[0] in "LM"}
    if others := sorted(char for char in strange if _script_of(char) != script):
        yield Problem(locale, key, LintRule.OTHER_SCRIPT, f"not {script}: {''.join(others)}")


def _script_of(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0].lower()


def _template(catalogue: Catalogue, kind: str) -> Iterator[Problem]:
    template, key = catalogue.templates[kind], TEMPLATE_PREFIX + kind
    limits = catalogue.limits
    for name, length in template.variables.items():
        if length > limits.variable_length:
            detail = f"{name} may take {length} characters; DLT takes {limits.variable_length}"
            yield Problem("", key, LintRule.VARIABLE_TOO_LONG, detail)
    if len(template.variables) > limits.variables:
        detail = f"{len(template.variables)} variables; operators take {limits.variables}"
        yield Problem("", key, LintRule.TOO_MANY_VARIABLES, detail)
    for locale in sorted(catalogue.made & template.template_ids.keys()):
        detail = "registered texts must stand still: write them out with 'doorvani sms romanise'"
        yield Problem(locale, key, LintRule.NOT_WRITTEN, detail)
    for locale, texts in catalogue.texts.items():
        if text := texts.get(key):
            for rule, detail in _text(catalogue, template, locale, text):
                yield Problem(locale, key, rule, detail)


def _text(
    catalogue: Catalogue, template: Template, locale: str, text: str
) -> Iterator[tuple[LintRule, str]]:
    names = placeholders(text)
    if sorted(names) != sorted(template.variables):
        detail = f"{_names(names)} in the text, {_names(template.variables)} registered"
        yield LintRule.VARIABLES_DIFFER, detail
    yield from _shape(text)
    brand = catalogue.brands.get(locale, "")
    if not brand or brand not in text:
        yield LintRule.BRAND_MISSING, f"the brand {brand or '(none in brands)'} is not named"
    for number in _NUMBER.findall(text):
        if _BETWEEN_DIGITS.sub("", number) not in catalogue.allowed_numbers:
            yield LintRule.NOT_ALLOWED_NUMBER, f"{number} is not in allowed_numbers"
    longest = len(PLACEHOLDER.sub("", text)) + sum(template.variables.values())
    if longest > catalogue.limits.text_length:
        detail = f"up to {longest} characters; DLT takes {catalogue.limits.text_length}"
        yield LintRule.TEXT_TOO_LONG, detail
    if locale in _roman(catalogue) and encoding_of(text) is not Encoding.GSM7:
        yield LintRule.NOT_GSM7, "a letter outside GSM-7 more than doubles the cost"


def _shape(text: str) -> Iterator[tuple[LintRule, str]]:
    if "{" in text.split()[-1]:
        yield LintRule.VARIABLE_LAST, "a variable may not be the last word"
    if _ADJACENT.search(text):
        yield LintRule.VARIABLES_ADJACENT, "two variables stand side by side"
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        yield LintRule.STRAY_BRACE, "a brace that belongs to no variable"
    if text != " ".join(text.split()):
        yield LintRule.SPACES, "double, leading or trailing spaces, or a line break"
    if re.search(r"[<>]", text):
        yield LintRule.ANGLE_BRACKETS, "< and > are not taken"
    if ADDRESS.search(text):
        yield LintRule.ADDRESS, "an address must be registered first; none is"


def _roman(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(
        locale for (_, script), locale in catalogue.locales.items() if script is Script.ROMAN
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
