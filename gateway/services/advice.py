"""A doctor's advice by text: as much of it in a message as the registered template has room for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from sms.render import ADDRESS, LineMessage

KIND: Final = "advice"
_PARTS: Final = ("first", "second", "third")
_PART_LENGTH: Final = 30
# A reader of Latin letters gets these in Latin letters, which are up to twice as many.
_OTHER_SCRIPT_LENGTH: Final = _PART_LENGTH // 2
# A registered text has all of its parts, also where nothing is left to say.
_NOTHING: Final = "-"


def is_textable(advice: str) -> bool:
    """Tell whether an operator would let it through: it has no address and no template's signs."""
    return not (set("<>{}") & set(advice) or ADDRESS.search(advice))


def advice_messages(advice: str, *, token: str) -> Iterator[LineMessage]:
    """Yield the messages of the advice, its words in their order; none for none."""
    width = _PART_LENGTH if advice.isascii() else _OTHER_SCRIPT_LENGTH
    parts = textwrap.wrap(" ".join(advice.split()), width=width)
    for place, first in enumerate(range(0, len(parts), len(_PARTS)), start=1):
        said = parts[first : first + len(_PARTS)]
        missing = [_NOTHING] * (len(_PARTS) - len(said))
        values = dict(zip(_PARTS, (*said, *missing), strict=True))
        yield LineMessage(KIND, {"token": token, "place": str(place), **values})
