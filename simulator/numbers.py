"""Telephone numbers, as ITU-T E.164 writes them."""

from __future__ import annotations

import re
from typing import Final

E164_PATTERN: Final = r"^\+[1-9]\d{1,14}$"
E164: Final = re.compile(E164_PATTERN, re.ASCII)
# A phone on the desk may stand for a public short code, too, such as the ambulance's 108.
PHONE_PATTERN: Final = r"^(\+[1-9]\d{1,14}|1\d{2,4})$"
PHONE: Final = re.compile(PHONE_PATTERN, re.ASCII)
