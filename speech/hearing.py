"""From a recording to what may be read back to the caller: audio → words → symptoms.

The policy, whose figures stand with each model in config/speech_models.yaml:

* A symptom is offered for a yes by key only when its least certain word reaches `offer_from`; the
  others are kept for the doctor, told apart. At most three are offered, the most certain first.
* An utterance is trusted only when `sure_share` of its words are known and reach `offer_from`. A
  closed model turns any speech into its own words and [unk], but unsurely. The line was drawn
  after seeing 16 human sentences about other things and 20 synthesised complaints, and no human
  complaint was among them, so it lowers the danger and does not end it.
* An open question is for a model that was measured to bear it (`InstalledModel.hears_freely`); else
  its answer is for the doctor's ears.
* Where a few answers were asked for, anything is heard and only those are offered (ADR 16). Of so
  few, one may be less certain: `asked_from` takes the place of `offer_from`, and a symptom's
  confidence is its share of all that may have been said, not of one way of hearing it (ADR 29).
* Of answers that are no symptoms (`speech.answers`) one counts where nothing else is said. A yes
  or a no is weighed as one of a few; a part of the body, to which any trouble is an answer as well,
  as free speech.
* Nothing heard here is a fact. It neither raises, lowers nor clears a red flag until the caller
  has confirmed it by a key: a closed model has said "पीलिया" for "काट लिया" with confidence 1.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from speech.answers import load_answers
from speech.audio import UnusableAudio, prepare
from speech.errors import SpeechError
from speech.lexicon import Lexicon
from speech.models import UNKNOWN, Manifest, ModelSpec, NoModel, find_model
from speech.recogniser import Alternative, Transcript, recognise
from speech.symptoms import Symptom, find_symptoms

log = logging.getLogger(__name__)

MAX_OFFERED: Final = 3


@dataclass(frozen=True, slots=True)
class HeardSymptom:
    """A symptom in the transcript; confidence is that of its least certain word (0-1).

    Where alternatives were heard: the share of those that tell of it.
    """

    code: str
    negated: bool
    span: tuple[int, int]
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the machine heard. offered: codes to read back one by one, the most certain first.

    answer: the code of the answer that was asked for and is no symptom; nothing is offered then.
    `duration_days` was heard too, and is as unconfirmed as the rest.
    """

    transcript: Transcript
    symptoms: tuple[HeardSymptom, ...]
    offered: tuple[str, ...]
    duration_days: int | None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """The model is broken or too slow; the audio is for the doctor, and the keypad takes over."""

    reason: str


Hearing: TypeAlias = Heard | UnusableAudio | NoModel | ModelFailed


def hear(
    audio: bytes,
    *,
    language: str,
    models_dir: Path | None,
    lexicon: Lexicon,
    asked: Collection[str] = (),
    manifest: Manifest | None = None,
) -> Hearing:
    """Return what may be read back from a recording, or the named reason why nothing may.

    asked: the codes of the answers that the prompt asked for, where it asked for one of a few;
    empty where it asked for anything. Never raises for what the audio or the models hold.
    """
    model = find_model(language, models_dir, manifest=manifest)
    if isinstance(model, NoModel):
        return model
    few = one_of_few(asked)
    if not few and not model.hears_freely:
        return NoModel(language)
    pcm = prepare(audio, rate_hz=model.spec.rate_hz)
    if isinstance(pcm, UnusableAudio):
        return pcm
    try:
        transcript = recognise(pcm, model=model, alternatives=few)
    except SpeechError as error:
        log.warning("recognition_failed", extra={"model": model.spec.name, "why": str(error)})
        return ModelFailed(type(error).__name__)
    return understand(transcript, model.spec, lexicon, asked=asked)


def one_of_few(asked: Collection[str]) -> bool:
    """Tell whether one of a few answers was asked for, and not anything, or a part of the body."""
    known = load_answers()
    return bool(asked) and not any(code in known and known[code].open for code in asked)


def understand(
    transcript: Transcript, spec: ModelSpec, lexicon: Lexicon, *, asked: Collection[str] = ()
) -> Heard:
    """Return the symptoms in a transcript, and which of them may be read back.

    asked: as of `hear`. Of alternatives the one is kept that tells the surest answer.
    """
    few = one_of_few(asked)
    offer_from = (few and spec.asked_from) or spec.offer_from
    trusted = _sure_share(transcript, offer_from) >= spec.sure_share
    ways = [(way, _codes(way.text, spec, lexicon)) for way in transcript.alternatives]
    shares = {code: _share(code, ways) for code in frozenset[str]().union(*(c for _, c in ways))}
    answers = {c: s for c, s in shares.items() if c in asked and s >= offer_from}
    transcript = _answering(transcript, ways, answers)
    found = find_symptoms(transcript.text, language=spec.language, lexicon=lexicon)
    symptoms = tuple(
        HeardSymptom(
            s.code,
            s.negated,
            s.span,
            _least_certain(transcript, s) if s.negated or not ways else shares[s.code],
        )
        for s in found.symptoms
    )
    told = shares if ways else _told(transcript, symptoms, _codes(transcript.text, spec, lexicon))
    sure = [c for c, s in told.items() if trusted and s >= offer_from]
    sure.sort(key=lambda code: -told[code])
    said = [code for code in sure if code in load_answers() and code in asked]
    offered = [c for c in sure if c not in load_answers() and (not few or c in asked)]
    return Heard(
        transcript=transcript,
        symptoms=symptoms,
        offered=tuple(offered[:MAX_OFFERED]),
        duration_days=found.duration_days if trusted else None,
        answer=said[0] if len(said) == 1 else None,
    )


def _codes(text: str, spec: ModelSpec, lexicon: Lexicon) -> frozenset[str]:
    """Return the symptoms that are told, or the one answer that is none."""
    found = find_symptoms(text, language=spec.language, lexicon=lexicon)
    told = frozenset(symptom.code for symptom in found.symptoms if not symptom.negated)
    answer = None if found.symptoms else load_answers().find(text, language=spec.language)
    return told if answer is None else frozenset({answer})


def _told(
    transcript: Transcript, symptoms: Sequence[HeardSymptom], codes: Collection[str]
) -> dict[str, float]:
    """Return the confidence of each code of the one way that was heard; an answer is all of it."""
    known = {symptom.code: symptom.confidence for symptom in symptoms if not symptom.negated}
    least = min((word.confidence for word in transcript.words), default=0.0)
    return {code: known.get(code, least) for code in codes}


def _share(code: str, ways: Sequence[tuple[Alternative, frozenset[str]]]) -> float:
    return round(min(1.0, sum(way.share for way, codes in ways if code in codes)), 3)


def _answering(
    transcript: Transcript,
    ways: Sequence[tuple[Alternative, frozenset[str]]],
    answers: Mapping[str, float],
) -> Transcript:
    """Return the transcript by the likeliest way that tells the surest of the answers, if any."""
    if not answers:
        return transcript
    surest = max(answers, key=lambda code: answers[code])
    way = next(way for way, codes in ways if surest in codes)
    return replace(transcript, text=way.text, words=way.words)


def _least_certain(transcript: Transcript, symptom: Symptom) -> float:
    """Return the confidence of the least certain word in the symptom's span."""
    start, end = symptom.span
    at, confidences = 0, []
    for word in transcript.words:
        if at < end and at + len(word.text) > start:
            confidences.append(word.confidence)
        at += len(word.text) + 1
    return min(confidences)


def _sure_share(transcript: Transcript, offer_from: float) -> float:
    sure = sum(word.confidence >= offer_from and word.text != UNKNOWN for word in transcript.words)
    return sure / len(transcript.words) if transcript.words else 0.0
