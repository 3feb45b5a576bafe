"""Walks the journeys of journeys.yaml, and writes the golden conversations from them.

Run as a program it writes tests/ivr_flows/golden anew; read the difference before you commit it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.run import begin
from ivr_flows.engine.session import Effect, EffectDone, Session
from ivr_flows.engine.steps import Gather
from ivr_flows.loading import load_flow_book
from tests.ivr_flows.telling import Told, event_of, take_turn

HERE: Final = Path(__file__).parent
GOLDEN: Final = HERE / "golden"
WRITTEN_IN: Final = ("hi", "en", "ta")
_ACTS: Final = {
    "waits": "presses nothing",
    "the dialled call ends": "bridge ends",
}


@dataclass(frozen=True, slots=True)
class Journey:
    """What the caller does, act by act; answers: what the gateway says, by effect."""

    name: str
    purpose: str
    flow: str
    caller: tuple[str, ...]
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One turn: the words for what the caller did, and all that came of it."""

    caller: str
    told: Told
    answers: tuple[EffectDone, ...]


def load_journeys() -> list[Journey]:
    file = yaml.safe_load((HERE / "journeys.yaml").read_text(encoding="utf-8"))
    return [
        Journey(
            name,
            told["purpose"],
            told["flow"],
            tuple(told["caller"]),
            {**file["usual"], **told["answers"]},
        )
        for name, told in file["journeys"].items()
    ]


def walk(journey: Journey, book: FlowBook, *, language: str) -> Iterator[Act]:
    """Yield the turns of the journey in a language; an act that is not offered fails."""
    gateway = _Gateway(journey.answers, book, language)
    session = begin(book, journey.flow, language=language, variables={})
    before: Told | None = None
    for written in journey.caller:
        words = _words(written, before)
        gateway.given.clear()
        told = take_turn(book, session, event_of(words), gateway=gateway)
        yield Act(words, told, tuple(gateway.given))
        session, before = _session(told), told


def _session(told: Told) -> Session:
    assert told.turn is not None
    return told.turn.session


def _words(written: str, before: Told | None) -> str:
    """Return what the caller does in the words of a golden conversation."""
    if written.startswith("keys "):
        return f"presses {written.removeprefix('keys ')}"
    if "." not in written:
        return _ACTS.get(written, written)
    assert before is not None
    assert before.turn is not None
    step = before.turn.steps[-1]
    assert isinstance(step, Gather), f"{written}: no key is waited for"
    said = [utterance.prompt for utterance in step.utterances]
    assert written in said, f"{written} is not offered; there is {said}"
    key = next(p for p in said[said.index(written) :] if p.startswith("key."))
    return f"presses {key.removeprefix('key.')}"


class _Gateway:
    """Answers as the journey says: a list is used up in order, and its last answer goes on."""

    def __init__(self, answers: Mapping[str, Any], book: FlowBook, language: str) -> None:
        others = [other for other in book.languages if other != language]
        first_others = sorted(others, key=lambda other: other not in ("hi", "en"))
        self._values = {
            "$language": language,
            "$languages": [language, *first_others],
            "$heard": [language, first_others[0]],
        }
        self._left = {effect: _in_order(answer) for effect, answer in answers.items()}
        self.given: list[EffectDone] = []

    def __call__(self, effect: Effect) -> EffectDone:
        left = self._left[effect.name]
        outcome, facts = left.pop(0) if len(left) > 1 else left[0]
        filled = {name: self._fill(value) for name, value in facts.items()}
        self.given.append(EffectDone(outcome, filled))
        return self.given[-1]

    def _fill(self, value: Any) -> Any:
        return self._values.get(value, value) if isinstance(value, str) else value


def _in_order(answer: Any) -> list[tuple[str, dict[str, Any]]]:
    """Read `outcome`, `[outcome, facts]`, or a list of either."""
    if isinstance(answer, str):
        return [(answer, {})]
    if len(answer) == 2 and isinstance(answer[0], str) and isinstance(answer[1], dict):
        return [(answer[0], answer[1])]
    return [one for part in answer for one in _in_order(part)]


def golden_of(journey: Journey, book: FlowBook, *, language: str) -> dict[str, Any]:
    """Return the conversation as a golden file holds it."""
    turns = []
    for act in walk(journey, book, language=language):
        turn: dict[str, Any] = {"caller": act.caller}
        if act.told.asked:
            turn["gateway"] = [
                _asked(effect, done)
                for effect, done in zip(act.told.asked, act.answers, strict=True)
            ]
        if act.told.hears:
            turn["hears"] = act.told.hears
        turn["then"] = act.told.then
        turns.append(turn)
    return {"flow": journey.flow, "language": language, "turns": turns}


def _asked(effect: Effect, done: EffectDone) -> dict[str, Any]:
    asked: dict[str, Any] = {"asked": effect.name}
    if effect.arguments:
        asked["with"] = dict(effect.arguments)
    asked["answers"] = done.outcome
    if done.facts:
        asked["facts"] = dict(done.facts)
    return asked


def write_goldens(book: FlowBook) -> int:
    """Write every journey in every language that is shipped of WRITTEN_IN; return how many."""
    for old in GOLDEN.glob("*.yaml"):
        old.unlink()
    count = 0
    for journey in load_journeys():
        for language in [code for code in WRITTEN_IN if code in book.languages]:
            told = golden_of(journey, book, language=language)
            text = f"# {journey.purpose}\n{_text(told)}"
            (GOLDEN / f"{journey.name}_{language}.yaml").write_text(text, encoding="utf-8")
            count += 1
    return count


def _text(told: Mapping[str, Any]) -> str:
    lines = [f"flow: {told['flow']}", f"language: {told['language']}", "turns:"]
    for turn in told["turns"]:
        lines.append(f"- caller: {turn['caller']}")
        if "gateway" in turn:
            lines.append("  gateway:")
            lines += [f"  - {_flow(asked)}" for asked in turn["gateway"]]
        if "hears" in turn:
            lines.append("  hears:")
            lines += [f"  - {_scalar(text)}" for text in turn["hears"]]
        lines.append(f"  then: {_scalar(turn['then'])}")
    return "\n".join(lines) + "\n"


def _flow(value: Mapping[str, Any]) -> str:
    dumped = yaml.safe_dump(
        dict(value), default_flow_style=True, allow_unicode=True, width=100_000, sort_keys=False
    )
    return dumped.strip()


def _scalar(text: str) -> str:
    dumped = yaml.safe_dump(text, allow_unicode=True, width=100_000)
    return dumped.removesuffix("\n...\n").strip()


if __name__ == "__main__":
    print(f"{write_goldens(load_flow_book())} conversations written")
    sys.exit(0)
