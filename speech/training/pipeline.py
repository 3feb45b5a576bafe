"""The whole way from the sentences to a model that Vosk loads, in stages that can be resumed.

Each stage is a process of its own, since libraries that one needs crash beside another's. What
takes long, speaking, lines and teaching, goes on from its files; graphs and trial are made anew.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy
from tqdm import tqdm

from speech.errors import SpeechError
from speech.fetching import write_record
from speech.lexicon import Lexicon, load_lexicon
from speech.models import FIGURES, InstalledModel, ModelSpec, load_manifest
from speech.training.grammar import load_grammar
from speech.training.run import NO_TEACHERS, Run, Voice
from speech.training.speaking import of_a_call, speak
from speech.training.utterances import load

if TYPE_CHECKING:
    from pathlib import Path

    from speech.training import trial

SENTENCES: Final = 20_000  # drawn to count which word follows which
_LEAST_FRAMES: Final = 12
# The others of several teachings are tried on the line that the figures are wanted for.
_SPREAD_LINE: Final = "telephone band"


class TrainingError(SpeechError):
    """A stage failed; the message says which."""


class Stage(StrEnum):
    """In this order. SPEAK: sentences to audio; LINE: audio to what the network sees.

    SPEAK runs once for each voice, TEACH and CALIBRATE once for each teaching.
    """

    SPEAK = "speak"
    LINE = "line"
    GRAPH = "graph"
    TEACH = "teach"
    CALIBRATE = "calibrate"
    TRY = "try"


def train(run: Run) -> None:
    """Run every stage. Errors: TrainingError with the stage that failed; run again to go on.

    Also, before hours are spent, for recordings to try it on that cannot be used.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    _note_words(run)
    settings = run.model_dump_json()
    for stage, *which in _jobs(run):
        command = [sys.executable, "-m", "speech.training.pipeline", settings, stage, *which]
        # The command is ours.
        done = subprocess.run(command, check=False)  # noqa: S603
        if done.returncode:
            raise TrainingError(f"the stage '{stage}' failed; mend it and run again")


def _jobs(run: Run) -> Iterator[tuple[str, ...]]:
    yield from ((Stage.SPEAK, voice) for voice in Voice)
    yield from ((stage,) for stage in (Stage.LINE, Stage.GRAPH))
    numbers = [str(number) for number in _teachings(run)]
    yield from product((Stage.TEACH, Stage.CALIBRATE), numbers)
    yield (Stage.TRY,)


def line(run: Run) -> None:
    """Send every utterance that teaches down its lines, and keep what the network sees of it."""
    from speech.training import augmentation, features

    said = run.said(*(voice for voice in Voice if voice not in NO_TEACHERS))
    crowd = [augmentation.at_rate(u.samples, u.rate_hz) for u in load(said[:3])]
    for path in tqdm(said, desc="line", unit="file"):
        target = run.folder / "heard" / path.name
        if target.exists():
            continue
        copies = run.copies[Voice(path.name.split("-")[0])]
        dice = numpy.random.RandomState(Random(f"{run.seed}-{path.name}").getrandbits(32))
        utterances = load([path]) * copies
        heard = augmentation.through_codecs(
            [augmentation.telephone(utterance, dice, crowd) for utterance in utterances]
        )
        examples = [features.example_of(one) for one in heard]
        features.save(target, [e for e in examples if len(e.features) >= _LEAST_FRAMES])


def graph(run: Run) -> None:
    """Write the graphs: the dynamic one for the models, the static one beside it."""
    from speech.training import frequent, graphs
    from speech.training.lexicon import pronunciations
    from speech.training.unknown import Unknown

    grammar, random = load_grammar(), Random(run.seed)
    lexicon = pronunciations(grammar.words)
    sentences = [of_a_call(grammar, random) for _ in range(SENTENCES)]
    unknown = Unknown(*run.unknown, words=frequent.spoken_shares(grammar.words))
    graphs.write_dynamic(run.graphs / "dynamic", lexicon, sentences, unknown)
    graphs.write_static(run.graphs / "static", lexicon, sentences, unknown)
    for recordings in run.unseen:
        words = json.loads(run.words(recordings).read_text(encoding="utf-8"))
        if not {*words} <= {*grammar.words}:
            target = _graph_of_words(run, recordings)
            graphs.write_dynamic(target, pronunciations(words), words, Unknown())


def teach(run: Run, number: int) -> None:
    """Teach a network by a seed of its own, and write the model as Vosk reads it.

    One that went on from another is written halfway back to it.
    """
    from speech.training import features, kaldi, network

    folder = run.teaching(number)
    if (folder / "model" / "am" / "final.mdl").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    examples = features.load(sorted((run.folder / "heard").glob("*.npz")))
    by_frames, by_sentences = run.epochs
    seed = run.seed + number - 1
    plan = network.Plan(by_frames, by_sentences, run.rate, seed, run.onward)
    taught, mean = network.teach(
        examples, plan, tell=tqdm.write, checkpoint=folder / "checkpoint.pt"
    )
    shutil.copytree(run.graphs / "dynamic", folder / "model" / "graph", dirs_exist_ok=True)
    layers = network.layers_of(taught)
    if run.onward:
        before, _ = kaldi.read_layers(run.onward, network.OFFSETS)
        layers = kaldi.halfway(layers, before)
    kaldi.write_model(folder / "model", layers, mean=[float(value) for value in mean])


def calibrate(run: Run, number: int) -> None:
    """Choose a teaching's thresholds on timbres that never taught it."""
    from speech.training import calibration

    lexicon, folder = load_lexicon(), run.teaching(number)
    thresholds = calibration.calibrate(
        _clips(run, Voice.TUNING, lexicon),
        model=InstalledModel(_spec(), folder / "model"),
        grammar=load_grammar(),
        lexicon=lexicon,
        seed=run.seed,
    )
    calibration.write(folder, thresholds)


def try_out(run: Run) -> None:
    """Try the models on voices that never taught them; write figures, card and the one chosen.

    Chosen is the teaching that reads most back of the timbres that it was calibrated on.
    """
    from speech.training import calibration, card

    kept = {number: calibration.read(run.teaching(number)) for number in _teachings(run)}
    chosen = max(kept, key=lambda number: kept[number].recall or 0.0)
    models = {
        number: InstalledModel(found.of(_spec()), run.teaching(number) / "model")
        for number, found in kept.items()
    }
    spread = {
        run.seed + number - 1: _tried(run, model, (_SPREAD_LINE,))
        for number, model in models.items()
        if number != chosen
    }
    figures = card.Figures(
        seed=run.seed + chosen - 1,
        lines=_tried(run, models[chosen], None),
        spread=spread,
        pairs=_tried_pairs(run, models[chosen]),
        onward=run.onward.name if run.onward else None,
    )
    written = json.dumps(figures.model_dump(), indent=1, ensure_ascii=False) + "\n"
    shutil.rmtree(run.model, ignore_errors=True)
    shutil.copytree(models[chosen].path, run.model)
    (run.model / FIGURES).write_text(written, encoding="utf-8")
    text = card.card(models[chosen].spec, load_grammar(), figures, run.model)
    (run.model / card.NAME).write_text(text, encoding="utf-8")
    write_record(run.model, source=f"our own; see {card.NAME}")


def _tried(run: Run, model: InstalledModel, lines: Sequence[str] | None) -> dict[str, Any]:
    """Return the figures by who spoke and by line. lines: None for all that there are."""
    from speech.training import trial

    lexicon, grammar = load_lexicon(), load_grammar()
    groups = {"kept back": (_clips(run, Voice.HELD, lexicon), model)}
    for recordings in run.unseen:
        of_words = _with_words(model, _graph_of_words(run, recordings))
        groups[recordings.name] = (trial.clips_in(recordings, lexicon), of_words)
    figures: dict[str, Any] = {}
    tried = [*product(groups, lines or trial.CONDITIONS)]
    for group, condition in tqdm(tried, desc="try", unit="line"):
        clips, of_words = groups[group]
        found = trial.try_model(
            clips,
            model=model,
            of_words=of_words,
            grammar=grammar,
            lexicon=lexicon,
            condition=condition,
            seed=run.seed,
        )
        figures.setdefault(group, {})[condition] = found.rows()
    return figures


def _graph_of_words(run: Run, recordings: Path) -> Path:
    return run.graphs / "words" / recordings.name


def _with_words(model: InstalledModel, graph: Path) -> InstalledModel:
    """Return the model with the graph of other words beside it, if there is one."""
    if not graph.exists():
        return model
    folder = model.path.with_name("words") / graph.name
    shutil.copytree(model.path, folder, dirs_exist_ok=True)
    shutil.copytree(graph, folder / "graph", dirs_exist_ok=True)
    return InstalledModel(model.spec, folder)


def _note_words(run: Run) -> None:
    """Keep the words of the recordings of one word, of which a graph is made.

    Here and not where it is made, since what reads recordings brings vosk.
    """
    from speech.training import trial

    if len({recordings.name for recordings in run.unseen}) < len(run.unseen):
        raise TrainingError(
            "two folders of recordings have one name, and the card tells them by it"
        )
    for recordings in run.unseen:
        try:
            clips = trial.clips_in(recordings, load_lexicon())
        except (SpeechError, ValueError) as error:
            raise TrainingError(f"{recordings}: {error}") from error
        words = sorted({clip.text for clip in clips if len(clip.text.split()) == 1})
        path = run.words(recordings)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")


def _tried_pairs(run: Run, model: InstalledModel) -> dict[str, Any]:
    from speech.training import confusion, trial

    lexicon = load_lexicon()
    found = confusion.try_pairs(
        _clips(run, Voice.PAIRS, lexicon),
        model=model,
        lexicon=lexicon,
        vocabulary=frozenset(trial.known_words(model.path)),
        condition=_SPREAD_LINE,
        seed=run.seed,
    )
    return confusion.figures(found)


def _clips(run: Run, voice: Voice, lexicon: Lexicon) -> list[trial.Clip]:
    from speech.training import trial

    said = load(run.said(voice))
    return [trial.clip_of(u.text, u.samples, u.rate_hz, lexicon) for u in said]


def _spec() -> ModelSpec:
    """Return the manifest's row of the model that ships."""
    (spec,) = (spec for spec in load_manifest().models if spec.shipped)
    return spec


def _teachings(run: Run) -> range:
    return range(1, run.teachings + 1)


def _main(settings: str, stage: str, *which: str) -> None:
    run = Run.model_validate_json(settings)
    once = {Stage.LINE: line, Stage.GRAPH: graph, Stage.TRY: try_out}
    each = {Stage.TEACH: teach, Stage.CALIBRATE: calibrate}
    try:
        if stage == Stage.SPEAK:
            speak(run, Voice(which[0]))
        elif stage in once:
            once[Stage(stage)](run)
        else:
            each[Stage(stage)](run, int(which[0]))
    except (SpeechError, ValueError) as error:
        raise SystemExit(f"{stage}: {error}") from error


if __name__ == "__main__":
    _main(*sys.argv[1:])
