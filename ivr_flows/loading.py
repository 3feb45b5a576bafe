"""Loads the flow book; whatever is broken is refused here and never reaches a caller."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ivr_flows.catalogues import LOCALE, load_catalogues
from ivr_flows.checks import check
from ivr_flows.definitions import FLOWS, Definition, load_contract, load_definitions
from ivr_flows.engine.flow import FlowBook
from ivr_flows.source import BrokenDefinition


def load_flow_book(*, flows: Path = FLOWS, locale: Path = LOCALE) -> FlowBook:
    """Return all flows and catalogues, checked. Errors: BrokenDefinition, OSError."""
    definitions = load_definitions(flows)
    book = book_of(definitions, locale=locale)
    if faults := check(definitions, book=book, contract=load_contract()):
        raise BrokenDefinition(faults)
    return book


def book_of(definitions: Sequence[Definition], *, locale: Path = LOCALE) -> FlowBook:
    """Return the book of these flows, not yet checked. Errors: BrokenDefinition, OSError."""
    flows = {(d.flow.flow, d.flow.version): d.flow for d in definitions}
    return FlowBook(flows, load_catalogues(locale))
