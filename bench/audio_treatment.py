"""Which treatment of a telephone's audio loses the recogniser least, measured on human speech.

Human Hindi (../shared/data/speech/human-hi) is sent down simulated lines, treated in several ways,
and heard by a real Vosk model that knows those sentences (errors by word); our own model hears the
synthesised complaints (symptoms found of those that are there, and invented ones). Every row is of
one run, so rows compare with each other; the set is small, so small differences mean nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz.distance import Levenshtein

from config.settings import REPOSITORY
from speech.audio import Pcm, UnusableAudio, prepare
from speech.ffmpeg import convert
from speech.hearing import understand
from speech.lexicon import Lexicon, load_lexicon
from speech.models import InstalledModel, Mode, ModelSpec, NoModel, find_model
from speech.recogniser import Transcript, recognise
from speech.symptoms import find_symptoms

SPEECH: Final = REPOSITORY.parent / "shared" / "data" / "speech"
LINES: Final = {
    "as recorded": "anull",
    "8 kHz mu-law": "aresample=8000:filter_size=64",
    "telephone band, mu-law": "highpass=f=300:p=2,lowpass=f=3400:p=2,aresample=8000:filter_size=64",
    "band, 20 dB too quiet": "highpass=f=300:p=2,lowpass=f=3400:p=2,volume=-20dB,aresample=8000",
    "band, 12 dB too loud": "highpass=f=300:p=2,lowpass=f=3400:p=2,volume=12dB,aresample=8000",
}
# What comes before the resampling to the model's rate, and how that is done.
TREATMENTS: Final = {
    "filter of 64 taps": "aresample={rate}:filter_size=64",
    "filter of 16 taps": "aresample={rate}:filter_size=16",
    "filter of 8 taps": "aresample={rate}:filter_size=8",
    "filter of 4 taps": "aresample={rate}:filter_size=4",
    "filter of 2 taps": "aresample={rate}:filter_size=2",
    "8 taps, -6 dB": "volume=-6dB,aresample={rate}:filter_size=8",
    "8 taps, high band lifted": "treble=g=6:f=2500,aresample={rate}:filter_size=8",
    "8 taps, less noise (afftdn)": "afftdn=nr=10,aresample={rate}:filter_size=8",
    "8 taps, levelled by loudness": "dynaudnorm,aresample={rate}:filter_size=8",
}
OURS: Final = "ours (linear, peak to -3 dB)"

Treatment = Callable[[bytes, int], Pcm | UnusableAudio]


@dataclass(frozen=True, slots=True)
class Clip:
    audio: bytes
    text: str


def clips_of(folder: Path) -> list[Clip]:
    with (folder / "transcripts.tsv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Clip((folder / row[0]).read_bytes(), row[1]) for row in rows]


def sent(audio: bytes, line: str) -> bytes:
    """Return the audio as it arrives over the line: 8 kHz mu-law but for "as recorded"."""
    codec = ("-c:a", "pcm_s16le") if line == "anull" else ("-c:a", "pcm_mulaw", "-ar", "8000")
    arguments = ("-i", "pipe:0", "-ac", "1", "-af", line, *codec, "-f", "wav", "pipe:1")
    return convert(audio, arguments, timeout_s=30)


def treated(filters: str) -> Treatment:
    def treat(audio: bytes, rate_hz: int) -> Pcm:
        chain = filters.format(rate=rate_hz)
        arguments = ("-i", "pipe:0", "-ac", "1", "-af", chain, "-f", "s16le", "-ar", str(rate_hz),
                     "pipe:1")  # fmt: skip
        return Pcm(convert(audio, arguments, timeout_s=30), rate_hz)

    return treat


def ours(audio: bytes, rate_hz: int) -> Pcm | UnusableAudio:
    return prepare(audio, rate_hz=rate_hz)


def heard(clip: bytes, treat: Treatment, model: InstalledModel) -> Transcript | None:
    pcm = treat(clip, model.spec.rate_hz)
    return None if isinstance(pcm, UnusableAudio) else recognise(pcm, model=model, limit_s=60)


def word_errors(clips: Sequence[Clip], texts: Sequence[str]) -> float:
    errors = [Levenshtein.distance(c.text.split(), t.split()) for c, t in zip(clips, texts,
              strict=True)]  # fmt: skip
    return sum(errors) / sum(len(clip.text.split()) for clip in clips)


def symptoms(clips: Sequence[Clip], said: Sequence[set[str]], lexicon: Lexicon) -> str:
    """Return found of there, and invented."""
    there = [
        {s.code for s in find_symptoms(c.text, language="hi", lexicon=lexicon).symptoms}
        for c in clips
    ]
    right = sum(len(t & s) for t, s in zip(there, said, strict=True))
    invented = sum(len(s - t) for t, s in zip(there, said, strict=True))
    return f"{right:2}/{sum(map(len, there))} +{invented}"


def main() -> None:
    """Print both tables; skip, saying so, where the recordings are not at hand."""
    if not SPEECH.is_dir():
        print(f"skipped: the recordings of {SPEECH} are not here")
        return
    ways: dict[str, Treatment] = {name: treated(chain) for name, chain in TREATMENTS.items()}
    ways[OURS] = ours
    spec = ModelSpec(
        name="vosk-hi-closed-set", language="hi", mode=Mode.CLOSED, rate_hz=16000, offer_from=0.5,
        sure_share=0.5, licence="tests only", source="../shared",
    )  # fmt: skip
    knows = InstalledModel(spec, SPEECH / "models" / spec.name)
    _human(ways, knows)
    _complaints(ways)


def _human(ways: dict[str, Treatment], model: InstalledModel) -> None:
    clips = clips_of(SPEECH / "human-hi")
    print(f"Errors by word, {len(clips)} human sentences, a model of 16 kHz that knows them")
    print(f"{'':38}" + "".join(f"{name:>24}" for name in LINES))
    for way, treat in ways.items():
        cells = []
        for line in LINES.values():
            texts = [heard(sent(clip.audio, line), treat, model) for clip in clips]
            cells.append(word_errors(clips, [t.text if t else "" for t in texts]))
        print(f"{way:38}" + "".join(f"{cell:24.1%}" for cell in cells))


def _complaints(ways: dict[str, Treatment]) -> None:
    clips, lexicon, model = (
        clips_of(SPEECH / "spoken-symptoms"),
        load_lexicon(),
        find_model("hi", None),
    )
    if isinstance(model, NoModel):
        raise RuntimeError("the Hindi model that ships is not there")
    print(f"\nSymptoms found of those told, + invented, {len(clips)} complaints, our 8 kHz model")
    print(f"{'':38}" + "".join(f"{name:>24}" for name in LINES))
    for way, treat in ways.items():
        cells = []
        for line in LINES.values():
            said = []
            for clip in clips:
                transcript = heard(sent(clip.audio, line), treat, model)
                found = understand(transcript, model.spec, lexicon).offered if transcript else ()
                said.append(set(found))
            cells.append(symptoms(clips, said, lexicon))
        print(f"{way:38}" + "".join(f"{cell:>24}" for cell in cells))


if __name__ == "__main__":
    main()
