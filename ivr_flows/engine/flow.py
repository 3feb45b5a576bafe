"""Flows as values, and the book of all flows and languages that the engine runs by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from ivr_flows.engine.catalogue import Catalogue
from ivr_flows.engine.errors import UnknownFlow
from ivr_flows.engine.nodes import AnyNode

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Flow(BaseModel):
    """One version of a flow.

    variables: those that begin with a value. takes: those that the flow before must have set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    flow: Name
    version: int = Field(ge=1)
    purpose: str
    start: Name
    variables: dict[Name, JsonValue] = Field(default_factory=dict)
    takes: tuple[Name, ...] = ()
    nodes: dict[Name, AnyNode] = Field(min_length=1)

    def node(self, name: str) -> AnyNode:
        """Errors: UnknownFlow."""
        node = self.nodes.get(name)
        if node is None:
            raise UnknownFlow(f"{self.flow} {self.version} has no node {name}")
        return node

    @model_validator(mode="after")
    def _starts_somewhere(self) -> Self:
        if self.start not in self.nodes:
            raise ValueError(f"the start, {self.start}, is none of the nodes")
        return self


@dataclass(frozen=True, slots=True)
class FlowBook:
    """All flows by name and version, and the catalogues by language.

    Older versions stay as long as a call may stand in one of them.
    """

    flows: Mapping[tuple[str, int], Flow]
    catalogues: Mapping[str, Catalogue]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are shipped; the first is spoken when nothing is known."""
        return tuple(self.catalogues)

    def flow(self, name: str, version: int) -> Flow:
        """Errors: UnknownFlow."""
        found = self.flows.get((name, version))
        if found is None:
            raise UnknownFlow(f"no flow {name} of version {version}")
        return found

    def newest(self, name: str) -> Flow:
        """Errors: UnknownFlow."""
        return self.flow(name, max((v for n, v in self.flows if n == name), default=0))

    def catalogue(self, language: str) -> Catalogue:
        """The catalogue of the language; of the first language where it is not shipped."""
        return self.catalogues.get(language) or self.catalogues[self.languages[0]]
