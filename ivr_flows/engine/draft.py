"""A turn in the making: what the nodes read from and write to while it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ivr_flows.engine.errors import MissingText
from ivr_flows.engine.session import Json, Session
from ivr_flows.engine.steps import Gather, Record, Say, Step, Utterance

if TYPE_CHECKING:
    from ivr_flows.engine.flow import Flow, FlowBook
    from ivr_flows.engine.lines import Line

LANGUAGE: Final = "language"
LONGEST_TRAIL: Final = 20


class CountKind(StrEnum):
    """What is counted of a node."""

    ENTERED = "entered"
    ANSWERED = "answered"
    INVALID = "invalid"
    TIMEOUT = "timeout"
    REPEATED = "repeated"
    BACK = "back"
    GAVE_UP = "gave_up"
    MISSING_TEXT = "missing_text"
    # Only the gateway knows of it; the node is where the session stood.
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class NodeCount:
    """One more of this kind at this node, for the metrics."""

    flow: str
    node: str
    kind: CountKind


@dataclass(slots=True)
class Draft:
    """The session as it changes, the steps so far, and the counts."""

    book: FlowBook
    session: Session
    steps: list[Step] = field(default_factory=list)
    counts: list[NodeCount] = field(default_factory=list)

    @property
    def flow(self) -> Flow:
        return self.book.flow(self.session.flow, self.session.version)

    def count(self, kind: CountKind) -> None:
        self.counts.append(NodeCount(self.session.flow, self.session.node, kind))

    def change(self, **fields: object) -> None:
        """Replace fields of the session."""
        self.session = replace(self.session, **fields)  # type: ignore[arg-type]  # checked by replace

    def arrive(self, node: str) -> None:
        """Stand at a node of the flow, with its `set` done and no failed tries."""
        self.change(node=node, tries=0)
        self.count(CountKind.ENTERED)
        values = self.flow.node(node).set.items()
        self.assign({name: self.resolve(value) for name, value in values})

    def open_flow(self, name: str) -> None:
        """Stand at the start of the newest version of a flow."""
        flow = self.book.newest(name)
        self.change(flow=flow.flow, version=flow.version, node=flow.start)
        self.assign(flow.variables)

    def leave_mark(self) -> None:
        """Mark this question as the one that 9 leads back to, from another flow too."""
        self.change(trail=(*self.session.trail, self._here())[-LONGEST_TRAIL:])

    def stand_at(self, node: str) -> None:
        """Stand at a question of this flow again, as if nothing had followed it."""
        self.change(node=node, tries=0)
        here, trail = self._here(), self.session.trail
        if here in trail:
            last = len(trail) - 1 - trail[::-1].index(here)
            self.change(trail=trail[:last])

    def _here(self) -> str:
        return f"{self.session.flow}@{self.session.version}/{self.session.node}"

    def step_back(self) -> str | None:
        """Stand in the flow of the question before; return its node, None where there is none."""
        if not self.session.trail:
            return None
        *trail, mark = self.session.trail
        flow, version, node = re.split("[@/]", mark)
        self.change(flow=flow, version=int(version), trail=tuple(trail))
        return node

    def assign(self, values: Mapping[str, Json]) -> None:
        """Set variables; the one named `language` is the language spoken from here on."""
        if not values:
            return
        kept = {name: value for name, value in values.items() if name != LANGUAGE}
        self.change(variables={**self.session.variables, **kept})
        language = values.get(LANGUAGE)
        if isinstance(language, str) and language in self.book.languages:
            self.change(language=language)

    def value(self, name: str) -> Json:
        """Errors: MissingText when nothing has set it."""
        if name == LANGUAGE:
            return self.session.language
        if name not in self.session.variables:
            raise MissingText(f"{self.session.flow}/{self.session.node}: {name} is not known")
        return self.session.variables[name]

    def resolve(self, value: Json) -> Json:
        """Return a literal as it is, and `$name` as the variable's value, in lists too."""
        if isinstance(value, str) and value.startswith("$"):
            return self.value(value.removeprefix("$"))
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def utter(
        self, lines: Sequence[Line], *, item: Mapping[str, Json] | None = None
    ) -> tuple[Utterance, ...]:
        """Return the lines' words in the caller's language, or in the languages that a line names.

        item: values that stand before the session's variables.
        """
        values = {**self.session.variables, **(item or {})}
        uttered: list[Utterance] = []
        for line in lines:
            for prompt in self._prompts(line):
                for language in line.languages or (self.session.language,):
                    uttered.append(self.book.catalogue(language).utter(prompt, values))
        return tuple(uttered)

    def _prompts(self, line: Line) -> list[str]:
        """Return the line's own prompt, or those that its variable names.

        The gateway may name an advice that no catalogue knows; a caller in danger must hear the
        rest, so it is left out and counted, while a test holds the advice against the catalogues.
        """
        if line.prompt:
            return [line.prompt]
        named = self.value(line.prompts_in)
        keys = [str(key) for key in named] if isinstance(named, list) else [str(named)]
        known = self.book.catalogue(self.session.language).templates
        for _ in (key for key in keys if key not in known):
            self.count(CountKind.MISSING_TEXT)
        return [key for key in keys if key in known]

    def say(self, utterances: tuple[Utterance, ...]) -> None:
        if not utterances:
            return
        before = self._unheard()
        self.steps.append(Say(before + utterances))

    def ask(self, step: Gather | Record) -> None:
        """End the turn with a question; what was said just before it can be interrupted too."""
        self.steps.append(replace(step, utterances=self._unheard() + step.utterances))

    def _unheard(self) -> tuple[Utterance, ...]:
        """Take back the words that end the steps so far."""
        last = self.steps[-1] if self.steps else None
        if not isinstance(last, Say):
            return ()
        self.steps.pop()
        return last.utterances
