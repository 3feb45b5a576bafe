"""The press: a stored prescription in, a signed page out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gateway.paper.signing import Seal
from gateway.paper.words import Document, say
from sms.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Press:
    """origin: the public one, where `/rx/<code>` answers."""

    catalogue: Catalogue
    seal: Seal
    origin: str

    def pdf(self, document: Document, *, at: datetime, cancelled_on: date | None = None) -> bytes:
        """Return the prescription as a signed PDF. Errors: GatewayError."""
        # Loading fpdf2 takes half a second, and most processes print nothing.
        from gateway.paper.prescription import Printing, render_pdf

        address = f"{self.origin}/rx/{document['code']}"
        page = render_pdf(document, Printing(self.catalogue, address, at, cancelled_on))
        return self.seal.sign(page, name=say("service"), reason=say("title"))
