"""Keys and seconds of prompts from dial to token, journey by journey.

Each journey of tests/ivr_flows/journeys.yaml is walked through the shipped flows; every prompt is
spoken by our own synthesiser and measured, so that the seconds are of real audio. Two figures:
`heard`, what is said until she presses, as soon as her own option and its key have been said, which
is what is wanted of it; and `whole`, every word of every prompt, for one who lets all be said.
Waiting for the machine to hear, for the carrier and for her thinking is not counted, since no
prompt is said then.
"""

from __future__ import annotations

import io
import sys
import wave
from collections.abc import Sequence
from functools import cache
from typing import Final

from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.steps import Gather, Record, Say, Utterance
from ivr_flows.loading import load_flow_book
from speech.synthesis import synthesise
from tests.ivr_flows.journeys import Act, Journey, load_journeys, walk

# The most keys and the most seconds heard.
FIRST: Final = (12, 120.0)
RETURNING: Final = (3, 40.0)
HELD: Final = {
    "first_call_spoken": FIRST,
    "first_call_keyed": FIRST,
    "first_call_pregnant_danger": FIRST,
    "first_call_baby": FIRST,
    "known_caller_spoken": RETURNING,
    "known_caller_same_trouble": RETURNING,
}
TOKEN: Final = "waiting_room.join"


@cache
def seconds_of(text: str, language: str) -> float:
    with wave.open(io.BytesIO(synthesise(text, language))) as audio:
        return float(audio.getnframes() / audio.getframerate())


def spoken_s(utterances: Sequence[Utterance]) -> float:
    return sum(seconds_of(u.text, u.language) for u in utterances if u.text)


def said_in(act: Act) -> list[Utterance]:
    """Return all words of a turn up to the token."""
    assert act.told.turn is not None
    return [
        utterance
        for step in act.told.turn.steps
        if isinstance(step, Say | Gather | Record)
        for utterance in step.utterances
    ]


def heard_before(said: Sequence[Utterance], key: str) -> Sequence[Utterance]:
    """Return what is said up to and with the key that she presses next."""
    for at, utterance in enumerate(said):
        if utterance.prompt == f"key.{key}":
            return said[: at + 1]
    return said


def measure(
    journey: Journey, book: FlowBook, *, language: str, tell: bool
) -> tuple[int, float, float]:
    """Return keys, seconds of all prompts, and seconds heard, from dial to token."""
    acts = list(walk(journey, book, language=language))
    keys, whole, heard = 0, 0.0, 0.0
    for number, act in enumerate(acts):
        pressed = act.caller.removeprefix("presses ") if act.caller.startswith("presses ") else ""
        keys += 0 if pressed in ("", "nothing") else len(pressed)
        said = said_in(act)
        if TOKEN in {effect.name for effect in act.told.asked}:
            said = said[: 1 + [u.prompt for u in said].index("token.spoken")]
        following = acts[number + 1].caller if number + 1 < len(acts) else ""
        part = heard_before(said, following.removeprefix("presses "))
        whole += spoken_s(said)
        heard += spoken_s(part)
        if tell:
            print(f"  {act.caller:24} {spoken_s(said):5.1f} s  {' '.join(u.text for u in said)}")
        if TOKEN in {effect.name for effect in act.told.asked}:
            return keys, whole, heard
    raise AssertionError(f"{journey.name} never reaches a token")


def main() -> None:
    """Print every journey to a token in every language; the first one word by word."""
    book = load_flow_book()
    journeys = {journey.name: journey for journey in load_journeys()}
    first = next(iter(HELD))
    print(f"{first}, word by word")
    measure(journeys[first], book, language=book.languages[0], tell=True)
    print(f"\n{'':28}{'':6}{'keys':>6}{'whole':>9}{'heard':>9}   wanted")
    broken = 0
    for name, (most_keys, most_s) in HELD.items():
        for language in book.languages:
            keys, whole, heard = measure(journeys[name], book, language=language, tell=False)
            holds = keys <= most_keys and heard <= most_s
            broken += not holds
            print(
                f"{name:28}{language:6}{keys:6}{whole:7.1f} s{heard:7.1f} s   "
                f"{most_keys} keys, {most_s:.0f} s{'' if holds else '   MISSED'}"
            )
    if broken:
        sys.exit(f"{broken} journeys take longer than wanted")


if __name__ == "__main__":
    main()
