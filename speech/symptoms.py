"""From words to coded symptoms: a pure function over a loaded lexicon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from speech.durations import find_duration
from speech.errors import SpeechError
from speech.lexicon import Lexicon
from speech.matching import Match, Sentence, find_matches, read
from speech.negation import find_negated

# Those of the lexicon itself; `Lexicon.seeds` holds more.
LANGUAGES: Final = ("hi", "hi-Latn", "en", "en-IN")
# Beyond this nobody describes a symptom, and matching would only cost time.
MAX_CHARACTERS: Final = 2000

_SEVERE_NEAR = 2


class UnknownLanguageError(SpeechError):
    """The lexicon has no words of that language."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """A symptom said or denied; span: where it stands in the text, as [start, end)."""

    code: str
    negated: bool
    span: tuple[int, int]
    severe: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """Symptoms in the order of the text, each code once; duration_days None when not told."""

    symptoms: tuple[Symptom, ...]
    duration_days: int | None


def find_symptoms(text: str, *, language: str, lexicon: Lexicon) -> Findings:
    """Return the symptoms that a caller's words tell, and those that they deny.

    Reads Devanagari, Hindi in Roman letters and English, also mixed, whatever the language says;
    `en` only keeps English words from being taken for Hindi ones that sound alike. A seeded
    language is read with its own words and English, without Hindi's. A code that is
    both told and denied counts as told. Text beyond `MAX_CHARACTERS` is not read.
    Errors: UnknownLanguageError.
    """
    if language not in LANGUAGES and language not in lexicon.seeds:
        languages = ", ".join((*LANGUAGES, *lexicon.seeds))
        raise UnknownLanguageError(f"no symptom words in {language!r}; there are {languages}")
    lexicon = lexicon.seeds.get(language, lexicon)
    sentence = read(text[:MAX_CHARACTERS], language=language, lexicon=lexicon)
    matches = find_matches(sentence, lexicon)
    denied = find_negated(sentence, matches, lexicon.events)
    told: dict[str, Symptom] = {}
    for match in matches:
        symptom = _symptom(sentence, match, negated=match in denied)
        known = told.get(symptom.code)
        if known is None or (known.negated and not symptom.negated):
            told[symptom.code] = symptom
    ordered = sorted(told.values(), key=lambda symptom: symptom.span)
    return Findings(tuple(ordered), find_duration(sentence, lexicon))


def _symptom(sentence: Sentence, match: Match, *, negated: bool) -> Symptom:
    first, last = match.tokens[0], match.tokens[-1]
    near = range(first - _SEVERE_NEAR, last + _SEVERE_NEAR + 1)
    return Symptom(
        code=match.code,
        negated=negated,
        span=(sentence.tokens[first].start, sentence.tokens[last].end),
        severe=not negated and any(sentence.has(at, "severe") for at in near),
    )
