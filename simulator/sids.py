"""Names of resources, shaped as Twilio's: two letters and 32 hexadecimal digits."""

from __future__ import annotations

import hashlib
import itertools
import secrets


class SidSource:
    """Gives SIDs that repeat from run to run only if a seed is given."""

    def __init__(self, seed: int | None) -> None:
        self._seed = secrets.token_hex(16) if seed is None else str(seed)
        self._count = itertools.count()

    def next(self, prefix: str) -> str:
        name = f"{self._seed}:{next(self._count)}".encode()
        return prefix + hashlib.blake2b(name, digest_size=16).hexdigest()
