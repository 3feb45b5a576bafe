"""Tells the consultation as it happens: who hears what, in its script and in English."""

from __future__ import annotations

import threading
import time
from typing import Final

from rich.console import Console

from gateway.demo.gloss import Gloss
from gateway.demo.phone import Event
from sms.segments import count

COLOURS: Final = {"Patient": "green", "Doctor": "cyan", "Doorvani": "magenta"}


class Narrator:
    """Prints from several threads, one line at a time, with the seconds since the start."""

    def __init__(self, gloss: Gloss) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._gloss = gloss
        self._lock = threading.Lock()
        self._started = time.monotonic()

    def say(self, who: str, what: str, *, note: str = "") -> None:
        """Print one line; note: a gloss or a detail, set apart."""
        seconds = time.monotonic() - self._started
        colour = COLOURS.get(who, "white")
        with self._lock:
            self._console.print(
                f"[dim]{seconds:6.1f} s[/]  [bold {colour}]{who:<8}[/]  ", end="", markup=True
            )
            self._console.print(what, markup=False, end="")
            self._console.print(f"   [dim]({note})[/]" if note else "")

    def title(self, text: str) -> None:
        with self._lock:
            self._console.print(f"\n[bold]{text}[/]")

    def happened(self, who: str, event: Event) -> None:
        """Tell an event of a phone."""
        match event["kind"]:
            case "prompt":
                self._heard(who, event)
            case "keys":
                self.say(who, f"presses {event.get('digits', '')}")
            case "ringing":
                self.say(who, "the phone rings", note=f"from {event.get('from', '')}")
            case "recording":
                self.say(who, "hears the tone and may speak")
            case "recorded":
                self.say(who, f"has spoken for {event.get('seconds', 0):.1f} s")
            case "bridged":
                self.say(who, "is connected", note=f"with {event.get('with', '')}")
            case "audio_in":
                self.say(who, "hears the other's voice")
            case "hangup":
                self.say(who, "the line is closed")
            case "sms":
                self._text(who, str(event.get("body", "")))
            case "error":
                self.say(who, f"ERROR {event.get('message', '')}")
            case _:
                return

    def _heard(self, who: str, event: Event) -> None:
        text = event.get("text")
        if not text:
            self.say(who, "hears music")
            return
        understood = self._gloss.recognise(str(text))
        english = understood.english if understood else ""
        self.say(who, f"hears “{text}”", note=english if english != text else "")

    def _text(self, who: str, body: str) -> None:
        packed = count(body)
        self.say(
            who,
            f"gets an SMS: {body}",
            note=f"{packed.encoding.value}, {packed.units} units, {packed.segments} segment(s)",
        )
