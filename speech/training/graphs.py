"""The graphs that Vosk decodes with, built with OpenFst: phones to words, and words in a row.

The dynamic graph is two files, HCLr.fst and Gr.fst, so that a recogniser can be given a vocabulary
when it is asked (Kaldi's lookahead composition); the static one is both in one, HCLG.fst.
pynini and vosk crash in one process: whoever builds a graph tries it in another.
"""

from __future__ import annotations

import math
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

import pywrapfst

from speech.errors import SpeechError
from speech.models import UNKNOWN
from speech.phonetics import sounds_of
from speech.training.arcs import SILENCE_CHANCE, SILENCE_ID, Fst, add_arc, cost_of
from speech.training.kaldi import KALDI_PHONES, kaldi_ids
from speech.training.lexicon import load_spoken
from speech.training.phones import Pronunciation
from speech.training.unknown import Unknown, add_unknown

Lexicon: TypeAlias = Mapping[str, tuple[Pronunciation, ...]]

BACK_OFF: Final = "#0"
_EPSILON: Final = "<eps>"
_BACK_OFF_PHONE: Final = len(KALDI_PHONES) + 1
_MOST_HOMOPHONES: Final = 60
_SHARED: Final = 0.1  # of the unigram, shared by all words alike
_CONVERT_TIMEOUT_S: Final = 120
_SHORTENED: Final = {"ii": "i", "uu": "u"}


class GraphError(SpeechError):
    """A graph could not be built; the message says what to do."""


def word_ids(words: Iterable[str]) -> dict[str, int]:
    """Return every symbol's number, before any relabelling."""
    symbols = (_EPSILON, UNKNOWN, *sorted(words), BACK_OFF)
    return {symbol: number for number, symbol in enumerate(symbols)}


def lexicon_graph(lexicon: Lexicon, ids: Mapping[str, int], unknown: Unknown) -> Fst:
    """Return phones (Kaldi's ids, with their places) to words, silence between them if any."""
    graph = pywrapfst.VectorFst()
    begin, middle, silent, first_silent = (graph.add_state() for _ in range(4))
    graph.set_start(begin)
    graph.set_final(middle)
    spoken, paused = -math.log(1 - SILENCE_CHANCE), -math.log(SILENCE_CHANCE)
    add_arc(graph, begin, 0, 0, spoken, middle)
    add_arc(graph, begin, SILENCE_ID, 0, paused, first_silent)
    add_arc(graph, first_silent, _mark(_MOST_HOMOPHONES), 0, 0, middle)
    add_arc(graph, silent, SILENCE_ID, 0, 0, first_silent)
    said: Counter[Pronunciation] = Counter()
    for word, ways in lexicon.items():
        for way in ways:
            said[way] += 1
            if said[way] >= _MOST_HOMOPHONES:
                raise GraphError(f"too many words sound like {word}")
            end = _path(graph, middle, kaldi_ids(way), ids[word], math.log(len(ways)) / 2)
            closed = graph.add_state()
            add_arc(graph, end, _mark(said[way]), 0, 0, closed)
            add_arc(graph, closed, 0, 0, spoken, middle)
            add_arc(graph, closed, 0, 0, paused, silent)
    add_arc(graph, middle, _BACK_OFF_PHONE, ids[BACK_OFF], 0, middle)
    graph.rmepsilon()
    known = pywrapfst.determinize(graph)
    # The back-off loops exactly where words begin and end.
    loops = [s for s in known.states() for a in known.arcs(s) if a.ilabel == _BACK_OFF_PHONE]
    (end,) = {a.nextstate for s in loops for a in known.arcs(s) if a.ilabel == _BACK_OFF_PHONE}
    careful = (ways[0] for ways in lexicon.values())
    add_unknown(known, ids[UNKNOWN], unknown, places=loops, end=end, known=careful)
    return known


def bigram_graph(sentences: Iterable[str], ids: Mapping[str, int], spelt: Mapping[str, str]) -> Fst:
    """Return a bigram of words (Witten-Bell), each spelt in one way; any other counts as [unk]."""
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        words = [spelt.get(word, UNKNOWN) for word in sentence.split()]
        for before, after in zip(("<s>", *words), (*words, "</s>"), strict=True):
            pairs[before][after] += 1
    single = Counter(after for follow in pairs.values() for after in follow.elements())
    known = sorted({*spelt.values(), UNKNOWN})
    total, every = sum(single.values()), len(known) + 1
    alone = {
        word: (1 - _SHARED) * single[word] / total + _SHARED / every for word in (*known, "</s>")
    }
    graph = pywrapfst.VectorFst()
    back_off = graph.add_state()
    states = {word: graph.add_state() for word in pairs}
    graph.set_start(states["<s>"])
    for word in known:
        _word(graph, back_off, ids[word], alone[word], states.get(word, back_off))
    graph.set_final(back_off, cost_of(-math.log(alone["</s>"])))
    for before, follow in pairs.items():
        seen = sum(follow.values())
        share = seen / (seen + len(follow))
        add_arc(graph, states[before], ids[BACK_OFF], 0, -math.log(1 - share), back_off)
        for after, count in follow.items():
            chance = share * count / seen + (1 - share) * alone[after]
            if after == "</s>":
                graph.set_final(states[before], cost_of(-math.log(chance)))
            else:
                target = states.get(after, back_off)
                _word(graph, states[before], ids[after], chance, target)
    graph.arcsort("ilabel")
    return graph


def one_spelling(lexicon: Lexicon, sentences: Iterable[str]) -> dict[str, str]:
    """Return the spelling by which each word is heard: of those that are one, the most usual.

    Two spellings are one word where they sound alike, but for the length of i and u, and the reader
    of symptoms takes them for one, or where one is the other in a dialect (`spoken.yaml`): else
    they would share the certainty between them. A vocabulary may ask for any of them.
    """
    usual = Counter(word for sentence in sentences for word in sentence.split())
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    same = load_spoken().same
    for word in lexicon:
        heard = same.get(word, word)
        sounds = (_SHORTENED.get(phone, phone) for phone in lexicon.get(heard, lexicon[word])[0])
        read = min(sounds_of(heard), key=lambda sound: (len(sound), sound))
        alike[read, *sounds].append(word)
    return {
        word: max(words, key=lambda one: usual[one]) for words in alike.values() for word in words
    }


def write_dynamic(
    folder: Path, lexicon: Lexicon, sentences: Sequence[str], unknown: Unknown
) -> None:
    """Write the graph that takes a vocabulary. Errors: GraphError without OpenFst's fstconvert."""
    ids = word_ids(lexicon)
    graph = transition_graph(lexicon_graph(lexicon, ids, unknown), keep_back_off=True)
    graph.arcsort("olabel")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        plain, pairs = Path(scratch, "HCL.fst"), Path(scratch, "relabel")
        graph.write(str(plain))
        _convert_for_lookahead(plain, folder / "HCLr.fst", pairs)
        lines = [line.split() for line in pairs.read_text(encoding="utf-8").splitlines()]
    relabelled = relabel(ids, {int(old): int(new) for old, new in lines})
    spelt = one_spelling(lexicon, sentences)
    bigram = pywrapfst.convert(bigram_graph(sentences, relabelled, spelt), "const")
    bigram.write(str(folder / "Gr.fst"))
    _write_words(folder, relabelled)
    back_off = _transitions() + 1
    (folder / "disambig_tid.int").write_text(f"{back_off}\n", encoding="utf-8")


def write_static(
    folder: Path, lexicon: Lexicon, sentences: Sequence[str], unknown: Unknown
) -> None:
    """Write the graph in one file, which decodes faster and takes no vocabulary."""
    ids = word_ids(lexicon)
    left = lexicon_graph(lexicon, ids, unknown)
    left.arcsort("olabel")
    spelt = one_spelling(lexicon, sentences)
    both = pywrapfst.compose(left, bigram_graph(sentences, ids, spelt))
    both.connect()
    both.rmepsilon()
    graph = transition_graph(both, keep_back_off=False)
    graph.arcsort("ilabel")
    folder.mkdir(parents=True, exist_ok=True)
    pywrapfst.convert(graph, "const").write(str(folder / "HCLG.fst"))
    _write_words(folder, ids)


def transition_graph(phones: Fst, *, keep_back_off: bool) -> Fst:
    """Return the graph over Kaldi's transition ids: each phone enters a state that loops."""
    graph = pywrapfst.VectorFst()
    graph.add_states(phones.num_states())
    graph.set_start(phones.start())
    entered: dict[tuple[int, int], int] = {}
    for state in phones.states():
        final = phones.final(state)
        if final != pywrapfst.Weight.zero("tropical"):
            graph.set_final(state, final)
        for arc in phones.arcs(state):
            label, target = 0, arc.nextstate
            if 0 < arc.ilabel <= len(KALDI_PHONES):
                label, place = 2 * arc.ilabel, (arc.ilabel, arc.nextstate)
                if place not in entered:
                    entered[place] = target = graph.add_state()
                    add_arc(graph, target, label - 1, 0, 0, target)
                    add_arc(graph, target, 0, 0, 0, arc.nextstate)
                target = entered[place]
            elif arc.ilabel == _BACK_OFF_PHONE and keep_back_off:
                label = _transitions() + 1
            graph.add_arc(state, pywrapfst.Arc(label, arc.olabel, arc.weight, target))
    graph.rmepsilon()
    graph.connect()
    return graph


def relabel(ids: Mapping[str, int], pairs: Mapping[int, int]) -> dict[str, int]:
    """Return the words' numbers as the lookahead wants them; words that it never met come last."""
    last = max(pairs.values(), default=0)
    found: dict[str, int] = {}
    for word, number in ids.items():
        if number and number not in pairs:
            last += 1
        found[word] = (pairs.get(number) or last) if number else 0
    if len(set(found.values())) != len(found):
        raise GraphError("two words have one number")
    return found


def _convert_for_lookahead(source: Path, target: Path, pairs: Path) -> None:
    kind = "--fst_type=olabel_lookahead"
    command = ["fstconvert", kind, f"--save_relabel_opairs={pairs}", str(source), str(target)]
    try:
        # The command and its files are ours.
        subprocess.run(command, check=True, capture_output=True, timeout=_CONVERT_TIMEOUT_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise GraphError(
            "OpenFst's fstconvert with olabel_lookahead is needed; docs/speech-training.md says how"
        ) from error


def _path(graph: Fst, start: int, phones: Sequence[int], word: int, cost: float) -> int:
    at = start
    for place, phone in enumerate(phones):
        after = graph.add_state()
        add_arc(graph, at, phone, 0 if place else word, 0 if place else cost, after)
        at = after
    return int(at)


def _word(graph: Fst, start: int, word: int, chance: float, end: int) -> None:
    add_arc(graph, start, word, word, -math.log(chance), end)


def _mark(number: int) -> int:
    """Return the id of a mark that tells words of one sound apart; 0 is the back-off's."""
    return _BACK_OFF_PHONE + number


def _transitions() -> int:
    return 2 * len(KALDI_PHONES) + 1


def _write_words(folder: Path, ids: Mapping[str, int]) -> None:
    lines = [f"{word} {number}\n" for word, number in sorted(ids.items(), key=lambda w: w[1])]
    (folder / "words.txt").write_text("".join(lines), encoding="utf-8")
