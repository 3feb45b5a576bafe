"""Is every recording there that the manifest of the prompts claims?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ivr_flows.source import Fault, Place, read_source

PROMPTS: Final = Path(__file__).parents[1] / "prompts"
MANIFEST: Final = "manifest.yaml"


def missing_recordings(folder: Path = PROMPTS) -> list[Fault]:
    """Return a fault for each `file` of the manifest that is not in the folder.

    No manifest claims nothing. A caller hears the next best voice instead, so this does not keep
    the service from starting. Errors: BrokenDefinition, OSError.
    """
    path = folder / MANIFEST
    if not path.exists():
        return []
    source = read_source(path)
    return [
        source.fault(place, f"{file}: no such recording")
        for place, file in _files(source.content, ())
        if not (folder / file).is_file()
    ]


def _files(content: Any, place: Place) -> Iterator[tuple[Place, str]]:
    named = dict(enumerate(content)) if isinstance(content, list) else content
    for key, value in named.items() if isinstance(named, dict) else ():
        if key == "file" and isinstance(value, str):
            yield (*place, key), value
        else:
            yield from _files(value, (*place, key))
