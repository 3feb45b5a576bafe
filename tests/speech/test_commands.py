from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.commands.speech import speech
from speech.models import FIGURES, SHIPPED_DIR
from speech.synthesis import synthesise


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(speech, list(arguments), input=stdin)


def answer(*arguments: str) -> dict[str, object]:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    parsed: dict[str, object] = json.loads(result.stdout)
    return parsed


def test_symptoms_answer_as_the_public_face_says() -> None:
    assert answer("symptoms", "--lang", "hi", "--json", "मुझे तीन दिन से बुखार है, खांसी नहीं") == {
        "symptoms": [
            {"code": "fever", "negated": False, "span": [16, 21]},
            {"code": "cough", "negated": True, "span": [26, 31]},
        ],
        "urgency": "routine",
        "duration_days": 3,
    }


@pytest.mark.parametrize(
    ("arguments", "urgency"),
    [
        (("--lang", "hi", "साँप ने काट लिया"), "red"),
        (("--lang", "hi", "सीने में दर्द नहीं है"), "routine"),
        (("--lang", "hi", "पेट में बहुत तेज़ दर्द है"), "red"),
        (("--lang", "hi-Latn", "bukhar hai"), "routine"),
        (("--lang", "hi-Latn", "--age-years", "0.5", "bukhar hai"), "red"),
        (("--lang", "en", "--sex", "female", "--pregnant", "headache"), "red"),
        (("--lang", "en", "I am pregnant and have a headache"), "red"),
    ],
)
def test_urgency_follows_the_patient(arguments: tuple[str, ...], urgency: str) -> None:
    assert answer("symptoms", "--json", *arguments)["urgency"] == urgency


def test_a_line_in_is_a_line_out_also_for_an_empty_one() -> None:
    result = run(
        "symptoms", "--lang", "hi-Latn", "--stdin", "--json", stdin="bukhar\n\nkhansi nahi\n"
    )
    codes = [
        [s["code"] for s in json.loads(line)["symptoms"]] for line in result.stdout.splitlines()
    ]
    assert codes == [["fever"], [], ["cough"]]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("symptoms", "--lang", "xx", "ताप"), "hi, hi-Latn, en"),
        (("symptoms", "--lang", "hi"), "--stdin"),
        (("symptoms", "--lang", "hi", "--age-years", "-3", "ताप"), "-3"),
        (("transcribe", "--lang", "mr", __file__), "no speech model for 'mr'"),
        (("transcribe", "--lang", "hi", __file__), "not_audio"),
        (("transcribe", "--lang", "hi", "nowhere.wav"), "nowhere.wav"),
    ],
)
def test_bad_input_gets_a_clear_answer(arguments: tuple[str, ...], why: str) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert why in result.output
    assert "Traceback" not in result.output


def test_a_file_is_transcribed_as_the_public_face_says(tmp_path: Path) -> None:
    file = tmp_path / "said.wav"
    file.write_bytes(synthesise("सिर में दर्द है", "hi"))
    said = answer("transcribe", "--lang", "hi", "--json", str(file))
    assert said["text"] == "सिर में दर्द है"
    assert {"text", "confidence", "words", "seconds"} <= said.keys()


def test_models_say_plainly_where_there_is_none(tmp_path: Path) -> None:
    result = run("models", "--models-dir", str(tmp_path))
    assert "vosk-hi-doorvani-3               installed" in result.output
    assert "mr   no model exists" in result.output


def test_models_in_the_services_folder_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vosk-model-small-te-0.42" / "am").mkdir(parents=True)
    (tmp_path / "vosk-model-small-te-0.42" / "am" / "final.mdl").write_bytes(b"weights")
    monkeypatch.setenv("SPEECH_MODELS_DIR", str(tmp_path))
    rows = json.loads(run("models", "--json").stdout)["models"]
    installed = {row["language"] for row in rows if row["installed"]}
    assert installed == {"hi", "te"}


def test_the_list_tells_what_becomes_of_open_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEECH_MODELS_DIR", str(tmp_path))
    assert "answers to open questions are heard" in run("models").stdout
    shutil.copytree(SHIPPED_DIR / "vosk-hi-doorvani-3", tmp_path / "vosk-hi-doorvani-3")
    (tmp_path / "vosk-hi-doorvani-3" / FIGURES).unlink()
    assert "answers to open questions are kept for the doctor's ears" in run("models").stdout
    rows = json.loads(run("models", "--json").stdout)["models"]
    assert {row["open_questions"] for row in rows} == {False}


def test_training_says_which_libraries_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.commands.speech_train._NEEDED", ("json", "no_such_library"))
    result = run("train", "--voices", str(tmp_path))
    assert result.exit_code == 1
    assert "no_such_library missing: pip install -e '.[training,studio]'" in result.output
    assert "json" not in result.output
