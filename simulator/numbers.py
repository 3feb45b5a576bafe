"""Telephone numbers, as ITU-T E.164 writes them."""

from __future__ import annotations

import re
from typing import Final

E164_PATTERN: Final = r"^\+[1-9]\d{1,14}$"
E164: Final = re.compile(E164_PATTERN, re.ASCII)
