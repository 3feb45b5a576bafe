"""A trained network as the files that Vosk reads: Kaldi's binary formats, written without Kaldi.

Formats: Kaldi's io-funcs, hmm-topology, transition-model and nnet3 (Kaldi documentation, "Kaldi
I/O mechanisms" and "The nnet3 setup"). One state a phone; a phone has one Kaldi id for each place
in the word that it takes, all of which share the network's one output for it.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from speech.training.phones import PHONES, Pronunciation

INPUT_DIM: Final = 32
_PLACES: Final = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}
# Kaldi ids from 1: silence, then each phone in its four places.
KALDI_PHONES: Final = (PHONES[0], *(f"{p}_{place}" for p in PHONES[1:] for place in _PLACES))
# The weight of the training set's mean beside the call's own; any large count will do.
_CMVN_FRAMES: Final = 1000.0
_LEVELS: Final = 65535  # that two bytes tell apart
_WEIGHTS: Final = b"<LinearParams> CM2 "
_BIAS: Final = b"<BiasParams> FV "
_MFCC: Final = {
    "sample-frequency": "8000",
    "use-energy": "false",
    "num-mel-bins": str(INPUT_DIM),
    "num-ceps": str(INPUT_DIM),
    "low-freq": "150",
    "high-freq": "3600",
    "allow-downsample": "true",
}
_DECODING: Final = {
    "min-active": "200",
    "max-active": "4000",
    "beam": "12.0",
    "lattice-beam": "5.0",
    "acoustic-scale": "1.0",
    "frame-subsampling-factor": "3",
    "endpoint.silence-phones": "1",
    "endpoint.rule2.min-trailing-silence": "0.6",
    "endpoint.rule3.min-trailing-silence": "0.9",
    "endpoint.rule4.min-trailing-silence": "1.5",
}


@dataclass(frozen=True, slots=True)
class Affine:
    """A layer: frames it looks at, weights row by row (out x frames·in), one bias a row.

    A batch norm before it is folded into it by whoever trained it.
    """

    offsets: tuple[int, ...]
    weights: array[float]
    bias: array[float]

    def __post_init__(self) -> None:
        if not self.bias or len(self.weights) % (len(self.bias) * len(self.offsets)):
            raise ValueError("weights are no whole rows of whole frames")

    @property
    def rows(self) -> int:
        return len(self.bias)

    @property
    def columns(self) -> int:
        return len(self.weights) // len(self.bias)


def halfway(one: Sequence[Affine], other: Sequence[Affine]) -> list[Affine]:
    """Return the layers whose weights are the mean of both.

    After Wortsman et al. 2022, "Robust fine-tuning of zero-shot models": where one went on from the
    other, their mean errs less on what neither was taught than either.
    """
    return [
        Affine(a.offsets, _mean(a.weights, b.weights), _mean(a.bias, b.bias))
        for a, b in zip(one, other, strict=True)
    ]


def _mean(one: array[float], other: array[float]) -> array[float]:
    return array("f", ((a + b) / 2 for a, b in zip(one, other, strict=True)))


def kaldi_ids(spoken: Pronunciation) -> list[int]:
    """Return the Kaldi ids of a word's phones, of which there is at least one, by their places."""
    last = len(spoken) - 1
    places = ["S"] if last == 0 else ["B", *"I" * (last - 1), "E"]
    ids = {name: number for number, name in enumerate(KALDI_PHONES, 1)}
    return [ids[f"{phone}_{place}"] for phone, place in zip(spoken, places, strict=True)]


def write_model(folder: Path, layers: Sequence[Affine], *, mean: Sequence[float]) -> None:
    """Write all of a Vosk model but its graph. layers: a ReLU follows each but the last.

    mean: of the training set's features, INPUT_DIM long. Errors: ValueError for shapes amiss.
    """
    if len(mean) != INPUT_DIM:
        raise ValueError(f"the mean has {len(mean)} values, not {INPUT_DIM}")
    acoustic = b"\0B" + transition_model() + network(layers)
    for part in ("am", "conf", "graph/phones"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "am/final.mdl").write_bytes(acoustic)
    for name, text in _texts(mean).items():
        (folder / name).write_text(text, encoding="utf-8")


def read_layers(
    folder: Path, offsets: Sequence[tuple[int, ...]]
) -> tuple[list[Affine], list[float]]:
    """Return the layers and the mean of a model that `write_model` wrote.

    offsets: the frames that each layer looks at. Errors: ValueError for a network of other shape.
    """
    raw, at, layers = (folder / "am/final.mdl").read_bytes(), 0, list[Affine]()
    for frames in offsets:
        at = raw.find(_WEIGHTS, at) + len(_WEIGHTS)
        if at < len(_WEIGHTS):
            raise ValueError(f"{folder} has fewer layers than are wanted")
        lowest, span, rows, columns = struct.unpack_from("<ffii", raw, at)
        levels = _little("H", raw[at + 16 : at + 16 + 2 * rows * columns])
        weights = array("f", (lowest + level * span / _LEVELS for level in levels))
        at += 16 + 2 * rows * columns + len(_BIAS) + 5
        layers.append(Affine(frames, weights, _little("f", raw[at : at + 4 * rows])))
    if raw.find(_WEIGHTS, at) >= 0:
        raise ValueError(f"{folder} has more layers than are wanted")
    sums = (folder / "am/global_cmvn.stats").read_text(encoding="utf-8").split()[1 : INPUT_DIM + 2]
    *values, frames_seen = map(float, sums)
    return layers, [value / frames_seen for value in values]


def transition_model() -> bytes:
    """Return Kaldi's TransitionModel: every phone loops or goes on with equal chance."""
    count = len(KALDI_PHONES)
    half = _float(0.5)
    state = _int(0) + _int(2) + _int(0) + half + _int(1) + half
    topology = _ints(range(1, count + 1)) + _ints([-1] + [0] * count)
    last = _int(-1) + _int(0)  # no output, nowhere to go
    topology += _int(1) + _int(2) + state + last
    outputs = [0, *(1 + (number // len(_PLACES)) for number in range(count - 1))]
    triples = b"".join(_int(k) + _int(0) + _int(out) for k, out in enumerate(outputs, 1))
    chances = array("f", [0.0] + [math.log(0.5)] * (2 * count))
    return b"".join(
        (
            _tag("<TransitionModel>") + _tag("<Topology>") + topology + _tag("</Topology>"),
            _tag("<Triples>") + _int(count) + triples + _tag("</Triples>"),
            _tag("<LogProbs>") + _vector(chances) + _tag("</LogProbs>"),
            _tag("</TransitionModel>"),
        )
    )


def network(layers: Sequence[Affine]) -> bytes:
    """Return the layers as Kaldi's nnet3. Errors: ValueError where one does not fit the next."""
    lines, parts = [f"input-node name=input dim={INPUT_DIM}"], []
    before, width = "input", INPUT_DIM
    for number, layer in enumerate(layers):
        if layer.columns != width * len(layer.offsets):
            raise ValueError(f"layer {number} takes {layer.columns} values, not {width} a frame")
        is_last = layer is layers[-1]
        name = "out" if is_last else f"aff{number}"
        lines.append(_node(name, _window(before, layer.offsets)))
        parts.append((name, _affine(layer)))
        before, width = name, layer.rows
        if not is_last:
            before = f"relu{number}"
            lines.append(_node(before, name))
            parts.append((before, _relu(layer.rows)))
    if width != len(PHONES):
        raise ValueError(f"the network has {width} outputs for {len(PHONES)} phones")
    lines.append(f"output-node name=output input={before} objective=linear")
    components = b"".join(_tag("<ComponentName>") + _tag(name) + part for name, part in parts)
    left = -sum(min(layer.offsets) for layer in layers)
    right = sum(max(layer.offsets) for layer in layers)
    return b"".join(
        (
            _tag("<Nnet3>") + b"\n" + "".join(f"{line}\n" for line in lines).encode() + b"\n",
            _tag("<NumComponents>") + _int(len(parts)) + components + _tag("</Nnet3>"),
            _tag("<LeftContext>") + _int(left) + _tag("<RightContext>") + _int(right),
            _tag("<Priors>") + _vector(array("f")),
        )
    )


def _node(name: str, source: str) -> str:
    return f"component-node name={name} component={name} input={source}"


def _window(source: str, offsets: tuple[int, ...]) -> str:
    if offsets == (0,):
        return source
    frames = (f"Offset({source}, {offset})" if offset else source for offset in offsets)
    return f"Append({', '.join(frames)})"


def _affine(layer: Affine) -> bytes:
    matrix, bias = _matrix(layer), _vector(layer.bias).removeprefix(b"FV ")
    head, end = _tag("<FixedAffineComponent>"), _tag("</FixedAffineComponent>")
    return head + _WEIGHTS + matrix + _BIAS + bias + end


def _matrix(layer: Affine) -> bytes:
    """Return the weights in Kaldi's compressed form of two bytes each (CompressedMatrix, "CM2")."""
    lowest = min(layer.weights)
    span = max(layer.weights) - lowest or 1.0
    levels = array("H", (round((weight - lowest) / span * _LEVELS) for weight in layer.weights))
    if sys.byteorder == "big":
        levels.byteswap()
    head = struct.pack("<ffii", lowest, span, layer.rows, layer.columns)
    return head + levels.tobytes()


def _relu(width: int) -> bytes:
    empty = _vector(array("f"))
    return b"".join(
        (
            _tag("<RectifiedLinearComponent>") + _tag("<Dim>") + _int(width),
            _tag("<ValueAvg>") + empty + _tag("<DerivAvg>") + empty,
            _tag("<Count>") + _float(0.0) + _tag("</RectifiedLinearComponent>"),
        )
    )


def _texts(mean: Sequence[float]) -> dict[str, str]:
    sums = [value * _CMVN_FRAMES for value in mean] + [_CMVN_FRAMES]
    squares = [(value * value + 1) * _CMVN_FRAMES for value in mean] + [0.0]
    rows = "\n".join("  " + " ".join(f"{value:.6f}" for value in row) for row in (sums, squares))
    places = [f"{k} {_PLACES[name[-1]]}" for k, name in enumerate(KALDI_PHONES[1:], 2)]
    names = [f"{name} {k}" for k, name in enumerate(("<eps>", *KALDI_PHONES))]
    return {
        "am/global_cmvn.stats": f" [\n{rows} ]\n",
        "conf/mfcc.conf": _lines(f"--{key}={value}" for key, value in _MFCC.items()),
        "conf/model.conf": _lines(f"--{key}={value}" for key, value in _DECODING.items()),
        "graph/phones.txt": _lines(names),
        "graph/phones/word_boundary.int": _lines(["1 nonword", *places]),
    }


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _tag(name: str) -> bytes:
    return name.encode() + b" "


def _int(value: int) -> bytes:
    return b"\x04" + struct.pack("<i", value)


def _float(value: float) -> bytes:
    return b"\x04" + struct.pack("<f", value)


def _ints(values: Iterable[int]) -> bytes:
    listed = list(values)
    return b"\x04" + struct.pack(f"<i{len(listed)}i", len(listed), *listed)


def _vector(values: array[float]) -> bytes:
    return b"FV " + _int(len(values)) + _floats(values)


def _little(kind: str, raw: bytes) -> array[Any]:
    """Return the array that was written with little-endian bytes."""
    read = array(kind, raw)
    if sys.byteorder == "big":
        read.byteswap()
    return read


def _floats(values: array[float]) -> bytes:
    """Return little-endian 32-bit floats, whatever the array holds them as."""
    singles = array("f", values)
    if sys.byteorder == "big":
        singles.byteswap()
    return singles.tobytes()
