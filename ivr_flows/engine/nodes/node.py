"""What every node of a flow has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ivr_flows.engine.lines import Line
from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.session import Event

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a node: its label in the diagram, and the variables that it sets."""

    label: str
    node: str
    sets: frozenset[str] = frozenset()


class Node(BaseModel):
    """`set`: variables that are set on arriving here, `$name` to the value of another.

    hears: the caller has a turn here, so a loop through this node is not endless.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hears: ClassVar[bool] = False
    set: dict[str, JsonValue] = Field(default_factory=dict)

    def enter(self, draft: Draft) -> Move:
        """Do what the node does when the conversation arrives."""
        raise NotImplementedError

    def resume(self, draft: Draft, event: Event) -> Move:
        """Take the event that this node waited for; any other begins the node again."""
        del event
        return Goto(draft.session.node)

    def ways(self) -> tuple[Way, ...]:
        """Every way out, for the checks and the diagram."""
        return ()

    def lines(self) -> tuple[Line, ...]:
        """Every line that may be said here, options included."""
        return ()

    def reads(self) -> frozenset[str]:
        """Variables read here, those within the prompts' placeholders not counted."""
        said = frozenset(line.prompts_in for line in self.lines() if line.prompts_in)
        return said.union(*(referred(value) for value in self.set.values()))


def referred(value: JsonValue) -> frozenset[str]:
    """The variables that a value refers to as `$name`."""
    if isinstance(value, str) and value.startswith("$"):
        return frozenset({value.removeprefix("$")})
    if isinstance(value, list):
        return frozenset().union(*(referred(item) for item in value))
    return frozenset()
