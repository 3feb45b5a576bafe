"""What each voice is given to say, and the files in which it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, TypeAlias

from tqdm import tqdm

from speech.lexicon import load_lexicon
from speech.training.grammar import Grammar, load_grammar
from speech.training.pairs import Pair, draw_pair, pairs_of, tried_pairs
from speech.training.phones import UnknownSoundError
from speech.training.run import NO_TEACHERS, Run, Voice
from speech.training.utterances import Utterance, load, save

Drawer: TypeAlias = Callable[[Random], str]

SHARD: Final = 50  # utterances in a file
# Of what is said to teach with: words in a row of no meaning, minimal pairs, and of the rest
# sentences that are no complaint.
_FREQUENT: Final = 0.45
_PAIRS: Final = 0.15
_OUTSIDE: Final = 0.12
_OUTSIDE_HELD: Final = 0.3


def speak(run: Run, voice: Voice) -> None:
    """Have a voice say sentences until there are minutes enough."""
    if voice is Voice.PAIRS:
        _speak_pairs(run)
        return
    say, wanted, have, shard = _speaker(run, voice), run.minutes[voice] * 60, 0.0, 0
    draw = _to_test(load_grammar()) if voice in NO_TEACHERS else _to_teach(run)
    with tqdm(total=round(wanted), unit="s", desc=f"speak {voice}") as progress:
        while have < wanted:
            path = run.folder / "said" / f"{voice}-{run.seed}-{shard:03d}.npz"
            if not path.exists():
                save(path, list(_some(draw, say, Random(f"{voice}-{run.seed}-{shard}"))))
            seconds = sum(utterance.seconds for utterance in load([path]))
            have, shard = have + seconds, shard + 1
            progress.update(round(seconds))


def of_a_call(grammar: Grammar, random: Random) -> str:
    outside = random.random() < _OUTSIDE
    return grammar.draw_outside(random) if outside else grammar.draw(random)


def _speaker(run: Run, voice: Voice) -> Any:
    from speech.training.voices import Espeak, Kokoro

    if voice is Voice.ESPEAK:
        return Espeak().say
    kokoro = Kokoro(run.voices, threads=0)
    kept = {Voice.TUNING: "tuning", Voice.HELD: "held", Voice.PAIRS: "held"}.get(voice)
    return lambda text, random: kokoro.say(text, random, kept=kept)


def _some(draw: Drawer, say: Any, random: Random) -> Iterator[Utterance]:
    """Yield a file full of utterances."""
    count = 0
    while count < SHARD:
        text = draw(random)
        try:
            spoken = say(text, random)
        except UnknownSoundError:
            continue  # a frequent word of another language
        if spoken is not None and spoken.spans:
            count += 1
            yield spoken


def _to_test(grammar: Grammar) -> Drawer:
    def draw(random: Random) -> str:
        text = grammar.draw(random)
        return random.choice(grammar.tested_outside) if random.random() < _OUTSIDE_HELD else text

    return draw


def _to_teach(run: Run) -> Drawer:
    from speech.training import frequent

    grammar, pairs = load_grammar(), _pairs(run)

    def draw(random: Random) -> str:
        kind = random.random()
        if kind < _FREQUENT:
            return frequent.draw_frequent(random)
        return draw_pair(pairs, random) if kind < _FREQUENT + _PAIRS else of_a_call(grammar, random)

    return draw


def _pairs(run: Run) -> tuple[Pair, ...]:
    """Return the minimal pairs, which are derived once in a run."""
    from speech.training import frequent

    path = run.folder / "pairs.json"
    if not path.exists():
        found = pairs_of(load_grammar(), load_lexicon(), frequent.frequent_words())
        rows = [[pair.symptom, pair.other] for pair in found]
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return tuple(Pair(*row) for row in json.loads(path.read_text(encoding="utf-8")))


def _speak_pairs(run: Run) -> None:
    """Have both members of the pairs to try said alone, one after the other."""
    path = run.folder / "said" / f"{Voice.PAIRS}-{run.seed}-000.npz"
    if path.exists():
        return
    say, random = _speaker(run, Voice.PAIRS), Random(f"{Voice.PAIRS}-{run.seed}")
    texts = [text for pair in tried_pairs(_pairs(run)) for text in (pair.symptom, pair.other)]
    save(path, [say(text, random) for text in tqdm(texts, desc="speak pairs")])
