"""The whole way from the sentences to a model that Vosk loads, in stages that can be resumed.

Each stage is a process of its own, since libraries that one needs crash beside another's. What
takes long, speaking, lines and teaching, goes on from its files; graphs and trial are made anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy
from pydantic import BaseModel, ConfigDict, Field
from tqdm import tqdm

from speech.errors import SpeechError
from speech.fetching import write_record
from speech.lexicon import Lexicon, load_lexicon
from speech.models import InstalledModel, ModelSpec, load_manifest
from speech.training.grammar import Grammar, load_grammar
from speech.training.phones import UnknownSoundError
from speech.training.utterances import Utterance, load, save

if TYPE_CHECKING:
    from speech.training import trial

SHARD: Final = 50  # utterances in a file
SENTENCES: Final = 20_000  # drawn to count which word follows which
# Of what is said to teach with: words in a row of no meaning, and sentences that are no complaint.
_FREQUENT: Final = 0.45
_OUTSIDE: Final = 0.12
_OUTSIDE_HELD: Final = 0.3
_LEAST_FRAMES: Final = 12


class TrainingError(SpeechError):
    """A stage failed; the message says which."""


class Voice(StrEnum):
    """Who speaks: two that teach; timbres to calibrate on; one only listened to at the end."""

    KOKORO = "kokoro"
    ESPEAK = "espeak"
    TUNING = "tuning"
    HELD = "held"


_NO_TEACHERS: Final = (Voice.TUNING, Voice.HELD)


class Stage(StrEnum):
    """In this order. SPEAK: sentences to audio; LINE: audio to what the network sees."""

    SPEAK = "speak"
    LINE = "line"
    TEACH = "teach"
    GRAPH = "graph"
    CALIBRATE = "calibrate"
    TRY = "try"


class Run(BaseModel):
    """One run. folder: everything between, and the model; voices: kokoro-js's folder of voices.

    minutes: of audio from each voice; copies: lines that each utterance of it is sent down.
    """

    model_config = ConfigDict(frozen=True)

    folder: Path
    voices: Path
    seed: int = 1
    minutes: dict[Voice, float] = {
        **{Voice.KOKORO: 120, Voice.ESPEAK: 120, Voice.TUNING: 6, Voice.HELD: 8}
    }
    copies: dict[Voice, int] = {Voice.KOKORO: 2, Voice.ESPEAK: 1}
    epochs: tuple[int, int] = Field((2, 6), description="by frames, by sentences")
    unknown: tuple[float, float] = Field((0.0, 8.0), description="what [unk] costs: begin, walk")
    unseen: Path | None = Field(None, description="recordings of others, as `evaluate` reads them")

    @property
    def model(self) -> Path:
        return self.folder / "model"


def train(run: Run) -> None:
    """Run every stage. Errors: TrainingError with the stage that failed; run again to go on."""
    run.folder.mkdir(parents=True, exist_ok=True)
    settings = run.model_dump_json()
    for stage in Stage:
        jobs = [(stage, voice) for voice in Voice] if stage is Stage.SPEAK else [(stage, None)]
        for job, voice in jobs:
            command = [sys.executable, "-m", "speech.training.pipeline", settings, job]
            # The command is ours.
            done = subprocess.run([*command, *([voice] if voice else [])], check=False)  # noqa: S603
            if done.returncode:
                raise TrainingError(f"the stage '{job}' failed; mend it and run again")


def speak(run: Run, voice: Voice) -> None:
    """Have a voice say sentences until there are minutes enough."""
    grammar, said = load_grammar(), _speaker(run, voice)
    wanted, have, shard = run.minutes[voice] * 60, 0.0, 0
    with tqdm(total=round(wanted), unit="s", desc=f"speak {voice}") as progress:
        while have < wanted:
            path = run.folder / "said" / f"{voice}-{run.seed}-{shard:03d}.npz"
            if not path.exists():
                random = Random(f"{voice}-{run.seed}-{shard}")
                save(path, list(_some(grammar, said, random, held=voice in _NO_TEACHERS)))
            seconds = sum(utterance.seconds for utterance in load([path]))
            have, shard = have + seconds, shard + 1
            progress.update(round(seconds))


def line(run: Run) -> None:
    """Send every utterance that teaches down its lines, and keep what the network sees of it."""
    from speech.training import augmentation, features

    said = [path for path in _said(run) if not path.name.startswith(_NO_TEACHERS)]
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


def teach(run: Run) -> None:
    """Teach the network, and write it as Vosk reads it."""
    from speech.training import features, kaldi, network

    if (run.model / "am" / "final.mdl").exists():
        return
    examples = features.load(sorted((run.folder / "heard").glob("*.npz")))
    by_frames, by_sentences = run.epochs
    plan = network.Plan(by_frames=by_frames, by_sentences=by_sentences, seed=run.seed)
    taught, mean = network.teach(
        examples, plan, tell=tqdm.write, checkpoint=run.folder / "checkpoint.pt"
    )
    kaldi.write_model(run.model, network.layers_of(taught), mean=[float(value) for value in mean])


def graph(run: Run) -> None:
    """Write the graphs: the dynamic one into the model, the static one beside it."""
    from speech.training import frequent, graphs
    from speech.training.lexicon import pronunciations
    from speech.training.unknown import Unknown

    grammar, random = load_grammar(), Random(run.seed)
    lexicon = pronunciations(grammar.words)
    sentences = [_of_a_call(grammar, random) for _ in range(SENTENCES)]
    unknown = Unknown(*run.unknown, words=frequent.spoken_shares(grammar.words))
    graphs.write_dynamic(run.model / "graph", lexicon, sentences, unknown)
    graphs.write_static(run.folder / "static", lexicon, sentences, unknown)


def calibrate(run: Run) -> None:
    """Choose the thresholds on timbres that never taught it, and write them beside the model."""
    from speech.training import calibration

    lexicon = load_lexicon()
    thresholds = calibration.calibrate(
        _clips(run, Voice.TUNING, lexicon),
        model=InstalledModel(_spec(), run.model),
        grammar=load_grammar(),
        lexicon=lexicon,
        seed=run.seed,
    )
    calibration.write(run.model, thresholds)


def try_out(run: Run) -> None:
    """Measure the model on voices that never taught it; write the figures and the model's card."""
    from speech.training import calibration, card, trial

    grammar, lexicon = load_grammar(), load_lexicon()
    model = InstalledModel(calibration.read(run.model).of(_spec()), run.model)
    groups = {"kept back": _clips(run, Voice.HELD, lexicon)}
    if run.unseen:
        groups["unseen"] = trial.clips_in(run.unseen, lexicon)
    figures: dict[str, Any] = {}
    for group, condition in tqdm([*product(groups, trial.CONDITIONS)], desc="try", unit="line"):
        found = trial.try_model(
            groups[group],
            model=model,
            grammar=grammar,
            lexicon=lexicon,
            condition=condition,
            seed=run.seed,
        )
        figures.setdefault(group, {})[condition] = found.rows()
    written = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    (run.folder / "trial.json").write_text(written, encoding="utf-8")
    text = card.card(model.spec, grammar, figures, run.model, seed=run.seed)
    (run.model / card.NAME).write_text(text, encoding="utf-8")
    write_record(run.model, source=f"our own; see {card.NAME}")


def _clips(run: Run, voice: Voice, lexicon: Lexicon) -> list[trial.Clip]:
    from speech.training import trial

    said = load(sorted((run.folder / "said").glob(f"{voice}-*.npz")))
    return [trial.clip_of(u.text, u.samples, u.rate_hz, lexicon) for u in said]


def _spec() -> ModelSpec:
    """Return the manifest's row of the model that ships."""
    (spec,) = (spec for spec in load_manifest().models if spec.shipped)
    return spec


def _speaker(run: Run, voice: Voice) -> Any:
    from speech.training.voices import Espeak, Kokoro

    if voice is Voice.ESPEAK:
        return Espeak().say
    kokoro = Kokoro(run.voices, threads=0)
    kept = voice if voice in _NO_TEACHERS else None
    return lambda text, random: kokoro.say(text, random, kept=kept)


def _some(grammar: Grammar, say: Any, random: Random, *, held: bool) -> Iterator[Utterance]:
    """Yield a file full of utterances."""
    count = 0
    while count < SHARD:
        text = grammar.draw(random) if held else _sentence(grammar, random)
        if held and random.random() < _OUTSIDE_HELD:
            text = random.choice(grammar.tested_outside)
        try:
            spoken = say(text, random)
        except UnknownSoundError:
            continue  # a frequent word of another language
        if spoken is not None and spoken.spans:
            count += 1
            yield spoken


def _sentence(grammar: Grammar, random: Random) -> str:
    from speech.training import frequent

    words = random.random() < _FREQUENT
    return frequent.draw_frequent(random) if words else _of_a_call(grammar, random)


def _of_a_call(grammar: Grammar, random: Random) -> str:
    outside = random.random() < _OUTSIDE
    return grammar.draw_outside(random) if outside else grammar.draw(random)


def _said(run: Run) -> list[Path]:
    return sorted((run.folder / "said").glob("*.npz"))


def _main(settings: str, stage: str, *voice: str) -> None:
    run = Run.model_validate_json(settings)
    rest = {
        **{Stage.LINE: line, Stage.TEACH: teach, Stage.GRAPH: graph},
        **{Stage.CALIBRATE: calibrate, Stage.TRY: try_out},
    }
    try:
        if stage == Stage.SPEAK:
            speak(run, Voice(voice[0]))
        else:
            rest[Stage(stage)](run)
    except (SpeechError, ValueError) as error:
        raise SystemExit(f"{stage}: {error}") from error


if __name__ == "__main__":
    _main(*sys.argv[1:])
