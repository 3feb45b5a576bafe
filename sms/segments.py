"""Segments: how a text is packed into SMS, and so what it costs.

Source: 3GPP TS 23.038 (alphabets) and TS 23.040 (concatenation: a 6-octet header in every part).
National language shift tables are not used: handsets rarely know them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = frozenset("\f^{}\\[~]|€")


class Encoding(StrEnum):
    GSM7 = "gsm7"
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class Capacity:
    """Units that fit into a message of one part, and into each part of a longer one."""

    alone: int
    joined: int


CAPACITY: Final = {Encoding.GSM7: Capacity(160, 153), Encoding.UCS2: Capacity(70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """units: septets with their escapes (GSM-7), or UTF-16 units (UCS-2); segments: parts sent."""

    encoding: Encoding
    units: int
    segments: int


def encoding_of(text: str) -> Encoding:
    """Return GSM-7 when every character is in its basic or extension table, else UCS-2."""
    return Encoding.GSM7 if _BASIC.union(_ESCAPED).issuperset(text) else Encoding.UCS2


def count(text: str) -> Segments:
    """Return what a text takes; an empty one still takes a segment, as a carrier would bill it."""
    encoding = encoding_of(text)
    units = sum(_units(character, encoding) for character in text)
    return Segments(encoding, units, len(split(text)))


def split(text: str) -> tuple[str, ...]:
    """Return the parts a text is sent in; joined they are the text.

    No escape and no surrogate pair is split, so a part may end one unit short: dividing the length
    by the capacity would undercount.
    """
    encoding = encoding_of(text)
    capacity = CAPACITY[encoding]
    if sum(_units(character, encoding) for character in text) <= capacity.alone:
        return (text,)
    return tuple(_pack(text, encoding, capacity.joined))


def _pack(text: str, encoding: Encoding, capacity: int) -> Iterator[str]:
    start, used = 0, 0
    for position, character in enumerate(text):
        size = _units(character, encoding)
        if used + size > capacity:
            yield text[start:position]
            start, used = position, 0
        used += size
    yield text[start:]


def _units(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return 2 if character in _ESCAPED else 1
    return 2 if ord(character) > 0xFFFF else 1
