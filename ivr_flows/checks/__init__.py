"""Holds flows against each other, the contract and the catalogues, before a caller meets them."""

from __future__ import annotations

from collections.abc import Sequence

from ivr_flows.checks.loops import endless_loops
from ivr_flows.checks.promises import broken_promises
from ivr_flows.checks.shape import broken_shape, unreachable_flows
from ivr_flows.checks.variables import unknown_variables
from ivr_flows.checks.words import broken_catalogues, broken_words
from ivr_flows.definitions import Definition
from ivr_flows.engine.contract import Contract
from ivr_flows.engine.flow import FlowBook
from ivr_flows.source import Fault


def check(definitions: Sequence[Definition], *, book: FlowBook, contract: Contract) -> list[Fault]:
    """Return all that is wrong, in the order of files and lines; an empty list is a sound book."""
    faults: list[Fault] = []
    for definition in definitions:
        faults += broken_shape(definition, book)
        faults += broken_promises(definition, contract)
        faults += broken_words(definition, book)
    if not faults:
        # These follow the ways between nodes, so they need ways that lead somewhere.
        for definition in definitions:
            faults += unknown_variables(definition, book=book, contract=contract)
        faults += endless_loops(definitions, book)
        faults += unreachable_flows(definitions, book, contract)
    faults += broken_catalogues(book)
    return sorted(faults, key=lambda fault: (fault.file, fault.line, fault.reason))
