"""The command that makes our own Hindi recogniser anew."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

import click

from speech.models import FIGURES

# Named by module, as they are imported; `pip install -e '.[training,studio]'` brings them.
_NEEDED: Final = (
    *("torch", "pywrapfst", "scipy", "tqdm", "onnx", "onnxruntime", "kaldi_native_fbank"),
    *("kokoro_onnx", "wordfreq"),
)


@click.command()
@click.option(
    "--voices",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Kokoro's folder of voices: package/voices of 'npm pack kokoro-js'.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/speech-training"),
    show_default=True,
    help="Where everything between and the model goes; a run that broke off goes on from it.",
)
@click.option("--seed", default=1, show_default=True, help="Another seed is another run.")
@click.option(
    "--teachings",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Networks taught from the same audio by seeds of their own; the card has the spread.",
)
@click.option(
    "--onward",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A model of ours to go on from, instead of beginning from chance.",
)
@click.option(
    "--unseen",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Recordings to try it on besides, with their transcripts.tsv, as 'evaluate' reads them; "
    "the card names them by their folder. May be given again.",
)
def train(
    voices: Path,
    folder: Path,
    seed: int,
    teachings: int,
    onward: Path | None,
    unseen: tuple[Path, ...],
) -> None:
    """Make the Hindi recogniser anew, from the sentences to a model that is measured."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise click.ClickException(
            f"{', '.join(missing)} missing: pip install -e '.[training,studio]'"
        )
    # Only where it is asked for: nothing of the training is imported to serve callers.
    from speech.training.pipeline import TrainingError
    from speech.training.pipeline import train as run_stages
    from speech.training.run import Run

    run = Run(
        folder=folder.resolve() / f"seed-{seed}",
        voices=voices.resolve(),
        seed=seed,
        teachings=teachings,
        onward=onward.resolve() if onward else None,
        unseen=tuple(recordings.resolve() for recordings in unseen),
    )
    try:
        run_stages(run)
    except TrainingError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"the model: {run.model}; what was measured: {run.model / FIGURES}")
