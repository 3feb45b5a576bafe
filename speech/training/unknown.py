"""[unk], the word for whatever is not asked for: other words of the language, or no word at all.

It stands for every word that it is told of, as often as each is said, and for a walk from phone to
phone as words do. A known word keeps its place in the order of words, and so is mostly heard as
itself; the less beginning an [unk] costs, the more is heard as unknown and the less is invented.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pywrapfst

from speech.training.arcs import SILENCE_CHANCE, SILENCE_ID, Fst, add_arc
from speech.training.kaldi import KALDI_PHONES, kaldi_ids
from speech.training.phones import SILENCE, Pronunciation


@dataclass(frozen=True, slots=True)
class Unknown:
    """What [unk] stands for. words: ways of saying them, with how often each is said.

    Costs are negative natural logarithms. begin: of any [unk], below nothing to favour it; walk:
    of one that is none of the words, beside `begin`.
    """

    begin: float = 0.0
    walk: float = 8.0
    words: Mapping[Pronunciation, float] = field(default_factory=dict)


def add_unknown(
    graph: Fst,
    word: int,
    unknown: Unknown,
    *,
    places: Sequence[int],
    end: int,
    known: Iterable[Pronunciation],
) -> None:
    """Let [unk], whose number is `word`, begin at each of the places; it leads to `end`.

    known: ways of saying the words of the graph, from which the walk has its steps.
    """
    after = graph.add_state()
    add_arc(graph, after, 0, 0, -math.log(1 - SILENCE_CHANCE), end)
    add_arc(graph, after, SILENCE_ID, 0, -math.log(SILENCE_CHANCE), end)
    if unknown.words:
        _add_words(graph, word, unknown, places, after)
    _add_walk(graph, word, unknown.begin + unknown.walk, places, after, _steps(known))


def _add_words(graph: Fst, word: int, unknown: Unknown, places: Sequence[int], after: int) -> None:
    said = _acceptor(unknown.words)
    start = said.start()
    states = {state: graph.add_state() for state in said.states()}
    for state in said.states():
        final = float(said.final(state))
        if math.isfinite(final):
            add_arc(graph, states[state], 0, 0, final, after)
        for arc in said.arcs(state):
            cost, target = float(arc.weight), states[arc.nextstate]
            add_arc(graph, states[state], arc.ilabel, 0, cost, target)
            if state == start:
                for place in places:
                    add_arc(graph, place, arc.ilabel, word, cost + unknown.begin, target)


def _acceptor(words: Mapping[Pronunciation, float]) -> Fst:
    """Return the smallest graph of the words' phones that has the costs of their shares."""
    total = sum(words.values())
    every = pywrapfst.VectorFst()
    start = every.add_state()
    every.set_start(start)
    for way, count in words.items():
        at, cost = start, -math.log(count / total)
        for phone in kaldi_ids(way):
            target = every.add_state()
            add_arc(every, at, phone, phone, cost, target)
            at, cost = target, 0.0
        every.set_final(at)
    smallest = pywrapfst.determinize(every)
    smallest.minimize()
    return smallest


def _add_walk(
    graph: Fst,
    word: int,
    begin: float,
    places: Sequence[int],
    after: int,
    steps: Mapping[str, Counter[str]],
) -> None:
    ids = {name: number for number, name in enumerate(KALDI_PHONES, 1)}
    phones = sorted({name.rsplit("_", 1)[0] for name in KALDI_PHONES} - {SILENCE})
    inside = {phone: graph.add_state() for phone in phones}
    start = begin + math.log(len(phones))
    for phone in phones:
        for place in places:
            add_arc(graph, place, ids[f"{phone}_B"], word, start, inside[phone])
        counts = steps.get(phone, Counter())
        total = sum(counts.values()) + len(phones)
        for target in phones:
            cost = -math.log((counts[target] + 1) / total)
            add_arc(graph, inside[phone], ids[f"{target}_I"], 0, cost, inside[target])
            add_arc(graph, inside[phone], ids[f"{target}_E"], 0, cost, after)


def _steps(known: Iterable[Pronunciation]) -> dict[str, Counter[str]]:
    follows: dict[str, Counter[str]] = defaultdict(Counter)
    for way in known:
        for before, after in pairwise(way):
            follows[before][after] += 1
    return follows
