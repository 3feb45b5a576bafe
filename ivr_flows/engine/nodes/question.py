"""Rules of the ear, the same at every question.

0 repeats, 9 goes back to the question before, a wrong key or silence brings a gentle word and the
question again, and the last failed try (the third) leads to the node's `otherwise`, somewhere safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from pydantic import Field

from ivr_flows.engine.draft import CountKind
from ivr_flows.engine.lines import Line, SpokenLine
from ivr_flows.engine.moves import Await, Goto, Move
from ivr_flows.engine.nodes.choice import BACK, REPEAT
from ivr_flows.engine.nodes.node import Node, Way
from ivr_flows.engine.session import Event, Keys
from ivr_flows.engine.steps import Gather, Record, Utterance

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft

DEFAULT_TRIES: Final = 3
INVALID: Final = Line(prompt="ear.invalid")
SILENCE: Final = Line(prompt="ear.silence")
NO_VOICE: Final = Line(prompt="ear.no_voice")
EAR_LINES: Final = (INVALID, SILENCE, NO_VOICE)


class Question(Node):
    """A node that asks and waits.

    otherwise: where three failed tries lead. silence: where the first silence leads at once, and
    is no failed try; with `silence_if` only while that variable is true. back: where 9 leads
    instead of the question before. tries: how many may fail.
    """

    hears: ClassVar[bool] = True
    unheard: ClassVar[Line] = SILENCE
    say: tuple[SpokenLine, ...] = ()
    otherwise: str
    silence: str = ""
    silence_if: str = ""
    back: str = ""
    timeout_s: int = Field(default=6, ge=1, le=30)
    tries: int = Field(default=DEFAULT_TRIES, ge=1, le=DEFAULT_TRIES)

    def ask(self, draft: Draft) -> Gather | Record:
        """The step that puts the question."""
        raise NotImplementedError

    def answer(self, draft: Draft, digits: str) -> Move | None:
        """Where these keys lead; None when they are no answer."""
        raise NotImplementedError

    def enter(self, draft: Draft) -> Move:
        return self.put(draft)

    def put(self, draft: Draft, *, before: tuple[Utterance, ...] = ()) -> Move:
        """Say what comes before, then put the question."""
        draft.say(before)
        draft.ask(self.ask(draft))
        return Await()

    def resume(self, draft: Draft, event: Event) -> Move:
        if not isinstance(event, Keys):
            return Goto(draft.session.node)
        digits = event.digits.removesuffix("#")
        match digits:
            case "":
                return self.unanswered(draft)
            case _ if digits == REPEAT:
                draft.count(CountKind.REPEATED)
                return self.put(draft)
            case _ if digits == BACK:
                draft.count(CountKind.BACK)
                return self.go_back(draft)
        move = self.answer(draft, digits)
        if move is None:
            return self.failed(draft, CountKind.INVALID, INVALID)
        return move

    def answered(self, draft: Draft, node: str) -> Move:
        """Go on with an answer; 9 will lead back to here."""
        draft.count(CountKind.ANSWERED)
        draft.leave_mark()
        return Goto(node)

    def unanswered(self, draft: Draft) -> Move:
        if self.silence and (not self.silence_if or draft.value(self.silence_if) is True):
            draft.count(CountKind.TIMEOUT)
            return self.answered(draft, self.silence)
        return self.failed(draft, CountKind.TIMEOUT, self.unheard)

    def failed(self, draft: Draft, kind: CountKind, word: Line) -> Move:
        draft.count(kind)
        tries = draft.session.tries + 1
        if tries >= self.tries:
            draft.count(CountKind.GAVE_UP)
            return Goto(self.otherwise)
        draft.change(tries=tries)
        return self.put(draft, before=draft.utter((word,)))

    def go_back(self, draft: Draft) -> Move:
        if self.back:
            return Goto(self.back)
        before = draft.step_back()
        return self.put(draft) if before is None else Goto(before)

    def ways(self) -> tuple[Way, ...]:
        named = ((f"×{self.tries}", self.otherwise), ("…", self.silence), ("9", self.back))
        return tuple(Way(label, node) for label, node in named if node)

    def lines(self) -> tuple[Line, ...]:
        return self.say

    def reads(self) -> frozenset[str]:
        return super().reads() | ({self.silence_if} if self.silence_if else set())
