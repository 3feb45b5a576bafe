"""Signs that GSM-7 lacks, written as it has them: one curled apostrophe more than doubles a text's
cost, and on many telephones it is a box.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from sms.segments import Encoding, encoding_of

# Such as word processors and telephones put in by themselves.
_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        "…": "...",
        "•": "-",
        "×": "x",
        "\u00ad": "",
        "\ufeff": "",
    }
)


def plain_signs(value: str) -> str:
    """Return the value with typographic signs replaced; letters of every script stay."""
    return value.translate(_SIGNS)


def plain_letters(value: str) -> str:
    """Return the value with Latin letters that GSM-7 lacks written without their marks.

    What has no such letter, as one of another script, stays.
    """
    return "".join(_plain(char) for char in value)


def _plain(char: str) -> str:
    if encoding_of(char) is Encoding.GSM7:
        return char
    if "\u0300" <= char <= "\u036f":
        return ""  # a mark that stands by itself, after its letter
    parts = unicodedata.normalize("NFKD", char)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return bare if bare.isascii() and bare.isprintable() and bare else char
