from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ivr_flows.engine.lines import Line
from ivr_flows.engine.moves import Move
from ivr_flows.engine.nodes.choice import Choices, choice_lines, choice_ways, utter_choices
from ivr_flows.engine.nodes.node import Way, referred
from ivr_flows.engine.nodes.question import Question
from ivr_flows.engine.steps import Gather

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class MenuNode(Question):
    """Offers options, each with its meaning before its key."""

    kind: Literal["menu"]
    choices: Choices = Field(min_length=1)

    def ask(self, draft: Draft) -> Gather:
        said = draft.utter(self.say) + utter_choices(draft, self.choices)
        return Gather(said, max_digits=1, timeout_s=self.timeout_s)

    def answer(self, draft: Draft, digits: str) -> Move | None:
        choice = self.choices.get(digits)
        if choice is None:
            return None
        move = self.answered(draft, choice.next)
        draft.assign({name: draft.resolve(value) for name, value in choice.set.items()})
        return move

    def ways(self) -> tuple[Way, ...]:
        return choice_ways(self.choices) + super().ways()

    def lines(self) -> tuple[Line, ...]:
        return self.say + choice_lines(self.choices)

    def reads(self) -> frozenset[str]:
        values = [value for choice in self.choices.values() for value in choice.set.values()]
        return super().reads().union(*(referred(value) for value in values))
