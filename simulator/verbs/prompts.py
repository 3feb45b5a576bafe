"""Say, Play and Pause."""

from __future__ import annotations

from collections.abc import Callable

from simulator.media import Sound
from simulator.turn import CarrierError, Turn
from simulator.twiml import Pause, Play, Prompt, Say
from simulator.webhooks import WebhookError

# What Twilio makes of loop="0", which asks for endless repetition.
ENDLESS_LOOPS = 1000


def perform_prompt(turn: Turn, prompt: Prompt, until: Callable[[], bool] = lambda: False) -> bool:
    """Let the leg hear the prompt; return True if `until` cut it short.

    Raises HungUp, Redirected, and CarrierError when there is nothing to hear.
    """
    if isinstance(prompt, Pause):
        turn.exchange.note(turn.call, "silence", seconds=prompt.seconds)
        return turn.call.wait(turn.exchange.clock.wall_s(prompt.seconds), until)
    for _ in range(prompt.loop or ENDLESS_LOOPS):
        if until():
            return True
        sound = _announce(turn, prompt)
        if turn.call.wait(turn.exchange.clock.wall_s(sound.seconds), until):
            return True
    return False


def _announce(turn: Turn, prompt: Say | Play) -> Sound:
    studio = turn.exchange.studio
    facts: dict[str, object] = {"verb": "play"}
    try:
        if isinstance(prompt, Play):
            sound = studio.play(turn.resolve(prompt.url))
            if sound.caption:
                facts["text"] = sound.caption
        else:
            sound = studio.say(prompt.text, prompt.language)
            facts = {
                "verb": "say",
                "text": prompt.text,
                "language": prompt.language,
                "voice": prompt.voice,
            }
    except WebhookError as failure:
        raise CarrierError(failure.code, str(failure), failure.url) from failure
    turn.exchange.note(
        turn.call, "prompt", **facts, audio_url=sound.url, seconds=round(sound.seconds, 3)
    )
    return sound
