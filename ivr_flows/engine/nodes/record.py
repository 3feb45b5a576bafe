from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ivr_flows.engine.lines import Line
from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.nodes.question import NO_VOICE, Question
from ivr_flows.engine.session import Event, Recorded
from ivr_flows.engine.steps import Record

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class RecordNode(Question):
    """Records what the caller says after the tone; `store` gets the recording's id.

    A carrier takes no keys while it records, so 0 and 9 wait for the next question.
    """

    unheard: ClassVar[Line] = NO_VOICE
    kind: Literal["record"]
    store: str
    next: str
    max_s: int = Field(default=30, ge=5, le=120)
    silence_s: int = Field(default=3, ge=2, le=10)

    def ask(self, draft: Draft) -> Record:
        return Record(draft.utter(self.say), max_s=self.max_s, silence_s=self.silence_s)

    def resume(self, draft: Draft, event: Event) -> Move:
        if not isinstance(event, Recorded):
            return Goto(draft.session.node)
        if event.recording_id is None:
            return self.unanswered(draft)
        move = self.answered(draft, self.next)
        draft.assign({self.store: event.recording_id})
        return move

    def ways(self) -> tuple[Way, ...]:
        return (Way("recorded", self.next, frozenset({self.store})), *super().ways())
