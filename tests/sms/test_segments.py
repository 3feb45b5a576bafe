from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.segments import CAPACITY, Encoding, Segments, count, split

GSM_BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ abcXYZ0189?!"
GSM_ESCAPED = "\f^{}\\[~]|€"
DEVANAGARI = "बुखार दवाई ज़ ड़ ॐ क्ष त्र"
TAMIL = "காய்ச்சல் மருந்து"
EMOJI = "😀🩺👩‍⚕️🇮🇳"

gsm_texts = st.text(GSM_BASIC + GSM_ESCAPED, max_size=500)
mixed_texts = st.text(GSM_BASIC + GSM_ESCAPED + DEVANAGARI + TAMIL + EMOJI, max_size=300)


def units_of(text: str, encoding: Encoding) -> int:
    """Counted another way than the code does: by the escapes, and by the encoded bytes."""
    if encoding is Encoding.GSM7:
        return len(text) + sum(text.count(escaped) for escaped in GSM_ESCAPED)
    return len(text.encode("utf-16-be")) // 2


# Figures of the npm calculators split-sms 0.1.7 and sms-segments-calculator 1.3.0, which agree.
@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("\f", "gsm7", 2, 1),
        ("\r\n", "gsm7", 2, 1),
        ("Ç", "gsm7", 1, 1),
        ("ç", "ucs2", 1, 1),
        ("`", "ucs2", 1, 1),
        ("\u00a0", "ucs2", 1, 1),
        ("क" * 70, "ucs2", 70, 1),
        ("क" * 71, "ucs2", 71, 2),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 36, "ucs2", 72, 2),
        ("क[" * 10, "ucs2", 20, 1),
    ],
)
def test_counts_are_those_of_the_fields_calculators(
    text: str, encoding: str, units: int, segments: int
) -> None:
    assert count(text) == Segments(Encoding(encoding), units, segments)


def test_an_escape_on_the_border_costs_a_segment_that_division_would_not_see() -> None:
    text = ("a" * 152 + "€") * 2
    assert count(text) == Segments(Encoding.GSM7, 308, 3)
    assert split(text) == ("a" * 152, "€" + "a" * 151, "a€")


def test_a_surrogate_pair_on_the_border_is_not_split() -> None:
    assert split("क" * 66 + "😀" + "क" * 10) == ("क" * 66, "😀" + "क" * 10)


@given(gsm_texts | mixed_texts)
def test_parts_rejoin_and_each_fits(text: str) -> None:
    found = count(text)
    parts = split(text)
    limit = CAPACITY[found.encoding].alone if len(parts) == 1 else CAPACITY[found.encoding].joined
    assert "".join(parts) == text
    assert len(parts) == found.segments
    assert all(units_of(part, found.encoding) <= limit for part in parts)
    assert found.units == units_of(text, found.encoding)


@given(gsm_texts | mixed_texts)
def test_no_part_could_have_taken_the_next_character(text: str) -> None:
    encoding = count(text).encoding
    parts = split(text)
    for part, following in pairwise(parts):
        assert units_of(part + following[0], encoding) > CAPACITY[encoding].joined
