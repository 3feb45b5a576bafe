from __future__ import annotations

import io
import wave
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest

from speech.synthesis import RATE_HZ, VOICES, UnknownLanguageError, synthesise

GREETINGS = {
    "hi": "नमस्ते", "mr": "नमस्कार", "bn": "নমস্কার", "te": "నమస్కారం", "ta": "வணக்கம்", "gu": "નમસ્તે",
    "kn": "ನಮಸ್ಕಾರ", "ml": "നമസ്കാരം", "pa": "ਸਤ ਸ੍ਰੀ ਅਕਾਲ", "or": "ନମସ୍କାର",
    "as": "নমস্কাৰ", "ur": "السلام علیکم",
}  # fmt: skip


def samples_of(audio: bytes) -> array[int]:
    with wave.open(io.BytesIO(audio)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        return array("h", file.readframes(file.getnframes()))


@pytest.mark.parametrize("language", VOICES)
def test_every_language_is_spoken_as_telephone_audio(language: str) -> None:
    samples = samples_of(synthesise(GREETINGS.get(language, "Hello"), language))
    assert 0.3 < len(samples) / RATE_HZ < 5
    assert max(samples) > 3000


# Each word was read letter by letter: seconds for what takes a moment.
@pytest.mark.parametrize(
    ("word", "language"),
    [("সময়ত", "as"), ("হাড়", "as"), ("নাবাঢ়ে", "as"), ("ন", "as"),
     ("ଜ୍ୱର", "or"), ("ନିଶ୍ୱାସ", "or"), ("ନ", "or")],
)  # fmt: skip
def test_letters_that_the_voice_does_not_know_are_not_spelt_out(word: str, language: str) -> None:
    assert len(samples_of(synthesise(word, language))) / RATE_HZ < 0.5 + 0.12 * len(word)


def test_slower_speech_lasts_longer() -> None:
    text = "डॉक्टर आपको फ़ोन करेंगे"
    slow = len(synthesise(text, "hi", words_per_minute=90))
    assert slow > 1.2 * len(synthesise(text, "hi", words_per_minute=180))


def test_threads_take_turns_and_none_hears_anothers_words() -> None:
    texts = ["एक", "यह एक बहुत लंबा वाक्य है जो देर तक बोला जाता है"] * 4
    with ThreadPoolExecutor(4) as pool:
        lengths = [len(audio) for audio in pool.map(lambda text: synthesise(text, "hi"), texts)]
    assert max(lengths[::2]) < min(lengths[1::2]) / 2


def test_no_words_are_an_empty_file_and_not_an_error() -> None:
    assert len(samples_of(synthesise("", "hi"))) < RATE_HZ


def test_markup_is_spoken_as_words_and_never_obeyed() -> None:
    plain = samples_of(synthesise("a", "en"))
    assert len(samples_of(synthesise("<audio src='x'/> a", "en"))) > len(plain)


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(UnknownLanguageError, match=r"'xx'.*hi, en"):
        synthesise("hello", "xx")
