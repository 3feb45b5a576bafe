from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ivr_flows.engine.lines import Line
from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.nodes.question import NO_VOICE, Question
from ivr_flows.engine.session import Event, Keys, Recorded
from ivr_flows.engine.steps import Record

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class RecordNode(Question):
    """Records what the caller says after the tone; `store` gets the recording's id.

    key_for: the variable that names the question of this flow which a key answers instead, as if
    it were pressed there. Without it a key only ends the recording, so 0 and 9 wait for the next
    question.
    """

    unheard: ClassVar[Line] = NO_VOICE
    kind: Literal["record"]
    store: str
    next: str
    max_s: int = Field(default=30, ge=5, le=120)
    silence_s: int = Field(default=3, ge=2, le=10)
    key_for: str = ""

    def ask(self, draft: Draft) -> Record:
        return Record(draft.utter(self.say), max_s=self.max_s, silence_s=self.silence_s)

    def resume(self, draft: Draft, event: Event) -> Move:
        if not isinstance(event, Recorded):
            return Goto(draft.session.node)
        if self.key_for and event.key.isdecimal():
            return self._answered_by_key(draft, event.key)
        if event.recording_id is None:
            return self.unanswered(draft)
        move = self.answered(draft, self.next)
        draft.assign({self.store: event.recording_id})
        return move

    def _answered_by_key(self, draft: Draft, key: str) -> Move:
        """Answer the question that was put before; its list stays at the page that was heard."""
        draft.stand_at(str(draft.value(self.key_for)))
        return draft.flow.node(draft.session.node).resume(draft, Keys(key))

    def reads(self) -> frozenset[str]:
        return super().reads() | ({self.key_for} if self.key_for else set())

    def ways(self) -> tuple[Way, ...]:
        return (Way("recorded", self.next, frozenset({self.store})), *super().ways())
