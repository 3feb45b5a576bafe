"""Spoken sentences with the times of their phones, and the files in which they are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy

Samples: TypeAlias = "numpy.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class Span:
    """A phone of speech.training.phones and when it sounds, in seconds from the start."""

    phone: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a voice said. samples: 16-bit mono; spans: one after the other, from 0 to the end."""

    text: str
    voice: str
    rate_hz: int
    samples: Samples
    spans: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz


def save(path: Path, utterances: Sequence[Utterance]) -> None:
    """Write utterances to one file; it is there whole or not at all."""
    heads = [
        {
            "text": u.text,
            "voice": u.voice,
            "rate_hz": u.rate_hz,
            "count": len(u.samples),
            "spans": [[s.phone, round(s.start_s, 4), round(s.end_s, 4)] for s in u.spans],
        }
        for u in utterances
    ]
    samples = numpy.concatenate([u.samples.astype("<i2") for u in utterances])
    head = numpy.frombuffer(json.dumps(heads, ensure_ascii=False).encode(), "u1")
    unfinished = path.with_suffix(".part.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.savez(unfinished, head=head, samples=samples)
    unfinished.replace(path)


def load(paths: Iterable[Path]) -> list[Utterance]:
    """Return the utterances of files that `save` wrote, in their order."""
    found: list[Utterance] = []
    for path in paths:
        with numpy.load(path) as file:
            heads, samples = json.loads(file["head"].tobytes()), file["samples"]
        at = 0
        for head in heads:
            spans = tuple(Span(*span) for span in head["spans"])
            piece = samples[at : at + head["count"]]
            found.append(Utterance(head["text"], head["voice"], head["rate_hz"], piece, spans))
            at += head["count"]
    return found
