"""The catalogue: registered templates, what they are registered as, and their texts by language.

Source of the limits: TRAI's DLT rules as the operators publish them; they disagree, so the limits
are configuration (`config/sms.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sms.roman import Roman

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
TEMPLATE_PREFIX: Final = "sms."


class Script(StrEnum):
    """The patient's choice: her language's own letters, or Roman ones for a phone without them."""

    NATIVE = "native"
    ROMAN = "roman"


class Category(StrEnum):
    """DLT's categories of content; all of ours answer something that the patient asked for."""

    SERVICE_IMPLICIT = "service_implicit"


@dataclass(frozen=True, slots=True)
class Limits:
    """What operators accept: lengths in characters, variables per template."""

    variable_length: int
    variables: int
    text_length: int


@dataclass(frozen=True, slots=True)
class Template:
    """A registered message kind.

    variables: name to the longest value, in characters. template_ids: locale to the id that the
    DLT platform gave; one that is missing is not registered yet. lane: which queue it waits in, 0
    is emptied first.
    """

    kind: str
    category: Category
    header: str
    variables: Mapping[str, int]
    template_ids: Mapping[str, str]
    lane: int

    def template_id(self, locale: str) -> str:
        """Return the registered id, or a draft's name that no carrier would take for one."""
        return self.template_ids.get(locale) or f"draft:{self.kind}:{locale}"


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money in a currency of ISO 4217."""

    amount: Decimal
    currency: str

    def times(self, count: int) -> Price:
        return Price(self.amount * count, self.currency)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is written to patients, loaded.

    brands: locale to the brand name in it. locales: (language, script) to locale.
    texts: locale to key to text; a template's key is its kind after "sms.".
    segment_price: what one segment costs, for whoever plans. lanes: by name, the first goes first.
    roman: how each language is written in Roman letters. made: locales whose texts come of that.
    """

    limits: Limits
    brands: Mapping[str, str]
    locales: Mapping[tuple[str, Script], str]
    templates: Mapping[str, Template]
    texts: Mapping[str, Mapping[str, str]]
    segment_price: Price
    lanes: tuple[str, ...]
    roman: Roman
    made: frozenset[str] = frozenset()
    allowed_numbers: frozenset[str] = frozenset()

    def text(self, locale: str, key: str) -> str:
        """Return a text. Errors: KeyError, which the linter rules out before anything is sent."""
        return self.texts[locale][key]


def placeholders(text: str) -> tuple[str, ...]:
    """Return the names of a text's variables, in their order."""
    return tuple(PLACEHOLDER.findall(text))


def registered_form(text: str) -> str:
    """Return a text as it is registered on DLT, each variable as {#var#}."""
    return PLACEHOLDER.sub("{#var#}", text)
