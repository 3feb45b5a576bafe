"""The parts of the recogniser's pipeline that need no trained network.

A prototype's files were written by another program: where ours writes the same bytes, it is right.
"""

from __future__ import annotations

import shutil
import struct
from array import array
from pathlib import Path

import pytest

from speech.audio import Pcm
from speech.models import SHIPPED_DIR, InstalledModel, find_model
from speech.recogniser import recognise
from speech.synthesis import synthesise
from speech.training.kaldi import (
    INPUT_DIM,
    KALDI_PHONES,
    Affine,
    kaldi_ids,
    network,
    transition_model,
    write_model,
)
from speech.training.phones import PHONES, UnknownSoundError, phones_of
from speech.training.variants import MAX_VARIANTS, variants_of
from tests.speech.test_recogniser import SHIPPED, pcm_of, placed_at

SHAPES = [((-2, -1, 0, 1, 2), 256), ((-1, 0, 1), 256), ((-1, 0, 1), 320)]
SHAPES += [((-3, 0, 3), 320)] * 4 + [((0,), len(PHONES))]


def acoustic_model(folder: Path) -> bytes:
    return (folder / "am" / "final.mdl").read_bytes()


def layers_of(shapes: list[tuple[tuple[int, ...], int]]) -> list[Affine]:
    layers, width = [], INPUT_DIM
    for offsets, rows in shapes:
        columns = width * len(offsets)
        layers.append(
            Affine(offsets, array("f", bytes(4 * rows * columns)), array("f", [0] * rows))
        )
        width = rows
    return layers


@pytest.mark.parametrize(
    ("ipa", "phones"),
    [
        ("bʊkʰˈaːɾ", "b u kh aa r"),
        ("ɡʰˈʊʈnˌeː", "g h u T n e"),
        ("mˈẽː", "m e"),
        ("pər.hˈaːi", "p ə R h aa ii"),
        ("(en)dˈɒktə(hi)", "d au k t ə"),
        ("bˈaccaː", "b aa c aa"),
        ("ˈaːaː", "aa aa"),
        ("", ""),
    ],
)
def test_ipa_is_folded_to_the_phones_of_the_network(ipa: str, phones: str) -> None:
    assert phones_of(ipa) == tuple(phones.split())


def test_a_sound_that_no_phone_stands_for_is_named() -> None:
    with pytest.raises(UnknownSoundError, match=r"U\+0298"):
        phones_of("kʘa")


@pytest.mark.parametrize(
    ("word", "careful", "also"),
    [
        ("मुझे", "m u j h e", "m u j e"),
        ("ज़हर", "z ə h ə r", "j ai h ai r"),
        ("सुबह", "s u b ə h", "s u b ə"),
        ("दांत", "d aa t", "d aa n t"),
        ("पहले", "p ə h l e", "p ai h l e"),
        ("हफ़्ते", "h ə f t e", "h ə ph t e"),
    ],
)
def test_a_word_is_also_known_as_villagers_say_it(word: str, careful: str, also: str) -> None:
    found = variants_of(word, tuple(careful.split()))
    assert found[0] == tuple(careful.split())
    assert tuple(also.split()) in found
    assert len(set(found)) == len(found) <= MAX_VARIANTS


@pytest.mark.parametrize(("word", "spoken"), [("घर", "g h ə r"), ("दाम", "d aa m"), ("कह", "ə h")])
def test_a_word_keeps_what_tells_it_from_another(word: str, spoken: str) -> None:
    assert variants_of(word, tuple(spoken.split())) == (tuple(spoken.split()),)


def test_a_phone_is_numbered_by_its_place_in_the_word() -> None:
    names = [[KALDI_PHONES[k - 1] for k in kaldi_ids(p)] for p in (("aa",), tuple("kəm"))]
    assert names == [["aa_S"], ["k_B", "ə_I", "m_E"]]


def test_the_transition_model_is_byte_for_byte_that_of_another_program(
    prototype_model: Path,
) -> None:
    written, theirs = b"\0B" + transition_model(), acoustic_model(prototype_model)
    assert theirs[: len(written)] == written
    assert theirs[len(written) :].startswith(b"<Nnet3> ")


def test_the_model_that_ships_was_written_here() -> None:
    ours = acoustic_model(SHIPPED_DIR / SHIPPED)
    assert ours.startswith(b"\0B" + transition_model() + b"<Nnet3> ")
    assert ours.count(b"<LinearParams> CM2 ") == len(SHAPES)


def test_weights_of_two_bytes_hear_what_those_of_four_heard(
    prototype_model: Path, tmp_path: Path
) -> None:
    theirs, compact = acoustic_model(prototype_model), tmp_path / "compact"
    written = b"\0B" + transition_model() + network(layers_in(theirs))
    shutil.copytree(prototype_model, compact)
    (compact / "am" / "final.mdl").write_bytes(written)
    assert len(written) < 0.51 * len(theirs)
    pcm = pcm_of(synthesise("मुझे तीन दिन से बुखार है और सिर में दर्द हो रहा है", "hi"))
    ours = recognise(pcm, model=placed_at(compact))
    before = recognise(pcm, model=placed_at(prototype_model))
    assert ours.text == before.text == "मुझे तीन दिन से बुखार है और सिर में दर्द हो रहा है"
    assert ours.confidence == pytest.approx(before.confidence, abs=0.01)


def layers_in(acoustic: bytes) -> list[Affine]:
    """The layers of a network whose weights have four bytes each."""
    layers, at = [], 0
    for offsets, _rows in SHAPES:
        at = acoustic.index(b"<LinearParams> FM ", at) + len(b"<LinearParams> FM ")
        rows, columns = struct.unpack_from("<xixi", acoustic, at)
        weights = array("f", acoustic[at + 10 : at + 10 + 4 * rows * columns])
        at = acoustic.index(b"<BiasParams> FV ", at + 4 * rows * columns)
        at += len(b"<BiasParams> FV ")
        layers.append(Affine(offsets, weights, array("f", acoustic[at + 5 : at + 5 + 4 * rows])))
    return layers


def test_vosk_loads_a_model_that_was_written_here_and_hears_what_it_was_made_to(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "written"
    layers = layers_of(SHAPES)
    layers[-1].bias[PHONES.index("SIL")] = 20.0
    write_model(folder, layers, mean=[0.0] * INPUT_DIM)
    for part in ("HCLr.fst", "Gr.fst", "words.txt", "disambig_tid.int"):
        shutil.copy(SHIPPED_DIR / SHIPPED / "graph" / part, folder / "graph" / part)
    for part in ("graph/phones.txt", "graph/phones/word_boundary.int", "conf/mfcc.conf"):
        assert (folder / part).read_bytes() == (SHIPPED_DIR / SHIPPED / part).read_bytes()
    heard = recognise(Pcm(bytes(16000), 8000), model=placed_at(folder))
    assert (heard.model, heard.text) == ("written", "")


def test_shapes_that_do_not_fit_are_refused_before_a_file_is_written(tmp_path: Path) -> None:
    good = layers_of(SHAPES)
    with pytest.raises(ValueError, match="layer 1 takes"):
        write_model(tmp_path / "m", [good[0], good[3]], mean=[0.0] * INPUT_DIM)
    with pytest.raises(ValueError, match="outputs for"):
        write_model(tmp_path / "m", good[:-1], mean=[0.0] * INPUT_DIM)
    with pytest.raises(ValueError, match="the mean has 1"):
        write_model(tmp_path / "m", good, mean=[0.0])
    with pytest.raises(ValueError, match="whole rows"):
        Affine((0,), array("f", [1, 2, 3]), array("f", [0, 0]))
    assert not (tmp_path / "m").exists()


def test_the_model_that_ships_is_the_one_these_tests_hold_the_writer_against() -> None:
    model = find_model("hi", None)
    assert isinstance(model, InstalledModel)
    assert model.path == SHIPPED_DIR / SHIPPED
