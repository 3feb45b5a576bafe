"""The documents of each dialect, letter by letter: what a carrier's own parser was read against.

`python -m tests.telephony.test_goldens` writes them anew; each change is to be read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest

from gateway.telephony.dialects import DIALECTS
from gateway.telephony.document import BridgeTarget, TurnUrls, UnrenderableError
from gateway.telephony.plivo_xml import ACCEPT_KEY
from gateway.telephony.render import render
from gateway.telephony.speech import AudioTokens, CarrierVoice, SpeechBook
from ivr_flows.engine.nodes import MenuNode
from ivr_flows.engine.steps import (
    Bridge,
    Dial,
    Gather,
    Hangup,
    Next,
    Pause,
    Play,
    Record,
    Reject,
    Say,
    Sound,
    Step,
    Utterance,
)
from ivr_flows.loading import load_flow_book

GOLDEN: Final = Path(__file__).parent / "golden"
ORIGIN: Final = "https://door.example"
HELLO = Utterance("hello", "hi", "नमस्ते R&D <b>", pieces=("hello",))
RECORDED = Utterance("recorded", "hi", "आप", pieces=("recorded",))
TURNS: Final[dict[str, tuple[Step, ...]]] = {
    "menu": (Gather((HELLO, RECORDED), max_digits=1, timeout_s=4),),
    "number": (Gather((HELLO,), max_digits=3, timeout_s=6, finish_on_key="#"),),
    "hold": (Gather((), max_digits=1, timeout_s=1, sound=Sound.HOLD),),
    "complaint": (Record((HELLO,), max_s=30, silence_s=3),),
    "say and go on": (Say((HELLO,)), Pause(2), Play(Sound.HOLD), Next()),
    "bridge": (Bridge("o1"),),
    "ambulance": (Say((HELLO,)), Dial("108")),
    "goodbye": (Say((HELLO,)), Hangup()),
    "refused": (Reject(),),
}


def document(dialect: str, steps: tuple[Step, ...]) -> str:
    urls = TurnUrls(f"{ORIGIN}/voice/{dialect}/turn/c1/3", "S1$c1$3", "+911800000100")
    bridge = BridgeTarget(
        number="+919800000002",
        caller_id="+911800000100",
        whisper_url=f"{ORIGIN}/whisper",
        joined_url=f"{ORIGIN}/joined",
        action_url=urls.next_turn,
        status_url=f"{ORIGIN}/status",
        ring_s=20,
        time_limit_s=3600,
    )
    speech = SpeechBook(
        ORIGIN,
        AudioTokens("secret"),
        voices={(dialect, "hi"): CarrierVoice("a-voice", "hi-IN")},
        recordings={("recorded", "hi"): "1a2b"},
    )
    try:
        text = render(steps, urls=urls, speech=speech, dialect=DIALECTS[dialect], bridge=bridge)
    except UnrenderableError as error:
        return f"refused: {error}"
    root = ElementTree.fromstring(text)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode")


def documents(dialect: str) -> str:
    parts = (f"-- {name}\n{document(dialect, steps)}\n" for name, steps in TURNS.items())
    return "\n".join(parts)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_dialects_documents_are_what_they_were(dialect: str) -> None:
    assert documents(dialect) == (GOLDEN / f"{dialect}.txt").read_text(encoding="utf-8")


def test_the_key_that_plivo_takes_from_the_doctor_is_the_key_that_she_is_told() -> None:
    whisper = load_flow_book().newest("offer").node("whisper")
    assert isinstance(whisper, MenuNode)
    assert whisper.choices[ACCEPT_KEY].say.prompt == "offer.accept"


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in sorted(DIALECTS):
        (GOLDEN / f"{each}.txt").write_text(documents(each), encoding="utf-8")
