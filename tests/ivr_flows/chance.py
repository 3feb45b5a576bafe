"""A gateway of chance: outcomes drawn from the contract, and facts that fit what says them.

What belongs to a person carries a mark of her slot, so that nothing of one member of a household
can be said, or handed on, unnoticed once another is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ivr_flows.engine.contract import Contract
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.nodes.pick import WHOLE_ITEM, PickNode
from ivr_flows.engine.session import Effect, EffectDone, Json, Recorded
from ivr_flows.engine.steps import Utterance

# Tells the gateway for whom the call is.
CHOOSING = frozenset({"household.choose", "household.add", "household.add_unknown"})
CHOOSING |= {"follow_up.begin", "reading.begin", "cancelled.begin"}
# Makes no sense while nobody is chosen.
ABOUT_SOMEBODY = frozenset({"prescription.recall", "symptoms.confirm", "triage.assess"})
LANGUAGES = frozenset({"language.list", "caller.recall"})
UNSHIPPED = "xx"
_FIRST_MARK = 0xE000
_MARK = re.compile("[\ue000-\uf8ff]")


def mark(slot: int) -> str:
    """A letter of the private use area: no catalogue has it, and every format lets it through."""
    return chr(_FIRST_MARK + slot)


@dataclass
class Chance:
    """Plays the gateway for one call. `slot` is the person chosen, 0 while nobody is."""

    book: FlowBook
    contract: Contract
    random: Random
    slot: int = 0
    newcomers: int = 0
    owners: dict[tuple[str, ...], int] = field(default_factory=dict)

    def perform(self, effect: Effect) -> EffectDone:
        spec = self.contract.effects[effect.name]
        assert set(effect.arguments) == set(spec.arguments), effect.name
        for argument in effect.arguments.values():
            self._assert_hers(effect.name, argument)
        if effect.name in ABOUT_SOMEBODY:
            assert self.slot, f"{effect.name} before it is known who this is about"
        outcome = self.random.choice(spec.outcomes)
        if effect.name in CHOOSING and outcome == "ok":
            self._choose(effect.arguments.get("slot"))
        return EffectDone(
            outcome, {name: self._fact(effect, name, kind) for name, kind in spec.facts.items()}
        )

    def record(self) -> Recorded:
        """What she said, or nothing; a key may have ended it."""
        key = self.random.choice("0123456789*#") if self.random.random() < 0.3 else ""
        if self.random.random() < 0.2:
            return Recorded(None, 0, key)
        return Recorded(f"recording-{mark(self.slot)}", 5, key)

    def assert_said_of_the_chosen(self, utterances: Iterable[Utterance]) -> None:
        for utterance in utterances:
            self._assert_hers(utterance.prompt, utterance.text)
            owner = self.owners.get((utterance.prompt,), self.slot)
            assert owner == self.slot, f"{utterance.prompt} is another's"

    def _assert_hers(self, where: str, value: Json) -> None:
        if isinstance(value, list):
            owner = self.owners.get(tuple(str(item) for item in value), self.slot)
            assert owner == self.slot, f"{where}: {value} is another's"
        marks = set(_MARK.findall(str(value)))
        assert marks <= {mark(self.slot)}, f"{where}: something of another person"

    def _choose(self, slot: Json) -> None:
        if isinstance(slot, int):
            self.slot = slot
        else:
            self.newcomers += 1
            self.slot = 100 + self.newcomers

    def _fact(self, effect: Effect, name: str, kind: str) -> Json:
        if effect.name in LANGUAGES:
            return self._languages(kind)
        if name == "members":
            return self._members()
        if name == "words":
            return list(self.random.sample(family(self.book, "symptom"), k=3))
        if name == "vitals":
            return [f"vital_ask.{key}" for key in family(self.book, "vital_ask")]
        if name in {"places", "times"}:
            many = self.random.randint(0, 4)
            return [{"number": number, "choice": str(number)} for number in range(many)]
        said_as = said_formats(self.book).get(name, "")
        if kind == "list":
            return self._list(name, said_as)
        if kind == "bool":
            return self.random.random() < 0.5
        if said_as == "age":
            return self._age()
        if kind == "int":
            return self.random.randint(0, 2000)
        if said_as == "when":
            return self.random.choice(["", "today 2026-12-01T17:00", "on 2026-12-03T21:30"])
        if members := family(self.book, said_as):
            return self.random.choice(members)
        hers = mark(self.slot) if effect.name in ABOUT_SOMEBODY else ""
        return f"{hers}{self.random.randint(0, 9999)}"

    def _list(self, name: str, said_as: str) -> Json:
        """Keys of the family in which it is said; lines of text where no prompt names one."""
        prompts = prompt_families(self.book).get(name)
        keys = family(self.book, prompts or picked_families(self.book).get(name, said_as))
        if not keys:
            return [f"{mark(self.slot)} {n}" for n in range(self.random.randint(0, 3))]
        drawn = self.random.sample(keys, k=self.random.randint(0, min(3, len(keys))))
        if prompts:
            drawn = [f"{prompts}.{key}" for key in [*drawn, UNSHIPPED]]
            self.owners.update({(key,): self.slot for key in drawn})
        elif drawn:
            self.owners[tuple(drawn)] = self.slot
        return list(drawn)

    def _members(self) -> Json:
        slots = self.random.sample(range(1, 10), k=self.random.randint(1, 6))
        return [
            {
                "slot": slot,
                "sex": self.random.choice(family(self.book, "sex")),
                "age_years": self._age(),
                "name": self.random.choice(["", "recording-of-a-name"]),
            }
            for slot in slots
        ]

    def _age(self) -> Json:
        return self.random.choice([None, 0, 5, 15, 30, 70, 110])

    def _languages(self, kind: str) -> Json:
        codes = [*self.book.languages, UNSHIPPED]
        if kind == "text":
            return self.random.choice(codes)
        return list(self.random.sample(codes, k=self.random.randint(0, len(codes))))


def family(book: FlowBook, name: str) -> list[str]:
    """The last parts of the keys of a family of prompts."""
    keys: Any = next(iter(book.catalogues.values())).templates
    return [key.removeprefix(f"{name}.") for key in keys if key.startswith(f"{name}.")]


def said_formats(book: FlowBook) -> dict[str, str]:
    """The format in which a value is said, by its name."""
    return {
        placeholder.name: placeholder.format
        for template in next(iter(book.catalogues.values())).templates.values()
        for placeholder in template.placeholders
    }


def prompt_families(book: FlowBook) -> dict[str, str]:
    """The family of the prompts that a variable names, by its name."""
    return {
        line.prompts_in: line.family
        for flow in book.flows.values()
        for node in flow.nodes.values()
        for line in node.lines()
        if line.prompts_in
    }


def picked_families(book: FlowBook) -> dict[str, str]:
    """The family of the prompts that the items of a list name where one is picked of it."""
    return {
        node.items: node.item.removesuffix(f".{WHOLE_ITEM}")
        for flow in book.flows.values()
        for node in flow.nodes.values()
        if isinstance(node, PickNode) and node.item.endswith(f".{WHOLE_ITEM}")
    }


def codes_in(value: Json, book: FlowBook) -> set[str]:
    """The shipped languages that a variable names."""
    values = value if isinstance(value, list) else [value]
    return {str(code) for code in values if code in book.languages}
