"""A patient of the chaos run: she dials until she has talked to a doctor, as people do."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gateway.demo.consultation import FIRST_CALL
from gateway.demo.gloss import Gloss
from gateway.demo.phone import Phone
from gateway.domain.errors import GatewayError

# A patient who was joined to nobody for so long is lost.
PATIENCE_S: Final = 240.0
# Yes to whoever calls back.
PLAN: Final = {
    **FIRST_CALL,
    "callback.who": "1",
    "menu.doctor": "1",
    "welcome.back": "1",
    "household.who": "1",
}


BY_KEYS: Final = {**PLAN, "tell.after_tone": "2"}


@dataclass(slots=True)
class Patient:
    """Somebody who dials until she has talked to a doctor; words: what she says, if she speaks."""

    phone: Phone
    gloss: Gloss
    target: str
    chance: random.Random
    words: bytes | None = None
    joined: bool = False

    def consult(self) -> bool:
        """Return whether she was joined to a doctor within her patience."""
        end = time.monotonic() + PATIENCE_S
        while not self.joined and time.monotonic() < end:
            with suppress(GatewayError):  # she is being called back at this moment
                self.phone.dial(self.target)
            self._call()
            time.sleep(self.chance.uniform(0.2, 2.0))
        return self.joined

    def _call(self) -> None:
        """Live through one call, up to its end."""
        asked: list[str] = []
        impatient = self.chance.random() < 0.15
        for event in self.phone.events(timeout_s=PATIENCE_S / 4):
            try:
                match event["kind"]:
                    case "prompt" if event.get("text"):
                        understood = self.gloss.recognise(str(event["text"]))
                        if understood:
                            asked.append(understood.prompt)
                        if impatient and understood and understood.prompt == "token.spoken":
                            self.phone.hang_up()  # her money has run out, or the line
                    case "gathering":
                        self._key(asked)
                        asked.clear()
                    case "recording":
                        if self.words and any(prompt.startswith("tell.") for prompt in asked):
                            self.phone.speak(self.words)
                        asked.clear()
                    case "ringing":
                        self.phone.answer()
                    case "bridged":
                        self.joined = True
                    case "hangup":
                        return
            except GatewayError:
                continue  # the call went on before her key was there

    def _key(self, asked: Sequence[str]) -> None:
        plan = PLAN if self.words else BY_KEYS
        keys = next((plan[prompt] for prompt in asked if prompt in plan), None)
        if keys:
            self.phone.key(keys)
