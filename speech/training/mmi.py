"""Lattice-free MMI: the phones that were said, against every other sequence of phones.

After Povey et al. 2016, "Purely sequence-trained neural networks for ASR based on lattice-free
MMI", with a bigram of phones as the denominator and every phone a state that may stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy
import torch

from speech.training.features import Example
from speech.training.phones import PHONES

IMPOSSIBLE: Final = -1e9


@dataclass(frozen=True, slots=True)
class PhoneBigram:
    """Logarithms of how often a phone follows another, and begins."""

    follows: Any
    begins: Any

    @classmethod
    def of(cls, examples: Sequence[Example]) -> PhoneBigram:
        follows = numpy.full((len(PHONES), len(PHONES)), 0.3)
        begins = numpy.full(len(PHONES), 0.3)
        for example in examples:
            begins[example.phones[0]] += 1
            for before, after in zip(example.phones, example.phones[1:], strict=False):
                follows[before, after] += 1
        numpy.fill_diagonal(follows, 0.01)
        chances = follows / follows.sum(axis=1, keepdims=True)
        return cls(
            torch.tensor(numpy.log(chances), dtype=torch.float32),
            torch.tensor(numpy.log(begins / begins.sum()), dtype=torch.float32),
        )


def all_paths(scores: Any, lengths: Any, bigram: PhoneBigram) -> Any:
    """Return the log of the sum over every sequence of phones: the denominator of LF-MMI."""
    moves = torch.exp(bigram.follows) + torch.eye(len(PHONES))
    highest = scores.max(2).values.detach()
    chances = torch.exp(scores - highest[..., None])
    reached = torch.exp(bigram.begins)[None] * chances[:, 0]
    total = reached.sum(1)
    reached, log_sum = reached / total[:, None], torch.log(total) + highest[:, 0]
    for frame in range(1, scores.shape[1]):
        moved = (reached @ moves) * chances[:, frame]
        total = moved.sum(1)
        alive = frame < lengths
        log_sum = log_sum + alive * (torch.log(total) + highest[:, frame])
        reached = torch.where(alive[:, None], moved / total[:, None], reached)
    return log_sum


def own_path(scores: Any, phones: Any, lengths: Any, counts: Any, bigram: PhoneBigram) -> Any:
    """Return the log of the sum over all timings of the phones that were said: the numerator.

    phones: (batch, most phones); counts: how many of them each has.
    """
    size, frames, _ = scores.shape
    count = phones.shape[1]
    said = torch.gather(scores, 2, phones[:, None, :].expand(size, frames, count))
    moves = torch.full((size, count), IMPOSSIBLE)
    moves[:, 1:] = bigram.follows[phones[:, :-1], phones[:, 1:]]
    outside = torch.full((size, 1), IMPOSSIBLE)
    start = (said[:, 0, 0] + bigram.begins[phones[:, 0]])[:, None]
    reached = torch.cat([start, torch.full((size, count - 1), IMPOSSIBLE)], 1)
    for frame in range(1, frames):
        moved = torch.cat([outside, reached[:, :-1]], 1) + moves
        alive = (frame < lengths)[:, None]
        stayed = torch.logaddexp(reached, moved) + said[:, frame]
        reached = torch.where(alive, stayed, reached)
    return reached.gather(1, (counts - 1)[:, None])[:, 0]
