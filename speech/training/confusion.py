"""Minimal pairs in the trial: is one of a pair taken for the other?

Each member is said alone. It is heard as freely as any answer to a question that asks for both, and
what would be read back is compared with what was said; and, where the vocabulary has both, heard
once more with the two as the whole vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from speech.hearing import understand
from speech.lexicon import Lexicon
from speech.models import InstalledModel
from speech.recogniser import recognise
from speech.training.trial import UNHURRIED_S, Clip, on_line

_NAMED: Final = 12  # confusions that the figures name


@dataclass(frozen=True, slots=True)
class Member:
    """One of a pair, as it was heard. taken: the other's symptom would be read back for it.

    understood: its own would, None where it has none; right_of_two: None where the vocabulary
    lacks one of the two.
    """

    said: str
    other: str
    taken: bool
    understood: bool | None
    right_of_two: bool | None


def try_pairs(
    clips: Sequence[Clip],
    *,
    model: InstalledModel,
    lexicon: Lexicon,
    vocabulary: frozenset[str],
    condition: str,
    seed: int,
) -> list[Member]:
    """Return what became of each member. clips: the two of a pair one after the other."""
    found: list[Member] = []
    for number, clip in enumerate(clips):
        other = clips[number ^ 1]
        pcm = on_line(clip, condition, seed * 1000 + number)
        asked = clip.symptoms | other.symptoms
        transcript = recognise(pcm, model=model, alternatives=True, limit_s=UNHURRIED_S)
        heard = understand(transcript, model.spec, lexicon, asked=asked)
        offered = frozenset(heard.offered)
        right = None
        if vocabulary.issuperset(f"{clip.text} {other.text}".split()):
            two = recognise(
                pcm, model=model, vocabulary=[clip.text, other.text], limit_s=UNHURRIED_S
            )
            right = two.text == clip.text
        own = bool(offered & clip.symptoms) if clip.symptoms else None
        found.append(Member(clip.text, other.text, bool(offered - clip.symptoms), own, right))
    return found


def figures(members: Sequence[Member]) -> dict[str, Any]:
    """Return the shares, over how many they were taken, and the first confusions by name."""
    told = [one.understood for one in members if one.understood is not None]
    of_two = [one.right_of_two for one in members if one.right_of_two is not None]
    confused = [[one.said, one.other] for one in members if one.taken]
    return {
        "members": len(members),
        "taken": len(confused),
        "told": len(told),
        "understood": sum(told),
        "of_two": len(of_two),
        "right_of_two": sum(of_two),
        "confused": confused[:_NAMED],
    }
