from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.node import Node, Way
from ivr_flows.engine.session import Keys

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class PressNode(Node):
    """Answers a question by what was said, as if the key of that choice were pressed there.

    said: the variable that holds the code of the answer; key_for: the one that names the question
    of this flow. otherwise: where it leads if no choice is said so, or no question was put.
    """

    kind: Literal["press"]
    said: str
    key_for: str
    otherwise: str

    def enter(self, draft: Draft) -> Move:
        name, said = str(draft.value(self.key_for)), draft.value(self.said)
        question = draft.flow.nodes.get(name)
        choices = getattr(question, "choices", {})
        key = next((key for key, choice in choices.items() if said and choice.said == said), None)
        if question is None or key is None:
            return Goto(self.otherwise)
        draft.stand_at(name)
        return question.resume(draft, Keys(key))

    def ways(self) -> tuple[Way, ...]:
        return (Way("else", self.otherwise),)

    def reads(self) -> frozenset[str]:
        return super().reads() | {self.said, self.key_for}
