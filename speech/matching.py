"""Finds the lexicon's forms in a sentence, and lets the more specific one win where two overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from speech.forms import MIN_GUESS, Pattern, Room
from speech.lexicon import ANY_ENDING, Lexicon
from speech.phonetics import Kind, Token, sound_of, tokenise

# Words of content that may stand inside a form: "सीने में कल रात अचानक उठा दर्द".
MAX_GAP: Final = 3
# Two slips are forgiven only in a long word; in a short one they make another word.
_TWO_SLIPS_FROM: Final = 8
_NONE: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens, and for each the slots that it can fill; one stop is added at the end."""

    tokens: tuple[Token, ...]
    fills: tuple[frozenset[int], ...]
    roles: Mapping[str, int]

    def has(self, at: int, role: str) -> bool:
        """Tell whether the token there belongs to a class; false outside the sentence."""
        return 0 <= at < len(self.fills) and self.roles[role] in self.fills[at]


@dataclass(frozen=True, slots=True)
class Match:
    """A form found: the tokens that make it up, in the order of the sentence.

    content: how many of them are more than words of grammar, time and degree.
    """

    code: str
    tokens: tuple[int, ...]
    content: int
    gap: int
    backwards: bool
    shared: bool

    def rank(self) -> tuple[int, int, bool, int, bool, int]:
        """Order of preference: more words of content, more words, fewer strangers between them,
        the usual order, the first."""
        length = len(self.tokens)
        first = self.tokens[0]
        return (-self.content, -length, self.shared, self.gap, self.backwards, first)


def read(text: str, *, language: str, lexicon: Lexicon) -> Sentence:
    """Return the text as words with what each of them may be in the lexicon."""
    tokens = tokenise(text)
    end = len(text)
    tokens.append(Token("", "", Kind.STOP, end, end))
    english_first = language.startswith("en")
    words = [
        part for token in tokens for part in _parts(token, lexicon, english_first=english_first)
    ]
    return Sentence(
        tuple(token for token, _ in words), tuple(fill for _, fill in words), lexicon.roles
    )


def find_matches(sentence: Sentence, lexicon: Lexicon) -> list[Match]:
    """Return the forms that stand in the sentence, none sharing a word with a better one."""
    found = sorted(_candidates(sentence, lexicon), key=Match.rank)
    taken: set[int] = set()
    kept: list[Match] = []
    for match in found:
        mine = set(match.tokens)
        # "पेट और सिर में दर्द": two complaints share the pain.
        if (mine <= taken) or (mine & taken and not match.shared):
            continue
        kept.append(match)
        taken |= mine
    return sorted(kept, key=lambda match: match.tokens[0])


def _parts(
    token: Token, lexicon: Lexicon, *, english_first: bool
) -> Iterator[tuple[Token, frozenset[int]]]:
    """Part a word from a denial that has grown into it: പനിയില്ല is പനി and ഇല്ല."""
    known = partial(_slots, lexicon=lexicon, english_first=english_first)
    index = lexicon.index
    # A word that the lexicon lists whole ("കുടിക്കുന്നില്ല", "does not drink") stays whole.
    if token.plain not in index.spelt and token.key not in index.sounds:
        for ending, rest in lexicon.denied_endings:
            if not token.plain.endswith(ending):
                continue
            plain = token.plain.removesuffix(ending) + rest
            word = replace(token, plain=plain, key=sound_of(plain)) if plain else token
            if plain and (slots := known(word, word.key, word.plain)):
                yield word, slots
                yield replace(token, plain=ending), frozenset({lexicon.roles["not"]})
                return
    yield token, _fill(token, lexicon, english_first=english_first)


def _fill(token: Token, lexicon: Lexicon, *, english_first: bool) -> frozenset[int]:
    if token.kind is Kind.STOP:
        return frozenset({lexicon.roles["end"]})
    if token.kind is Kind.NUMBER:
        return frozenset({lexicon.roles["light"]})
    exact = _slots(token, token.key, token.plain, lexicon, english_first=english_first)
    if exact:
        return exact
    if token.kind is Kind.LATIN and token.key.endswith("n"):
        # Roman spelling shows a nasal vowel that Devanagari's key leaves out: "nahin", "jodon".
        exact = _slots(token, token.key[:-1], token.plain, lexicon, english_first=english_first)
    return exact or _guess(token, lexicon, english_first=english_first)


def _slots(
    token: Token, sound: str, plain: str, lexicon: Lexicon, *, english_first: bool
) -> frozenset[int]:
    index = lexicon.index
    slots = set(index.spelt.get(token.plain, _NONE))
    if token.kind is Kind.LATIN:
        slots |= index.english.get(plain, _NONE)
        slots |= _stemmed(plain, index.english_stems, lexicon.english_endings)
        if english_first and plain in lexicon.not_hindi:
            return frozenset(slots)
    slots |= index.sounds.get(sound, _NONE)
    slots |= _stemmed(sound, index.stems, lexicon.endings)
    return frozenset(slots)


def _stemmed(word: str, stems: Mapping[str, set[int]], endings: frozenset[str]) -> set[int]:
    found: set[int] = set()
    for cut in range(2, len(word) + 1):
        if word[cut:] in endings or ANY_ENDING in endings:
            found |= stems.get(word[:cut], _NONE)
    return found


def _guess(token: Token, lexicon: Lexicon, *, english_first: bool) -> frozenset[int]:
    """Return the slots of the one known word that a misspelt or misheard one is nearest to."""
    written = token.plain if english_first and token.kind is Kind.LATIN else token.key
    if len(written) < MIN_GUESS:
        return _NONE
    slips = 2 if len(written) >= _TWO_SLIPS_FROM else 1
    near = lexicon.index.guesses.get(written[0], [])
    best = process.extractOne(written, near, scorer=OSA.distance, score_cutoff=slips)
    if best is None:
        return _NONE
    return _slots(token, best[0], best[0], lexicon, english_first=english_first)


def _candidates(sentence: Sentence, lexicon: Lexicon) -> Iterator[Match]:
    for at, slots in enumerate(sentence.fills):
        for slot in slots:
            for pattern in lexicon.patterns.get(slot, ()):
                match = _match(sentence, pattern, at)
                if match is not None:
                    yield match


def _match(sentence: Sentence, pattern: Pattern, first: int) -> Match | None:
    places, gap, shared = [first], 0, False
    for slot, room in zip(pattern.slots[1:], pattern.rooms, strict=True):
        strangers = MAX_GAP - gap if room is Room.SOME else 0
        last = places[-1] + 1 if room is Room.NONE else len(sentence.fills) - 1
        step = _seek(sentence, slot, range(places[-1] + 1, last + 1), strangers=strangers)
        if step is None:
            return None
        places.append(step.at)
        gap += step.gap
        shared = shared or step.shared
    stop = sentence.roles["end"]
    words = [at for at, slot in zip(places, pattern.slots, strict=True) if slot != stop]
    content = sum(not sentence.has(at, "light") for at in words)
    return Match(pattern.code, tuple(words), content, gap, pattern.backwards, shared)


@dataclass(frozen=True, slots=True)
class _Step:
    at: int
    gap: int
    shared: bool


def _seek(sentence: Sentence, slot: int, where: range, *, strangers: int) -> _Step | None:
    """Return the next word that fills the slot, unless a clause ends or too much stands between."""
    gap, shared = 0, False
    for at in where:
        if at == len(sentence.fills):
            return None
        if slot in sentence.fills[at]:
            return _Step(at, gap, shared)
        if _joins_alike(sentence, at):
            shared = True
        elif any(sentence.has(at, role) for role in ("end", "but", "and")):
            return None
        elif not sentence.has(at, "light") and not (shared and _alike(sentence, at)):
            gap += 1
        if gap > strangers:
            return None
    return None


def _joins_alike(sentence: Sentence, at: int) -> bool:
    """Tell whether an "and" or a comma stands between two parts of the body or two sensations."""
    token = sentence.tokens[at]
    if not (sentence.has(at, "and") or token.plain == ","):
        return False
    before = at - 2 if sentence.has(at - 1, "light") else at - 1
    return any(sentence.has(before, k) and sentence.has(at + 1, k) for k in ("body", "sensation"))


def _alike(sentence: Sentence, at: int) -> bool:
    return sentence.has(at, "body") or sentence.has(at, "sensation")
