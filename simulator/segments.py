"""How many parts a text takes on the air; the carrier's own count, for `num_segments`.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table), 23.040 (headers).
"""

from __future__ import annotations

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")


def count_segments(text: str) -> int:
    """Return the parts of a message; no escaped character or surrogate pair is ever split."""
    if all(character in _GSM7 or character in _GSM7_EXTENSION for character in text):
        sizes = [2 if character in _GSM7_EXTENSION else 1 for character in text]
        return _pack(sizes, alone=160, joined=153)
    sizes = [len(character.encode("utf-16-be")) // 2 for character in text]
    return _pack(sizes, alone=70, joined=67)


def _pack(sizes: list[int], *, alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > joined:
            parts, used = parts + 1, 0
        used += size
    return parts
