"""The network and its teaching: frame labels first (cross-entropy), then whole sentences (LF-MMI).

A small TDNN: seven layers, 16 frames to either side, every third frame out; in plain PyTorch, which
is enough for 37 phones.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy
import torch
from torch import nn
from torch.nn import functional

from speech.training.features import Example, masked, mean_of, normalised
from speech.training.kaldi import INPUT_DIM, Affine, read_layers
from speech.training.mmi import IMPOSSIBLE, PhoneBigram, all_paths, own_path
from speech.training.phones import PHONES

SUBSAMPLING: Final = 3
CONTEXT: Final = 16
# (frames that a layer sees of the one before; its width), in steps of the frames it is given.
_LAYERS: Final = (
    *(((-2, -1, 0, 1, 2), 320), ((-1, 0, 1), 320), ((-1, 0, 1), 400)),
    *((((-3, 0, 3), 400),) * 4),
)
OFFSETS: Final = (*(offsets for offsets, _ in _LAYERS), (0,))
_DROPPED: Final = 0.1
_BATCH_FRAMES: Final = 14_000
_LONGEST: Final = 1500
_WARM_UP: Final = 60
_MET: Final = 200  # examples by which a network that goes on knows its own outputs
_SMOOTHING: Final = 0.05
_VARIANCE_FLOOR: Final = 1e-5  # batch norm's


@dataclass(frozen=True, slots=True)
class Plan:
    """How to teach: epochs of each kind, the highest learning rate, the seed.

    onward: the folder of a model to go on from, instead of beginning from chance.
    """

    by_frames: int = 2
    by_sentences: int = 6
    rate: float = 1.5e-3
    seed: int = 1
    onward: Path | None = None


class Network(nn.Module):  # type: ignore[misc,unused-ignore]
    """Features of (batch, frames + 2 CONTEXT, INPUT_DIM) to (batch, frames / 3, phones)."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        width = INPUT_DIM
        for number, (offsets, out) in enumerate(_LAYERS):
            # The third layer takes every third frame; those after it see frames three apart.
            stride = SUBSAMPLING if number == 2 else 1
            self.convolutions.append(nn.Conv1d(width, out, len(offsets), stride=stride))
            self.norms.append(nn.BatchNorm1d(out))
            width = out
        self.out = nn.Conv1d(width, len(PHONES), 1)

    def forward(self, features: Any) -> Any:
        frames = features.transpose(1, 2)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            heard = norm(functional.relu(convolution(frames)))
            frames = functional.dropout(heard, _DROPPED, self.training)
        return self.out(frames).transpose(1, 2)


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded examples. labels: -1 where there is no frame; lengths and counts: frames, phones."""

    features: Any
    labels: Any
    phones: Any
    lengths: Any
    counts: Any


def teach(
    examples: Sequence[Example],
    plan: Plan,
    *,
    tell: Callable[[str], None],
    checkpoint: Path | None = None,
) -> tuple[Network, Any]:
    """Return the network taught, and the mean of the features. Takes up a checkpoint's epoch.

    On a GPU where there is one. Errors: ValueError when no example is long enough for its phones.
    """
    # A default device costs every call of torch, and so is not set for the processor.
    with torch.device("cuda") if torch.cuda.is_available() else nullcontext():
        network, mean = _taught(examples, plan, tell, checkpoint)
    return network.cpu().eval(), mean


def _taught(
    examples: Sequence[Example],
    plan: Plan,
    tell: Callable[[str], None],
    checkpoint: Path | None,
) -> tuple[Network, Any]:
    usable = [e for e in examples if _fits(e)]
    if not usable:
        raise ValueError("no example is long enough for its phones")
    torch.manual_seed(plan.seed)
    random, mean, bigram = Random(plan.seed), mean_of(usable), PhoneBigram.of(usable)
    network = Network()
    if plan.onward:
        layers, values = read_layers(plan.onward, OFFSETS)
        mean = numpy.array(values)
        network = from_layers(layers, random.sample(usable, min(len(usable), _MET)), mean)
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=1e-3)
    epochs = plan.by_frames + plan.by_sentences
    steps = epochs * len(list(_grouped(usable, random)))
    first = step = 0
    if checkpoint and checkpoint.exists():
        here = network.out.weight.device
        kept = torch.load(checkpoint, weights_only=True, map_location=here)
        network.load_state_dict(kept["network"])
        optimiser.load_state_dict(kept["optimiser"])
        first, step = kept["epoch"], kept["step"]
    network.train()
    for epoch in range(first, epochs):
        began, lost, seen = time.monotonic(), 0.0, 0
        by_frames = epoch < plan.by_frames
        groups = list(_grouped(usable, random))
        random.shuffle(groups)
        for group in groups:
            rate = plan.rate * _schedule(step / steps, step)
            batch = batched(group, mean, random)
            loss, frames = _learn(network, optimiser, batch, bigram, rate, by_frames=by_frames)
            lost, seen, step = lost + loss * frames, seen + frames, step + 1
        kind = "frames" if by_frames else "sentences"
        tell(f"{epoch + 1}/{epochs} by {kind}: {lost / seen:.4f}, {time.monotonic() - began:.0f} s")
        if checkpoint:
            state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save({**state, "epoch": epoch + 1, "step": step}, checkpoint)
    return network, mean


def layers_of(network: Network) -> list[Affine]:
    """Return the network for `kaldi.write_model`; each batch norm goes into the layer after it."""
    layers: list[Affine] = []
    scale = shift = None
    for (offsets, _), convolution, norm in zip(
        _LAYERS, network.convolutions, network.norms, strict=True
    ):
        layers.append(_affine(offsets, convolution, scale, shift))
        gain, bias, mean, variance = (
            values.detach().double().numpy()
            for values in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        )
        scale = gain / numpy.sqrt(variance + _VARIANCE_FLOOR)
        shift = bias - mean * scale
    layers.append(_affine((0,), network.out, scale, shift))
    return layers


def from_layers(layers: Sequence[Affine], examples: Sequence[Example], mean: Any) -> Network:
    """Return a network that goes on from layers that were written, as they hear the examples.

    Each batch norm begins as what leaves its layer's output alone.
    """
    network = Network()
    frames = batched(examples, mean).features.transpose(1, 2)
    with torch.no_grad():
        for number, (layer, convolution) in enumerate(
            zip(layers, [*network.convolutions, network.out], strict=True)
        ):
            weights = torch.tensor(layer.weights).view(layer.rows, len(layer.offsets), -1)
            convolution.weight.copy_(weights.transpose(1, 2))
            convolution.bias.copy_(torch.tensor(layer.bias))
            if number == len(_LAYERS):
                break
            frames = functional.relu(convolution(frames))
            norm, variance = network.norms[number], frames.var((0, 2))
            norm.running_mean.copy_(frames.mean((0, 2)))
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + _VARIANCE_FLOOR).sqrt())
            norm.bias.copy_(norm.running_mean)
    return network


def batched(examples: Sequence[Example], mean: Any, random: Random | None = None) -> Batch:
    """Return the examples side by side; with chance, from one of their first frames on, masked."""
    starts = [random.randint(0, SUBSAMPLING - 1) if random else 0 for _ in examples]
    features = [normalised(e.features, mean)[s:] for e, s in zip(examples, starts, strict=True)]
    if random:
        features = [masked(frames, random) for frames in features]
    lengths = [_length(len(frames)) for frames in features]
    longest, most = max(lengths), max(len(e.phones) for e in examples)
    padded = numpy.zeros(
        (len(examples), 2 * CONTEXT + SUBSAMPLING * (longest - 1) + 1, INPUT_DIM), "f4"
    )
    labels = numpy.full((len(examples), longest), -1, "i8")
    phones = numpy.zeros((len(examples), most), "i8")
    for row, (example, frames, start) in enumerate(zip(examples, features, starts, strict=True)):
        padded[row, :CONTEXT] = frames[0]
        padded[row, CONTEXT:] = frames[-1]
        padded[row, CONTEXT : CONTEXT + len(frames)] = frames[: padded.shape[1] - CONTEXT]
        labels[row, : lengths[row]] = example.labels[start::SUBSAMPLING][: lengths[row]]
        phones[row, : len(example.phones)] = example.phones
    counts = [len(example.phones) for example in examples]
    numbers = (torch.tensor(lengths), torch.tensor(counts))
    arrays = (torch.as_tensor(padded), torch.as_tensor(labels), torch.as_tensor(phones))
    return Batch(*arrays, *numbers)


def _learn(
    network: Network,
    optimiser: Any,
    batch: Batch,
    bigram: PhoneBigram,
    rate: float,
    *,
    by_frames: bool,
) -> tuple[float, int]:
    """Take one step; return the loss a frame, and how many frames there were."""
    for options in optimiser.param_groups:
        options["lr"] = rate
    loss, frames = _loss(network, batch, bigram, by_frames=by_frames)
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 3.0)
    optimiser.step()
    return loss.item(), frames


def _loss(
    network: Network, batch: Batch, bigram: PhoneBigram, *, by_frames: bool
) -> tuple[Any, int]:
    scores = network(batch.features)
    labelled = batch.labels >= 0
    frames = int(labelled.sum())
    framewise = functional.cross_entropy(
        scores[labelled], batch.labels[labelled], label_smoothing=_SMOOTHING
    )
    if by_frames:
        return framewise, frames
    lost = all_paths(scores, batch.lengths, bigram) - own_path(
        scores, batch.phones, batch.lengths, batch.counts, bigram
    )
    lost = lost[torch.isfinite(lost) & (lost < -IMPOSSIBLE / 1000)]
    kept_small = 0.0005 * (scores[labelled] ** 2).mean()
    return lost.sum() / frames + kept_small + 0.03 * framewise, frames


def _grouped(examples: Sequence[Example], random: Random) -> Iterator[list[Example]]:
    """Yield examples of nearly one length, together at most _BATCH_FRAMES of frames."""
    group: list[Example] = []
    for example in sorted(examples, key=lambda e: len(e.features) + random.random() * 30):
        if group and len(example.features) * (len(group) + 1) > _BATCH_FRAMES:
            yield group
            group = []
        group.append(example)
    if group:
        yield group


def _fits(example: Example) -> bool:
    frames = len(example.features)
    # A start two frames later must leave room for every phone.
    return 0 < len(example.phones) <= 0.92 * _length(frames - 2) and frames < _LONGEST


def _length(frames: int) -> int:
    return (frames + SUBSAMPLING - 1) // SUBSAMPLING


def _schedule(share: float, step: int) -> float:
    """Return a share of the learning rate: a short warm-up, then half a cosine."""
    return min(1.0, (step + 1) / _WARM_UP) * (0.485 * (1 + math.cos(math.pi * share)) + 0.03)


def _affine(offsets: tuple[int, ...], layer: Any, scale: Any, shift: Any) -> Affine:
    weights = layer.weight.detach().double().numpy()  # out x in x frames
    bias = layer.bias.detach().double().numpy()
    if scale is not None:
        bias = bias + numpy.einsum("oik,i->o", weights, shift)
        weights = weights * scale[None, :, None]
    rows = weights.transpose(0, 2, 1).reshape(len(weights), -1)
    return Affine(offsets, array("f", rows.ravel().tolist()), array("f", bias.tolist()))
