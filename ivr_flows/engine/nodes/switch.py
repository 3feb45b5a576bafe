from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from ivr_flows.engine.moves import Goto, Move
from ivr_flows.engine.nodes.node import Node, Way
from ivr_flows.engine.session import Json

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft


class Case(BaseModel):
    """`is`: this very value; or `from` and `to`: a number between them, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    equals: JsonValue = Field(default=None, alias="is")
    least: int | None = Field(default=None, alias="from")
    most: int | None = Field(default=None, alias="to")
    next: str

    @model_validator(mode="after")
    def _value_or_range(self) -> Self:
        by_range = self.least is not None and self.most is not None
        if by_range == (self.equals is not None) or (self.least is None) != (self.most is None):
            raise ValueError("a case has either `is`, or both `from` and `to`")
        return self

    def holds(self, value: Json) -> bool:
        if self.equals is not None:
            # True == 1 in Python, and a key is not a yes.
            return type(value) is type(self.equals) and value == self.equals
        if self.least is None or self.most is None:
            return False
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and self.least <= value <= self.most  # type: ignore[operator]  # a number

    @property
    def label(self) -> str:
        return str(self.equals) if self.equals is not None else f"{self.least}-{self.most}"


class SwitchNode(Node):
    """Goes by the value of a variable: the first case that holds, or `otherwise`."""

    kind: Literal["switch"]
    on: str
    cases: tuple[Case, ...] = Field(min_length=1)
    otherwise: str

    def enter(self, draft: Draft) -> Move:
        value = draft.value(self.on)
        return Goto(next((c.next for c in self.cases if c.holds(value)), self.otherwise))

    def ways(self) -> tuple[Way, ...]:
        named = tuple(Way(f"{self.on} {case.label}", case.next) for case in self.cases)
        return (*named, Way("else", self.otherwise))

    def reads(self) -> frozenset[str]:
        return frozenset({self.on})
