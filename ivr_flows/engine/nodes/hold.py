from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ivr_flows.engine.draft import CountKind
from ivr_flows.engine.lines import Line, SpokenLine
from ivr_flows.engine.moves import Await, Goto, Move
from ivr_flows.engine.nodes.choice import (
    BACK,
    REPEAT,
    Choices,
    choice_lines,
    choice_ways,
    utter_choices,
)
from ivr_flows.engine.nodes.node import Node, Way, referred
from ivr_flows.engine.session import Event, Keys
from ivr_flows.engine.steps import Gather, Sound

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class HoldNode(Node):
    """One round of waiting: words, the hold sound, and an ear for keys; silence is no failure.

    quiet: the choices are open but not said in this round. 0 says the round again, 9 leads to
    `back` where there is one; any other key goes on as silence does.
    """

    hears: ClassVar[bool] = True
    kind: Literal["hold"]
    say: tuple[SpokenLine, ...] = ()
    sound: Sound | None = None
    timeout_s: int = Field(default=1, ge=1, le=3)
    next: str
    choices: Choices = Field(default_factory=dict)
    quiet: bool = False
    back: str = ""

    def enter(self, draft: Draft) -> Move:
        said = draft.utter(self.say)
        if not self.quiet:
            said += utter_choices(draft, self.choices)
        draft.ask(Gather(said, max_digits=1, timeout_s=self.timeout_s, sound=self.sound))
        return Await()

    def resume(self, draft: Draft, event: Event) -> Move:
        if not isinstance(event, Keys) or event.digits == REPEAT:
            return Goto(draft.session.node)
        if not event.digits:
            return Goto(self.next)
        if event.digits == BACK and self.back:
            draft.count(CountKind.BACK)
            return Goto(self.back)
        choice = self.choices.get(event.digits)
        if choice is None:
            draft.count(CountKind.INVALID)
            return Goto(self.next)
        draft.count(CountKind.ANSWERED)
        draft.assign({name: draft.resolve(value) for name, value in choice.set.items()})
        return Goto(choice.next)

    def ways(self) -> tuple[Way, ...]:
        back = (Way("9", self.back),) if self.back else ()
        return (Way("…", self.next), *choice_ways(self.choices), *back)

    def lines(self) -> tuple[Line, ...]:
        return self.say + (() if self.quiet else choice_lines(self.choices))

    def reads(self) -> frozenset[str]:
        values = [value for choice in self.choices.values() for value in choice.set.values()]
        return super().reads().union(*(referred(value) for value in values))
