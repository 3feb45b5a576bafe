"""Versions that have been on the air are not changed any more: calls in flight finish on them.

`released.yaml` lies beside the flows and keeps the digest of every released version. A released
flow is changed by keeping its file in `past/` and giving the change the next version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

from ivr_flows.source import Fault, Source, read_source

RELEASED: Final = "released.yaml"


class _Released(BaseModel):
    """Digest by flow and version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    released: dict[str, dict[int, str]]


def digest(source: Source) -> str:
    """Return the SHA-256 of a flow's content; comments and layout do not matter, order does."""
    content = json.dumps(source.content, ensure_ascii=False, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def broken_releases(folder: Path, sources: Mapping[tuple[str, int], Source]) -> Sequence[Fault]:
    """Return a fault for each released version that was changed or is gone.

    sources: the flows' files by name and version. Errors: BrokenDefinition for a record that
    cannot be read.
    """
    path = folder / RELEASED
    if not path.exists():
        return ()
    record = read_source(path)
    faults: list[Fault] = []
    for flow, versions in record.parse(_Released).released.items():
        for version, released in versions.items():
            source = sources.get((flow, version))
            if source is None:
                reason = f"{flow} {version} is released, and no file has it"
                faults.append(record.fault(("released", flow, str(version)), reason))
            elif digest(source) != released:
                reason = (
                    f"{flow} {version} is released and was changed; keep it as "
                    f"past/{flow}_{version}.yaml and give the change version {version + 1}"
                )
                faults.append(source.fault(("version",), reason))
    return faults


def release(folder: Path, sources: Mapping[tuple[str, int], Source]) -> list[tuple[str, int]]:
    """Record every flow that is not released yet, and return their names and versions.

    Errors: BrokenDefinition, OSError.
    """
    path = folder / RELEASED
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    header = "".join(takewhile(lambda line: line.startswith("#"), text.splitlines(keepends=True)))
    known = read_source(path).parse(_Released).released if text else {}
    new = [place for place in sorted(sources) if place[1] not in known.get(place[0], {})]
    for flow, version in new:
        known.setdefault(flow, {})[version] = digest(sources[flow, version])
    record = {"released": dict(sorted(known.items()))}
    path.write_text(header + yaml.safe_dump(record, sort_keys=False), encoding="utf-8")
    return new
