"""Flows and the contract as they stand in their files, each fault with its file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ivr_flows.engine.contract import Contract
from ivr_flows.engine.flow import Flow
from ivr_flows.releases import RELEASED, broken_releases
from ivr_flows.source import BrokenDefinition, Fault, Source, read_source

FLOWS: Final = Path(__file__).parent / "flows"
EFFECTS: Final = Path(__file__).parent / "effects.yaml"


@dataclass(frozen=True, slots=True)
class Definition:
    """A flow and the file it stands in."""

    flow: Flow
    source: Source


def load_contract(path: Path = EFFECTS) -> Contract:
    """Errors: BrokenDefinition, OSError."""
    return read_source(path).parse(Contract)


def load_definitions(folder: Path = FLOWS) -> tuple[Definition, ...]:
    """Read every flow below the folder; older versions lie in `past/`, and
    `released.yaml` tells which may not be changed.

    Errors: BrokenDefinition with the faults of all files.
    """
    definitions: list[Definition] = []
    faults: list[Fault] = []
    for path in sorted(set(folder.rglob("*.yaml")) - {folder / RELEASED}):
        try:
            source = read_source(path)
            definitions.append(Definition(source.parse(Flow), source))
        except BrokenDefinition as error:
            faults.extend(error.faults)
    faults.extend(_doubles(definitions))
    if not faults:
        faults.extend(broken_releases(folder, sources_of(definitions)))
    if faults:
        raise BrokenDefinition(faults)
    return tuple(definitions)


def sources_of(definitions: Sequence[Definition]) -> dict[tuple[str, int], Source]:
    """The files by the name and version of the flow in them."""
    return {(d.flow.flow, d.flow.version): d.source for d in definitions}


def _doubles(definitions: Sequence[Definition]) -> list[Fault]:
    seen: dict[tuple[str, int], str] = {}
    faults: list[Fault] = []
    for definition in definitions:
        key = (definition.flow.flow, definition.flow.version)
        if key in seen:
            reason = f"{key[0]} {key[1]} stands in {seen[key]} too"
            faults.append(definition.source.fault(("version",), reason))
        seen[key] = definition.source.file
    return faults
