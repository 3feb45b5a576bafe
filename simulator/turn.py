"""What a verb is performed with, and how a document can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from simulator.calls import Call, Fetch
from simulator.exchange import Exchange


class CarrierError(Exception):
    """The document cannot be run on; `code` is Twilio's error code."""

    def __init__(self, code: int, message: str, url: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.url = url


@dataclass(frozen=True, slots=True)
class Turn:
    """One document being run on one leg. start_leg sets an outbound leg going in its own thread."""

    exchange: Exchange
    call: Call
    document_url: str
    start_leg: Callable[[Call, float], None]

    def resolve(self, url: str) -> str:
        """Return `url` made absolute, as Twilio does, against the document that names it."""
        return urljoin(self.document_url, url)

    def action(self, url: str, method: str, *, params: Mapping[str, str]) -> Fetch:
        """Return what is to be fetched next; without an action it is this document again."""
        return Fetch(self.resolve(url) if url else self.document_url, method, params)
