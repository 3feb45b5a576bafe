"""A telephone call as the carrier carries it, and the ways through it that many tests take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from gateway.db.models import (
    Turn,
)
from gateway.services.calls import UnknownCall
from gateway.services.turning import Leg
from ivr_flows.engine.nodes.pick import PickNode
from tests.services.data import (
    DOCTOR,
    PATIENT,
    TOLL_FREE,
    flow_book,
)

if TYPE_CHECKING:
    from tests.services.desk import Desk

LANGUAGES_A_PAGE = 3
# The answers to whether a danger sign is there.
DANGER, NO_DANGER = "answer.if_yes", "answer.if_no"


@dataclass
class Line:
    """A call as the carrier carries it: it follows the addresses that the answers give."""

    desk: Desk
    sid: str
    number: str = PATIENT
    to: str = TOLL_FREE
    answer: str = ""

    def leg(self, **said: object) -> Leg:
        return Leg(self.sid, from_number=self.number, to_number=self.to, **said)  # type: ignore[arg-type]

    def dial(self) -> Line:
        self.answer = self.desk.calls.receive_incoming("twilio", self.leg())
        return self

    @property
    def next_turn(self) -> tuple[str, int]:
        found = re.search(r"/turn/([0-9a-f]+)/(\d+)", self.answer)
        assert found, self.answer
        return found[1], int(found[2])

    def post(self, **said: object) -> str:
        """Post the next turn with what the caller did; return and keep the answer."""
        call_id, number = self.next_turn
        answer = self.desk.calls.resume("twilio", call_id, number, self.leg(**said))
        assert not isinstance(answer, UnknownCall), answer
        self.answer = answer
        return answer

    def key(self, *keys: str) -> str:
        for digits in keys:
            self.post(digits=digits)
        return self.answer

    @property
    def session(self) -> dict[str, Any]:
        """The flow's session as it stands after the last answer."""
        call_id, number = self.next_turn
        with Session(self.desk.engine) as db:
            kept: dict[str, Any] = db.get_one(Turn, (call_id, number - 1)).session["session"]
        return kept

    @property
    def at(self) -> str:
        """Where the conversation stands, as flow/node."""
        return f"{self.session['flow']}/{self.session['node']}"

    def press(self, *meanings: str) -> str:
        """Press the keys that these prompts are offered by, whatever keys they are."""
        for meaning in meanings:
            self.key(self._key_of(meaning))
        return self.answer

    def pick(self, place: int = 0) -> str:
        """Press the key of the listed item of that place."""
        return self.key(str(place + 1))

    def _key_of(self, meaning: str) -> str:
        session = self.session
        node = flow_book().flow(session["flow"], session["version"]).node(session["node"])
        for key, choice in getattr(node, "choices", {}).items():
            if choice.say.prompt == meaning:
                return str(key)
        if isinstance(node, PickNode):
            items = session["variables"][node.items]
            first = session["variables"].get(f"page:{session['node']}", 0)
            offered = [node.item.replace("*", str(item)) for item in items[first:]]
            if meaning in offered[: node.per_page]:
                return str(offered.index(meaning) + 1)
        raise AssertionError(f"{meaning} is not offered at {self.at}: {self.answer}")

    def offers(self, meaning: str) -> bool:
        try:
            self._key_of(meaning)
        except AssertionError:
            return False
        return True

    def for_somebody_new(self) -> str:
        """From wherever a known household is asked who it is about, to the first of her facts."""
        while self.at != "visit/ask_who":
            another = self.offers("household.another")
            self.press("household.another" if another else "household.new")
        return self.answer

    def choose_language(self, language: str = "hi") -> str:
        """Page on to the language, and press its key."""
        place = self.session["variables"]["languages"].index(language)
        while place >= LANGUAGES_A_PAGE:
            self.press_more()
            place -= LANGUAGES_A_PAGE
        return self.key(str(place + 1))

    def press_more(self) -> str:
        return self.key(str(LANGUAGES_A_PAGE + 1))

    def wait(self) -> str:
        """Let the time run out."""
        return self.post()

    def say(self, url: str = "https://api.twilio.com/rec") -> str:
        """Speak into the recording."""
        return self.post(recording_url=url, recording_s=3)

    def skip_name(self) -> str:
        """Say nothing where the name is asked for."""
        return self.wait() if self.at == "visit/ask_name" else self.answer

    def ends(self, status: str = "completed") -> None:
        self.desk.calls.receive_status("twilio", self.leg(status=status), outbound_id=None)

    def redirected(self) -> str:
        """Follow the redirect that the gateway last asked the carrier for."""
        sid, offer_id = self.desk.carrier.redirects[-1]
        assert sid == self.sid
        answer = self.desk.calls.receive_redirect("twilio", offer_id, self.leg())
        assert isinstance(answer, str), answer
        self.answer = answer
        return answer


def register(line: Line, *, who: str = "household.self_female", age: str = "34") -> str:
    """Whoever calls for the first time, in Hindi, up to the tone at which she tells her trouble."""
    line.choose_language()
    line.press("consent.agree")
    return tell_who(line, who=who, age=age)


def tell_who(line: Line, *, who: str = "household.self_female", age: str = "34") -> str:
    """Key a person who is not pregnant and whose guardian is there; no name is said."""
    line.press(who)
    if line.at == "visit/ask_sex":
        line.press("household.female")
    line.key(age + "#" if len(age) < 2 else age)
    answers = {
        "visit/ask_months": lambda: line.key("6#"),
        "visit/ask_guardian": lambda: line.press("answer.if_yes"),
        "visit/ask_pregnant": lambda: line.press("answer.if_no"),
        "visit/ask_name": line.wait,
    }
    while line.at in answers:
        answers[line.at]()
    return line.answer


def fever_by_keys(line: Line, *, danger: str = NO_DANGER) -> str:
    """At the tone: fever by keys, for a day, mild; without danger up to the spoken token."""
    line.press("tell.by_keys")
    if line.at == "complaint/area":
        line.press("area.general")
    line.press("symptom.fever")
    if line.at == "complaint/ask_duration":
        line.press("duration.one")
    if line.at == "complaint/ask_severity":
        line.press("severity.mild")
    return line.press(danger)


def to_the_token(line: Line, *, who: str = "household.self_female", age: str = "34") -> str:
    """A first call in Hindi up to the spoken token: not pregnant, fever by keys, no danger."""
    line.dial()
    register(line, who=who, age=age)
    return fever_by_keys(line)


def whispered(line: Line, sid: str = "") -> Line:
    """The doctor has picked up the dial of this line's answer, and hears the whisper."""
    [offer_id, *_] = re.findall(r"/offer/([0-9a-f]+)/whisper", line.answer)
    doctor = Line(line.desk, sid or f"{line.sid}d", DOCTOR)
    answer = line.desk.calls.receive_whisper("twilio", offer_id, doctor.leg())
    assert isinstance(answer, str), answer
    doctor.answer = answer
    return doctor


def to_the_talk(desk: Desk, line: Line, *, talk_s: int = 200) -> str:
    """From the token through a talk with the doctor who is free, up to the question after it."""
    line.wait()
    desk.work_off()
    line.redirected()
    whispered(line).press("offer.accept")
    desk.clock.forward(talk_s)
    return line.post(dial_status="completed", dial_s=talk_s - 5, dial_bridged=True)


def at_the_tone(desk: Desk, language: str = "hi") -> Line:
    """A man of 40 who is about to say what his trouble is."""
    line = Line(desk, "CA1").dial()
    line.choose_language(language)
    line.press("consent.agree")
    tell_who(line, who="household.self_male", age="40")
    line.wait()
    assert line.at == "complaint/tell"
    return line
