"""YAML that remembers its lines, so that a fault is named with file, line and reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Place: TypeAlias = tuple[str | int, ...]
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; `line` counts from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class BrokenDefinition(Exception):  # noqa: N818  # named for what it is
    """A flow, contract or catalogue that must not reach a caller."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML file's content, and the line of every place in it."""

    file: str
    content: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of the place, or of the nearest one that encloses it."""
        known: Place = ()
        for part in place:
            # pydantic puts the tags of unions into its places; they stand in no file.
            if (*known, part) in self.lines:
                known = (*known, part)
        return self.lines.get(known, 1)

    def fault(self, place: Place, reason: str) -> Fault:
        return Fault(self.file, self.line(place), reason)

    def parse(self, model: type[_Model]) -> _Model:
        """Errors: BrokenDefinition with every fault."""
        try:
            return model.model_validate(self.content)
        except ValidationError as error:
            faults = [self.fault(e["loc"], _reason(e["loc"], e["msg"])) for e in error.errors()]
            raise BrokenDefinition(sorted(faults, key=lambda fault: fault.line)) from error


def _reason(place: Place, message: str) -> str:
    where = ".".join(str(part) for part in place)
    text = message.removeprefix("Value error, ")
    return f"{where}: {text}" if where else text


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's booleans: `on` and `no` are words here, as the keys of a node need."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_source(path: Path) -> Source:
    """Errors: BrokenDefinition for what is not YAML, or names a key twice; OSError."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            walk = _Walk(path.name, loader, {})
            content = walk.build(root, ()) if root is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BrokenDefinition([Fault(path.name, line, error.problem or "not YAML")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BrokenDefinition([Fault(path.name, 1, f"not YAML: {error}")]) from error
    return Source(path.name, content, walk.lines)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Builds plain values from YAML's nodes and notes the line of each."""

    file: str
    loader: yaml.CSafeLoader
    lines: dict[Place, int]

    def build(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, n)) for n, item in enumerate(node.value)]
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in built:
                raise BrokenDefinition([Fault(self.file, line, f"{key} stands here twice")])
            self.lines[(*place, key)] = line
            built[key] = self.build(value_node, (*place, key))
        return built
