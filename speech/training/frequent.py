"""The words that Hindi is made of beside complaints: what [unk] stands for, and says to teach with.

From wordfreq (data under CC-BY-SA 4.0), which counts them in subtitles, news, books and talk.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

from speech.training.lexicon import pronunciations
from speech.training.phones import Pronunciation, UnknownSoundError

COUNT: Final = 6000
# Frequencies are made more even for teaching: rare words hold the sounds in other orders.
_EVENED: Final = 0.4
_RAREST: Final = 1e-6
_DEVANAGARI: Final = re.compile(r"[\u0900-\u097f]{2,}")
_LENGTHS: Final = (1, 1, 2, 3, 4, 5)


def draw_frequent(random: Random) -> str:
    """Return some words in a row, which mean nothing together."""
    words, weights = _drawn()
    return " ".join(random.choices(words, cum_weights=weights, k=random.choice(_LENGTHS)))


def spoken_shares(also: Iterable[str]) -> dict[Pronunciation, float]:
    """Return each way of saying the frequent words, and those that are named, with its share.

    A word that espeak-ng says in another language's sounds is left out.
    """
    from wordfreq import word_frequency

    shares: defaultdict[Pronunciation, float] = defaultdict(float)
    for word in dict.fromkeys([*frequent_words(), *also]):
        try:
            ways = pronunciations([word])[word]
        except (UnknownSoundError, ValueError):
            continue
        for way in ways:
            shares[way] += max(word_frequency(word, "hi"), _RAREST) / len(ways)
    return dict(shares)


@cache
def frequent_words() -> tuple[str, ...]:
    from wordfreq import top_n_list

    return tuple(word for word in top_n_list("hi", COUNT) if _DEVANAGARI.fullmatch(word))


@cache
def _drawn() -> tuple[tuple[str, ...], tuple[float, ...]]:
    from wordfreq import word_frequency

    words = frequent_words()
    return words, tuple(accumulate(word_frequency(word, "hi") ** _EVENED for word in words))
