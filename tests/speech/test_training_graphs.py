"""The graphs: the numbers of their words, and what is missing to build them.

pynini and vosk crash in one process, so a graph is tried by Vosk in a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import REPOSITORY
from speech.models import SHIPPED_DIR

PYNINI = pytest.mark.skipif(
    subprocess.run(
        [sys.executable, "-c", "import pywrapfst"], capture_output=True, check=False
    ).returncode
    != 0,
    reason="the group 'training' is not installed",
)
BUILD = """
import sys
from pathlib import Path
from speech.training import graphs
from speech.training.unknown import Unknown
lexicon = {"हाँ": (("h", "aa"),), "नहीं": (("n", "ə", "h", "ii"), ("n", "ai"))}
write = getattr(graphs, sys.argv[1])
try:
    write(Path(sys.argv[2]), lexicon, ["हाँ", "नहीं", "नहीं हाँ", "कुछ और"], Unknown())
except graphs.GraphError as error:
    raise SystemExit(str(error))
"""
HEAR = """
import json, sys, vosk
vosk.SetLogLevel(-1)
model = vosk.Model(sys.argv[1])
found = [model.vosk_model_find_word(w) for w in ("हाँ", "नहीं", "[unk]", "कुछ")]
recogniser = vosk.KaldiRecognizer(model, 8000)
recogniser.AcceptWaveform(bytes(16000))
print(json.dumps({"found": found, "heard": json.loads(recogniser.FinalResult())["text"]}))
"""
COSTS = """
import json, math
import pywrapfst
from speech.training.graphs import lexicon_graph, word_ids
from speech.training.kaldi import kaldi_ids
from speech.training.unknown import Unknown

lexicon = {"हाँ": (("h", "aa"),)}
ids = word_ids(lexicon)
often, seldom = ("g", "h", "ə", "r"), ("r", "aa", "t")
words = {often: 3.0, seldom: 1.0, ("h", "aa"): 1.0}
graph = lexicon_graph(lexicon, ids, Unknown(begin=1.0, walk=8.0, words=words))

def cost(word, *phones):
    said = pywrapfst.VectorFst()
    at = said.add_state()
    said.set_start(at)
    for phone in phones:
        to = said.add_state()
        said.add_arc(at, pywrapfst.Arc(phone, phone, pywrapfst.Weight.one("tropical"), to))
        at = to
    said.set_final(at)
    graph.arcsort("ilabel")
    # The marks of homophones and of the back-off are no sound.
    heard = graph.copy()
    for state in list(heard.states()):
        arcs = [(a.ilabel, a.olabel, a.weight, a.nextstate) for a in heard.arcs(state)]
        heard.delete_arcs(state)
        for left, right, weight, to in arcs:
            if right != ids["#0"]:
                heard.add_arc(state, pywrapfst.Arc(left if left <= 149 else 0, right, weight, to))
    heard.arcsort("ilabel")
    both = pywrapfst.compose(said, heard)
    best = pywrapfst.shortestpath(both)
    if best.start() == -1:
        return None
    labels, total, state = [], 0.0, best.start()
    while True:
        arcs = list(best.arcs(state))
        if not arcs:
            return labels == [ids[word]], round(total + float(best.final(state)), 2)
        labels += [arcs[0].olabel] if arcs[0].olabel else []
        total, state = total + float(arcs[0].weight), arcs[0].nextstate

silence = 1
rows = {
    "often": cost("[unk]", *kaldi_ids(often)),
    "seldom": cost("[unk]", *kaldi_ids(seldom)),
    "paused": cost("[unk]", *kaldi_ids(often), silence),
    "known": cost("हाँ", *kaldi_ids(("h", "aa"))),
    "none": cost("[unk]", *kaldi_ids(("z", "o", "z"))),
}
print(json.dumps(rows))
"""


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@PYNINI
def test_vosk_loads_a_static_graph_and_knows_its_words(tmp_path: Path) -> None:
    shipped = next(folder for folder in SHIPPED_DIR.iterdir() if folder.is_dir())
    shutil.copytree(shipped, tmp_path / "model")
    for name in ("HCLr.fst", "Gr.fst", "disambig_tid.int", "words.txt"):
        (tmp_path / "model" / "graph" / name).unlink()
    built = python(BUILD, "write_static", str(tmp_path / "model" / "graph"))
    assert built.returncode == 0, built.stderr
    heard = json.loads(python(HEAR, str(tmp_path / "model")).stdout)
    *known, unknown = heard["found"]
    assert min(known) > 0
    assert unknown < 0


@PYNINI
def test_without_openfsts_own_program_it_is_said_what_to_install(tmp_path: Path) -> None:
    built = python(BUILD, "write_dynamic", str(tmp_path), PATH="/nowhere")
    assert built.returncode == 1
    assert "docs/speech-training.md" in built.stderr


@PYNINI
def test_a_word_of_a_dialect_is_heard_as_the_usual_one_that_has_its_sound() -> None:
    code = """
from speech.training.graphs import one_spelling
from speech.training.lexicon import pronunciations
lexicon = pronunciations(["बुखार", "बोखार", "ताप"])
assert one_spelling(lexicon, ["बुखार"]) == {"बुखार": "बुखार", "बोखार": "बुखार", "ताप": "ताप"}
assert {way for way in lexicon["बोखार"]} <= {*lexicon["बुखार"]}
assert one_spelling(pronunciations(["बोखार"]), []) == {"बोखार": "बोखार"}
"""
    tried = python(code)
    assert tried.returncode == 0, tried.stderr


@PYNINI
def test_words_that_the_lookahead_never_met_get_numbers_of_their_own() -> None:
    code = """
from speech.training.graphs import GraphError, relabel
print(relabel({"<eps>": 0, "a": 1, "b": 2, "c": 3}, {1: 3, 2: 1}))
try:
    relabel({"<eps>": 0, "a": 1, "b": 2}, {1: 2, 2: 2})
except GraphError as error:
    print(error)
"""
    done = python(code)
    assert done.stdout.splitlines() == [
        "{'<eps>': 0, 'a': 3, 'b': 1, 'c': 4}",
        "two words have one number",
    ]


@PYNINI
def test_unknown_is_the_cheapest_word_that_sounds_so_else_a_walk_and_a_pause_may_follow() -> None:
    done = python(COSTS)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert all(as_wanted for as_wanted, _ in rows.values()), rows
    costs = {name: cost for name, (_, cost) in rows.items()}
    assert costs["known"] < costs["often"] < costs["seldom"] < costs["none"]
    assert costs["seldom"] - costs["often"] == pytest.approx(1.1, abs=0.01)  # log of 3
    assert costs["paused"] == pytest.approx(costs["often"], abs=0.01)
