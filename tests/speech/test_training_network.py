"""From a voice to the network: lines, features, LF-MMI and the layers that Vosk is given.

Needs the training's own libraries: pip install -e '.[training,studio]'.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("torch", reason="the group 'training' is not installed")
pytest.importorskip("scipy", reason="the group 'training' is not installed")
pytest.importorskip("kaldi_native_fbank", reason="the group 'training' is not installed")

import numpy
import torch
from scipy import signal

from speech.training import augmentation, features, sources, utterances
from speech.training.kaldi import INPUT_DIM, halfway, network, read_layers, write_model
from speech.training.mmi import PhoneBigram, all_paths, own_path
from speech.training.network import (
    CONTEXT,
    OFFSETS,
    Network,
    Plan,
    batched,
    from_layers,
    layers_of,
    teach,
)
from speech.training.phones import PHONES, SILENCE, UnknownSoundError
from speech.training.trial import CONDITIONS, Answer, Clip, figures, on_line
from speech.training.utterances import Span, Utterance
from speech.training.voices import kokoro_spans


def tone(seconds: float = 0.9, rate_hz: int = 16_000) -> Utterance:
    """Silence, "aa", "m", silence."""
    times = numpy.arange(int(seconds * rate_hz)) / rate_hz
    sound = 8000 * numpy.sin(2 * numpy.pi * 300 * times) * ((times > 0.2) & (times < 0.7))
    ends = ((SILENCE, 0.2), ("aa", 0.5), ("m", 0.7), (SILENCE, seconds))
    starts = (0.0, *(end for _, end in ends))
    spans = tuple(Span(p, s, e) for (p, e), s in zip(ends, starts, strict=False))
    return Utterance("आम", "tone", rate_hz, sound.astype("<i2"), spans)


def examples(count: int = 6) -> list[features.Example]:
    dice = numpy.random.RandomState(3)
    return [features.example_of(augmentation.telephone(tone(), dice)) for _ in range(count)]


def test_utterances_come_back_from_their_file(tmp_path: Path) -> None:
    said = [tone(), tone(1.2, 22_050)]
    utterances.save(tmp_path / "said.npz", said)
    back = utterances.load([tmp_path / "said.npz"])
    assert [(u.text, u.voice, u.rate_hz, u.spans) for u in back] == [
        (u.text, u.voice, u.rate_hz, u.spans) for u in said
    ]
    for one, other in zip(back, said, strict=True):
        assert numpy.array_equal(one.samples, other.samples)


def test_whatever_the_line_does_the_phones_stay_where_they_sound() -> None:
    for seed in range(25):
        heard = augmentation.telephone(tone(), numpy.random.RandomState(seed))
        seconds = len(heard.samples) / augmentation.RATE_HZ
        spoken = [span for span in heard.spans if span.phone != SILENCE]
        assert [span.phone for span in spoken] == ["aa", "m"]
        assert 0 <= spoken[0].start_s < spoken[-1].end_s <= seconds + 0.01
        assert numpy.isfinite(heard.samples).all()
        assert numpy.abs(heard.samples).max() <= 32767


def test_a_lines_silence_is_not_in_the_words_and_has_many_kinds() -> None:
    said = tone()
    samples = augmentation.at_rate(said.samples, said.rate_hz)
    quiet = numpy.r_[0:1500, 5700 : len(samples)]
    kinds = set()
    for seed in range(40):
        dice = numpy.random.RandomState(seed)
        done = augmentation._with_line_silence(samples, said.spans, dice)
        assert len(done) == len(samples)
        spoken = slice(1700, 5500)
        assert numpy.corrcoef(done[spoken], samples[spoken])[0, 1] > 0.99
        level = done[quiet].std()
        assert level < 0.2 * samples[spoken].std()
        power = abs(numpy.fft.rfft(done[:1500])) ** 2
        kinds.add("zeros" if not level else "hum" if power.max() > 0.1 * power.sum() else "hiss")
    assert kinds == {"zeros", "hum", "hiss"}


def test_another_larynx_says_the_same_by_a_pitch_of_its_own() -> None:
    times = numpy.arange(8000) / 8000
    pulses = numpy.diff(numpy.floor(times * 140), prepend=0)
    said = signal.lfilter(
        [1], numpy.poly([0.97 * numpy.exp(s * 1j * 0.6) for s in (1, -1)]).real, pulses
    )
    spans = (Span(SILENCE, 0.0, 0.2), Span("aa", 0.2, 0.8), Span(SILENCE, 0.8, 1.0))
    said[:1600] = said[6400:] = 0

    def formant(samples: utterances.Samples) -> float:
        at, power = signal.welch(samples[2000:6000], 8000, nperseg=128)
        return float(at[power.argmax()])

    other = sources.other_source(said, spans, 8000, numpy.random.RandomState(1))
    higher = sources.other_source(said, spans, 8000, numpy.random.RandomState(1), stretch=1.3)
    assert len(other) == len(said)
    assert formant(other) == pytest.approx(formant(said), abs=125)
    assert formant(higher) > formant(other)
    assert numpy.abs(other[:1200]).max() < 0.01 * numpy.abs(other[2000:6000]).max()
    assert abs(numpy.corrcoef(said[2000:6000], other[2000:6000])[0, 1]) < 0.5


def test_what_is_masked_is_bands_and_moments_and_the_rest_is_heard() -> None:
    frames = features.mfcc(numpy.random.RandomState(2).randn(8000) * 1000)
    frames = frames - frames.mean(axis=0)
    bands = (frames / features._lifter()) @ features._cosines()
    random = Random(5)
    for _ in range(20):
        shown = features.masked(frames, random)
        left = (shown / features._lifter()) @ features._cosines()
        out = numpy.isclose(left, 0, atol=1e-3)
        assert numpy.allclose(left[~out], bands[~out], atol=1e-3)
        assert out.mean() < 0.6
        assert out.all(axis=1).sum() <= 16
    assert numpy.allclose(bands @ features._cosines().T * features._lifter(), frames, atol=1e-3)


def test_one_seed_is_one_line() -> None:
    first, second = (augmentation.telephone(tone(), numpy.random.RandomState(9)) for _ in "ab")
    assert numpy.array_equal(first.samples, second.samples)


def test_each_gets_its_own_sound_back_from_the_codec_and_in_time() -> None:
    quiet, loud = tone(), tone(1.5)
    batch = [
        augmentation.Heard(u, augmentation.at_rate(u.samples, u.rate_hz), u.spans, codec)
        for u, codec in ((quiet, "12.2k"), (loud, None), (loud, "12.2k"))
    ]
    done = augmentation.through_codecs(batch)
    assert [len(one.samples) for one in done] == [len(one.samples) for one in batch]
    assert done[1] is batch[1]
    for before, after in zip(batch[::2], done[::2], strict=True):
        assert numpy.corrcoef(before.samples, after.samples)[0, 1] > 0.8
        assert not numpy.array_equal(before.samples, after.samples)


def test_a_frame_is_labelled_with_the_phone_in_its_middle() -> None:
    said = tone()
    sound = augmentation.at_rate(said.samples, said.rate_hz)
    example = features.example_of(augmentation.Heard(said, sound, said.spans))
    names = [PHONES[label] for label in example.labels]
    assert [names[at] for at in (5, 30, 60, 80)] == [SILENCE, "aa", "m", SILENCE]
    assert [PHONES[phone] for phone in example.phones] == [SILENCE, "aa", "m", SILENCE]
    assert example.features.shape == (len(example.labels), INPUT_DIM)


def test_examples_come_back_from_their_file(tmp_path: Path) -> None:
    made = examples(3)
    features.save(tmp_path / "heard.npz", made)
    for one, other in zip(features.load([tmp_path / "heard.npz"]), made, strict=True):
        assert numpy.array_equal(one.features, other.features)
        assert numpy.array_equal(one.labels, other.labels)
        assert one.phones == other.phones


def test_the_mean_of_the_call_takes_the_place_of_the_training_sets() -> None:
    dice = numpy.random.RandomState(1)
    heard, mean = dice.randn(900, INPUT_DIM), dice.randn(INPUT_DIM)
    done = features.normalised(heard, mean)
    first = heard[0] - (heard[0] + 200 * mean) / 201
    assert done[0] == pytest.approx(first, abs=1e-4)
    last = heard[899] - heard[300:900].mean(axis=0)
    assert done[899] == pytest.approx(last, abs=1e-4)


def test_mmi_sums_over_the_paths_that_there_are() -> None:
    """Held against every path of three frames, written out one by one."""
    torch.manual_seed(4)
    bigram, frames = PhoneBigram.of(examples(2)), 3
    scores = torch.randn(1, frames, len(PHONES))
    few = (0, 2, 5)
    closed = torch.full_like(scores, -80.0)
    closed[:, :, list(few)] = scores[:, :, list(few)]

    def weight(path: tuple[int, ...]) -> float:
        total = bigram.begins[path[0]] + closed[0, 0, path[0]]
        for at in range(1, frames):
            stays = path[at] == path[at - 1]
            # To stay costs nothing; to go from a phone to itself anew is a path of its own.
            step = bigram.follows[path[at - 1], path[at]]
            total = total + (torch.log1p(torch.exp(step)) if stays else step)
            total = total + closed[0, at, path[at]]
        return float(total)

    every = torch.tensor([weight(path) for path in itertools.product(few, repeat=frames)])
    length = torch.tensor([frames])
    got = all_paths(closed, length, bigram)
    assert float(got[0]) == pytest.approx(float(torch.logsumexp(every, 0)), abs=1e-3)

    said = torch.tensor([[0, 2]])
    own = own_path(closed, said, length, torch.tensor([2]), bigram)
    step = bigram.begins[0] + bigram.follows[0, 2]
    timed = [closed[0, [0, 1, 2], path].sum() + step for path in ([0, 2, 2], [0, 0, 2])]
    assert float(own[0]) == pytest.approx(float(torch.logsumexp(torch.stack(timed), 0)), abs=1e-3)
    assert own[0] < got[0]


def test_the_layers_for_vosk_compute_what_the_network_does() -> None:
    made = examples()
    taught, mean = teach(made, Plan(by_frames=1, by_sentences=1), tell=lambda _: None)
    assert network(layers_of(taught))  # the shapes fit
    batch = batched(made[:1], mean)
    values = batch.features[0].double().numpy()
    first = -CONTEXT
    rows = {at: values[at - first] for at in range(first, first + len(values))}
    layers = layers_of(taught)
    for layer in layers:
        weights = numpy.array(layer.weights).reshape(layer.rows, layer.columns)
        seen = {}
        for at in rows:
            window = [rows[at + offset] for offset in layer.offsets if at + offset in rows]
            if len(window) == len(layer.offsets):
                out = weights @ numpy.concatenate(window) + numpy.array(layer.bias)
                seen[at] = out if layer is layers[-1] else numpy.maximum(out, 0)
        rows = seen
    with torch.no_grad():
        expected = taught(batch.features)[0].double().numpy()
    for place, scores in enumerate(expected):
        assert rows[3 * place] == pytest.approx(scores, abs=1e-3)


def test_a_network_goes_on_from_a_model_as_it_was(tmp_path: Path) -> None:
    made = examples()
    taught, mean = teach(made, Plan(by_frames=1, by_sentences=0), tell=lambda _: None)
    write_model(tmp_path, layers_of(taught), mean=mean.tolist())
    layers, values = read_layers(tmp_path, OFFSETS)
    assert values == pytest.approx(mean.tolist(), abs=1e-4)
    again = from_layers(layers, made, mean).eval()
    batch = batched(made[:2], mean)
    with torch.no_grad():
        # Weights have two bytes.
        assert torch.allclose(again(batch.features), taught(batch.features), atol=5e-3)
    onward = Plan(by_frames=1, by_sentences=0, rate=1e-12, onward=tmp_path)
    _, kept = teach(made, onward, tell=lambda _: None)
    assert kept.tolist() == pytest.approx(mean.tolist(), abs=1e-4)


def test_halfway_is_the_mean_of_every_weight() -> None:
    torch.manual_seed(4)
    one, other = layers_of(Network().eval()), layers_of(Network().eval())
    between = halfway(one, other)
    for a, b, middle in zip(one, other, between, strict=True):
        assert middle.offsets == a.offsets
        assert middle.weights[7] == pytest.approx((a.weights[7] + b.weights[7]) / 2, abs=1e-6)
        assert middle.bias[-1] == pytest.approx((a.bias[-1] + b.bias[-1]) / 2, abs=1e-6)
    assert halfway(one, one) == one


def test_a_model_of_another_shape_is_not_gone_on_from(tmp_path: Path) -> None:
    taught, mean = teach(examples(), Plan(by_frames=1, by_sentences=0), tell=lambda _: None)
    write_model(tmp_path, layers_of(taught), mean=mean.tolist())
    with pytest.raises(ValueError, match="more layers"):
        read_layers(tmp_path, OFFSETS[:-1])
    with pytest.raises(ValueError, match="fewer layers"):
        read_layers(tmp_path, (*OFFSETS, (0,)))


def test_a_run_that_broke_off_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    told: list[str] = []
    kept = tmp_path / "checkpoint.pt"
    made = examples()
    teach(made, Plan(by_frames=1, by_sentences=0), tell=told.append, checkpoint=kept)
    teach(made, Plan(by_frames=1, by_sentences=1), tell=told.append, checkpoint=kept)
    assert [line.split(":")[0] for line in told] == ["1/1 by frames", "2/2 by sentences"]


def test_all_that_a_step_needs_is_made_where_the_network_is() -> None:
    """Of a GPU there is none here; "meta" stands for any device that is not the default."""
    made = examples(2)
    with torch.device("meta"):
        batch = batched(made, numpy.zeros(INPUT_DIM, "f4"))
        bigram, scores = PhoneBigram.of(made), Network()(batch.features)
        lost = all_paths(scores, batch.lengths, bigram) - own_path(
            scores, batch.phones, batch.lengths, batch.counts, bigram
        )
    assert {one.device.type for one in (batch.labels, scores, lost)} == {"meta"}


def test_teaching_lowers_the_loss() -> None:
    told: list[str] = []
    teach(examples(8), Plan(by_frames=8, by_sentences=0), tell=told.append)
    losses = [float(line.split(": ")[1].split(",")[0]) for line in told]
    assert losses[-1] < losses[0]


def test_examples_that_are_too_short_for_their_phones_are_refused() -> None:
    cut = [features.Example(e.features[:6], e.labels[:6], e.phones * 5) for e in examples(1)]
    with pytest.raises(ValueError, match="long enough"):
        teach(cut, Plan(), tell=lambda _: None)


def test_a_trial_counts_what_would_be_read_back() -> None:
    none: frozenset[str] = frozenset()
    answers = [
        Answer(frozenset({"fever"}), frozenset({"fever"})),
        Answer(frozenset({"fever"}), none),
        Answer(frozenset({"cough"}), frozenset({"jaundice"})),
        Answer(none, frozenset({"fever"})),
        Answer(none, none),
    ]
    assert figures(answers) == {
        "recall": 0.333,
        "precision": 0.333,
        "false_alarms": 0.5,
        "symptoms": 3,
        "outside": 2,
    }
    assert figures([])["recall"] is None


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_every_line_of_the_trial_lets_speech_through(condition: str) -> None:
    said = tone()
    pcm = on_line(Clip("आम", said.samples, said.rate_hz, frozenset()), condition, seed=2)
    heard = numpy.frombuffer(pcm.samples, "<i2").astype("f8")
    level = numpy.abs(heard)
    # Silence of 0.3 s before, then 0.2 s of the clip's own.
    assert level[4200:9000].mean() > 3 * level[:2200].mean()


def test_a_phone_of_kokoros_sounds_before_its_durations_say() -> None:
    spans = kokoro_spans(["#", "ˈ", "m", "a", "ː", "#"], [8, 2, 4, 6, 4, 8])
    assert [span.phone for span in spans] == [SILENCE, "m", "aa", SILENCE]
    # The stress mark's time goes to m, that of length to aa; all 75 ms earlier.
    assert spans[1].start_s == pytest.approx(8 * 0.025 - 0.075)
    assert spans[2].start_s == pytest.approx(14 * 0.025 - 0.075)
    assert spans[2].end_s == pytest.approx(24 * 0.025 - 0.075)


def test_a_sign_that_no_phone_stands_for_is_no_silence() -> None:
    with pytest.raises(UnknownSoundError):
        kokoro_spans(["#", "ʘ", "#"], [4, 4, 4])
