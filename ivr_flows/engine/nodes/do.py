from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, JsonValue

from ivr_flows.engine.errors import UnhandledOutcome
from ivr_flows.engine.moves import Ask, Goto, Move
from ivr_flows.engine.nodes.node import Node, Way, referred
from ivr_flows.engine.session import Effect, EffectDone, Event

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class DoNode(Node):
    """Asks the gateway for an effect and goes on by its outcome; its facts become variables.

    commits: it cannot be undone by going back, so 9 leads no further back than to here.
    """

    kind: Literal["do"]
    do: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    on: dict[str, str] = Field(min_length=1)
    commits: bool = False

    def enter(self, draft: Draft) -> Move:
        arguments = {name: draft.resolve(value) for name, value in self.arguments.items()}
        return Ask(Effect(self.do, arguments))

    def resume(self, draft: Draft, event: Event) -> Move:
        if not isinstance(event, EffectDone):
            return Goto(draft.session.node)
        node = self.on.get(event.outcome)
        if node is None:
            place = f"{draft.session.flow}/{draft.session.node}"
            raise UnhandledOutcome(f"{place}: {self.do} ended in {event.outcome}")
        draft.assign(event.facts)
        if self.commits:
            draft.change(trail=())
        return Goto(node)

    def ways(self) -> tuple[Way, ...]:
        return tuple(Way(outcome, node) for outcome, node in self.on.items())

    def reads(self) -> frozenset[str]:
        return frozenset().union(*(referred(value) for value in self.arguments.values()))
