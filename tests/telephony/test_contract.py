"""One contract for all carriers: the same conversations, in each dialect, over the real service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Environment, Settings, make_keys
from gateway.container import Container
from gateway.db.models import (
    Base,
    Call,
    Caller,
    DoctorPhone,
    Offer,
    OutboundCall,
    Recording,
    Ticket,
    Turn,
)
from gateway.domain.states import OfferStatus, Presence, TicketStatus
from gateway.services.conversation import Conversation
from gateway.services.rota import NewDoctor
from gateway.services.work import Job
from gateway.telephony.dialects import DIALECTS
from ivr_flows.definitions import load_definitions
from ivr_flows.engine.catalogue import Catalogue, parse_template
from ivr_flows.engine.flow import FlowBook
from ivr_flows.engine.lines import Line as SpokenLine
from ivr_flows.engine.numbers import NumberWords
from tests.services.desk import FakeCarrier, Queue
from tests.telephony.exchanges import (
    DOCTOR,
    KOOKOO_ADDRESS,
    LINES,
    MISSED_CALL,
    ORIGIN,
    PATIENT,
    RECORDINGS,
    SECRETS,
    TRYING,
    KookooLine,
    Line,
)

TO_US = "+911800000100"
_R = TypeVar("_R", bound=Base)
CARRIERS = sorted(LINES)
BRIDGING = [name for name in CARRIERS if DIALECTS[name].has_whisper]
TAKING_CALLS = [name for name in CARRIERS if not DIALECTS[name].has_whisper]


def book() -> FlowBook:
    """The contract's own flows; each prompt is its own key, so a caller hears what she presses."""
    flows = [d.flow for d in load_definitions(Path(__file__).parent / "contract_flows")]
    lines: list[SpokenLine] = [
        line for flow in flows for n in flow.nodes.values() for line in n.lines()
    ]
    keys = {line.prompt for line in lines} | {
        *(f"key.{key}" for key in range(10)),
        *("ear.silence", "ear.invalid", "ear.no_voice", "list.and", "age.years", "age.under_one"),
        *("apology.failure", "apology.unknown_call"),
    }
    templates = {key: parse_template(TRYING + key) for key in sorted(keys)}
    catalogue = Catalogue("hi", templates, NumberWords("num2words", "en"))
    return FlowBook({(flow.flow, flow.version): flow for flow in flows}, {"hi": catalogue})


@dataclass
class Desk:
    parts: Container
    client: FlaskClient
    queue: Queue
    carrier: str
    asked: dict[str, FakeCarrier] = field(default_factory=dict)

    def line(self, **given: str) -> Line:
        return LINES[self.carrier](self.client, self.words, carrier=self.carrier, **given)

    def words(self, token: str) -> str:
        _, text, _ = self.parts.speech_book.open_audio_token(token)
        return text

    def rows(self, model: type[_R]) -> Sequence[_R]:
        with Session(self.parts.engine) as db:
            return db.scalars(select(model)).all()

    def doctor(self) -> None:
        doctor_id = self.parts.rota.enrol(NewDoctor("A. Rao", "MBBS", "MH-1", DOCTOR, ("hi",)))
        assert isinstance(doctor_id, str)
        self.parts.rota.go_on_duty(doctor_id)

    def dispatch(self) -> None:
        """Match doctors and patients, as a worker does, and ask the carrier to bring them on."""
        jobs = self.parts.job_parts()
        jobs.dispatch.dispatch()
        for job, subject_id in self.queue.hints:
            if job is Job.CONNECT_OFFER:
                jobs.dispatch.connect(subject_id)
        self.queue.hints.clear()


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, carrier: str) -> Iterator[Desk]:
    queue = Queue()
    default = carrier if carrier in BRIDGING else "twilio"
    parts = Container(settings(tmp_path, sqlite_url, default), hints=queue)
    # Both are made when first asked for; what stands there already is used.
    parts.__dict__["book"] = book()
    asked = {name: FakeCarrier() for name in parts.roster.members}
    parts.__dict__["carriers"] = dict(asked)
    app = parts.web_app()
    app.testing = False
    yield Desk(parts, app.test_client(), queue, carrier, asked)
    parts.engine.dispose()


def settings(folder: Path, database_url: str, default_carrier: str) -> Settings:
    keys = make_keys()
    return Settings(
        doorvani_env=Environment.PRODUCTION,
        data_dir=folder,
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        public_url=ORIGIN,
        secret_key=keys["SECRET_KEY"],
        field_keys=keys["FIELD_KEYS"],
        signing_key=keys["SIGNING_KEY"],
        default_carrier=default_carrier,
        twilio_account_sid="AC",
        twilio_auth_token=SECRETS["twilio"],
        signalwire_project="project",
        signalwire_token="api",
        signalwire_signing_key=SECRETS["signalwire"],
        signalwire_api_url="https://space.signalwire.com/api/laml",
        somleng_account_sid="SO",
        somleng_auth_token=SECRETS["somleng"],
        plivo_auth_id="MA",
        plivo_auth_token=SECRETS["plivo"],
        kookoo_api_key="KK",
        kookoo_webhook_key=SECRETS["kookoo"],
        kookoo_sources="198.51.100.0/24, 2001:db8::/32",
    )


def press(line: Line, meaning: str) -> None:
    """Press the key that was said right after this meaning."""
    at = line.heard.index(meaning)
    line.press(line.heard[at + 1].removeprefix("key."))


def to_the_token(line: Line) -> None:
    line.dial()
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.keys")
    assert "token.spoken" in line.heard


def test_a_first_call_by_keys_leads_to_a_token(desk: Desk) -> None:
    """The greeting holds an ampersand and angle brackets (trap 20)."""
    line = desk.line()
    to_the_token(line)
    (ticket,) = desk.rows(Ticket)
    assert ticket.status is TicketStatus.WAITING
    (caller,) = desk.rows(Caller)
    assert caller.phone_e164 == PATIENT
    assert len(desk.rows(Call)) == 1


def test_a_spoken_complaint_is_kept_and_the_call_goes_on(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.speak")
    assert (line.waits_for, line.heard) == ("speech", ["tell.after_tone"])
    line.speak()
    assert line.heard[:2] == ["tell.thanks", "token.spoken"]
    (recording,) = desk.rows(Recording)
    assert recording.url == RECORDINGS[desk.carrier].replace("http:", "https:")


def test_silence_at_the_tone_is_no_recording(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.speak")
    line.say_nothing()
    assert "ear.no_voice" in line.heard
    line.say_nothing()
    assert "token.spoken" in line.heard
    assert not desk.rows(Recording)


def test_three_silences_lead_on_and_no_document_is_silent(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    for _ in range(2):
        line.say_nothing()
        assert line.heard[:2] == ["ear.silence", "greeting"]
    line.say_nothing()
    assert (line.heard, line.waits_for) == (["goodbye"], "end")


def test_0_says_it_again_and_9_goes_back(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    said = list(line.heard)
    line.press("0")
    assert line.heard == said
    press(line, "menu.doctor")
    assert line.heard == ["ask.age"]
    line.press("9")
    assert line.heard == said


def test_a_star_reaches_us_where_no_key_ends_the_answer(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    line.press("*")
    assert line.heard[0] == "ear.invalid"


def test_she_asks_to_be_called_back_and_the_call_finds_her_place(desk: Desk) -> None:
    line = desk.line()
    to_the_token(line)
    press(line, "hold.call_me_back")
    assert (line.heard, line.waits_for) == (["hold.will_call"], "end")
    line.hang_up()
    desk.doctor()
    desk.dispatch()
    (placed,) = desk.rows(OutboundCall)
    assert placed.carrier == desk.parts.roster.default
    back = desk.line(call_id="call2", number=TO_US, to=PATIENT)
    back.answer_outbound(placed.id)
    press(back, "callback.hold")
    assert "callback.wait" in back.heard
    assert desk.rows(Ticket)[0].presence is Presence.ARRIVING


@pytest.mark.parametrize(
    ("status", "heard"), [("completed", "goodbye"), ("no-answer", "emergency.not_reached")]
)
def test_an_emergency_rings_the_number_and_goes_on(desk: Desk, status: str, heard: str) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.emergency")
    assert (line.heard, line.waits_for) == (["emergency.connecting"], "dial")
    assert "".join(line.verb.itertext()).strip() == "108"
    line.dialled(status, 42 if status == "completed" else 0)
    assert line.heard == [heard]
    assert line.waits_for == "end"


def to_the_doctor(desk: Desk) -> Line:
    """Bring a holding patient to her doctor, as far as her own line goes."""
    line = desk.line()
    to_the_token(line)
    line.say_nothing()
    desk.doctor()
    desk.dispatch()
    (offer,) = desk.rows(Offer)
    line.act()
    assert desk.asked[desk.carrier].redirects == [("call1", offer.id)]
    line.go(f"{ORIGIN}/voice/{desk.carrier}/offer/{offer.id}/redirect", {})
    return line


@pytest.mark.parametrize("carrier", BRIDGING, indirect=True)
def test_a_doctor_hears_who_waits_accepts_by_a_key_and_talks(desk: Desk) -> None:
    line = to_the_doctor(desk)
    assert (line.heard, line.waits_for) == (["ring.doctor_free"], "dial")
    doctor = whispered(desk, line)
    assert doctor.heard[0] == "offer.brief"
    assert desk.rows(Offer)[0].status is OfferStatus.RINGING
    accept(desk, line, doctor)
    assert desk.rows(Offer)[0].status is OfferStatus.ACCEPTED
    line.dialled("completed", 61)
    assert (line.heard, line.waits_for) == (["goodbye"], "end")
    assert desk.rows(Offer)[0].status is OfferStatus.ENDED


@pytest.mark.parametrize("carrier", BRIDGING, indirect=True)
def test_trap_16_a_doctor_who_presses_nothing_is_not_joined_and_the_place_is_kept(
    desk: Desk,
) -> None:
    """Trap 16: she answers and drops; a mailbox may have answered, too."""
    line = to_the_doctor(desk)
    joined_at = desk.rows(Ticket)[0].joined_at
    whispered(desk, line)
    line.dialled("completed", 9)
    assert line.heard[:2] == ["ring.not_joined", "token.spoken"]
    (ticket,) = desk.rows(Ticket)
    assert (ticket.status, ticket.joined_at) == (TicketStatus.WAITING, joined_at)


@pytest.mark.parametrize("carrier", BRIDGING, indirect=True)
def test_when_she_does_not_answer_her_next_telephone_rings_and_they_talk(desk: Desk) -> None:
    line = to_the_doctor(desk)
    second = "+919800000022"
    [doctor_id] = {phone.doctor_id for phone in desk.rows(DoctorPhone)}
    assert desk.parts.doctor_phones.add(doctor_id, second) is None
    # A mailbox took the first one's call, and pressed nothing.
    whispered(desk, line)
    line.dialled("completed", 9)
    assert (line.heard, line.waits_for) == ([], "dial"), "she hears it ring, and no word between"
    doctor = whispered(desk, line, number=second, call_id="doctor2")
    accept(desk, line, doctor)
    line.dialled("completed", 61)
    assert (line.heard, line.waits_for) == (["goodbye"], "end")
    assert [offer.status for offer in desk.rows(Offer)] == [OfferStatus.ENDED]


def whispered(desk: Desk, line: Line, *, number: str = DOCTOR, call_id: str = "doctor1") -> Line:
    """The doctor picks up and hears what comes before she is joined."""
    doctor = desk.line(call_id=call_id, number=TO_US, to=number)
    rings = line.verb[0]
    assert rings.text == number
    sound = line.verb.get("confirmSound")
    if sound is None:
        doctor.go(rings.get("url") or "", {})
        assert doctor.waits_for == "keys"
        return doctor
    assert (line.verb.get("confirmKey"), line.verb.get("confirmTimeout")) == ("1", "45")
    # Plivo tells the patient's leg here, and plays nothing but Speak, Play and Wait.
    response = line.send(sound, {})
    root = ElementTree.fromstring(response.data)
    assert {verb.tag for verb in root} <= {"Speak", "Play", "Wait"}
    for verb in root:
        doctor.hear(verb.text or "")
    assert doctor.heard
    return doctor


def accept(desk: Desk, line: Line, doctor: Line) -> None:
    callback = line.verb.get("callbackUrl")
    if callback is None:
        press(doctor, "offer.accept")
        assert doctor.waits_for == "joined"
        return
    for action in ("answer", "connected", "connected"):
        told = {"DialAction": action, "DialBLegUUID": "bleg1"}
        assert line.send(callback, told).status_code == 204


@pytest.mark.parametrize("carrier", TAKING_CALLS, indirect=True)
def test_where_no_doctor_can_be_asked_none_is_rung_and_she_is_called_back(desk: Desk) -> None:
    """The documented refusal: an apology here, her place kept, a call by the carrier that can."""
    line = desk.line()
    to_the_token(line)
    desk.doctor()
    line.say_nothing()
    desk.dispatch()
    offer = desk.rows(Offer)[0]
    with Session(desk.parts.engine) as db:
        # Time passes until the hold loop rings the doctor itself.
        db.get_one(Offer, offer.id).status = OfferStatus.PENDING
        db.commit()
    line.say_nothing()
    assert (line.heard, line.waits_for) == (["apology.failure"], "end")
    assert DOCTOR not in line.document
    assert line.hang_up().status_code == 204
    (ticket,) = desk.rows(Ticket)
    assert (ticket.status, ticket.presence) == (TicketStatus.WAITING, Presence.AWAY)
    assert desk.rows(Offer)[0].status is OfferStatus.CANCELLED
    with Session(desk.parts.engine) as db:
        db.get_one(Ticket, ticket.id).call_back_due_at = ticket.joined_at
        db.commit()
    desk.dispatch()
    (placed,) = desk.rows(OutboundCall)
    assert placed.carrier == "twilio"


def test_a_missed_call_is_refused(desk: Desk) -> None:
    line = desk.line(to=MISSED_CALL)
    line.dial()
    assert (line.heard, line.waits_for) == ([], "end")
    assert len(desk.rows(OutboundCall)) == 1


def test_a_failure_of_ours_is_apologised_for_and_she_is_called_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = desk.line()
    line.dial()

    def broken(*_args: object, **_kwargs: object) -> str:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Conversation, "turn", broken)
    press(line, "menu.doctor")
    assert (line.heard, line.waits_for) == (["apology.failure"], "end")
    assert "disk" not in line.document
    assert len(desk.rows(OutboundCall)) == 1


def test_trap_02_a_webhook_that_comes_twice_changes_nothing(desk: Desk) -> None:
    """Trap 2: overlapping deliveries; the answer of the first is given again."""
    line = desk.line()
    line.dial()
    first = line.document
    assert line.repeat().text == first
    press(line, "menu.doctor")
    line.press("34#")
    press(line, "menu.keys")
    token = line.document
    assert line.repeat().text == token
    assert (len(desk.rows(Ticket)), len(desk.rows(Call))) == (1, 1)


def test_a_webhook_that_comes_late_gets_its_own_answer(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    press(line, "menu.doctor")
    late, answer = line.log[-1], line.document
    line.press("34#")
    turns = len(desk.rows(Turn))
    assert line.send(*late).text == answer
    assert len(desk.rows(Turn)) == turns


@pytest.mark.parametrize("number", ["anonymous", "Private", ""])
def test_a_withheld_number_is_served_and_remembered_by_nobody(desk: Desk, number: str) -> None:
    line = desk.line(number=number)
    to_the_token(line)
    assert (len(desk.rows(Ticket)), len(desk.rows(Caller))) == (1, 0)


@pytest.mark.parametrize("secret", [None, "guessed", "é", "="])
def test_whoever_does_not_prove_himself_is_refused(desk: Desk, secret: str | None) -> None:
    line = desk.line()
    line.dial()
    url, fields = line.log[-1]
    assert line.send(url, fields, secret=secret).status_code == 403
    assert len(desk.rows(Call)) == 1


def test_a_proof_for_another_carrier_is_none_here(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    for name in CARRIERS:
        if name != desk.carrier:
            url = f"{ORIGIN}/voice/{name}/incoming"
            assert line.send(url, line.log[0][1]).status_code in {403, 405}


def test_a_carrier_without_an_account_is_unknown(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    response = line.send(f"{ORIGIN}/voice/exotel/incoming", line.log[0][1])
    assert response.status_code == 404


def test_only_the_carriers_own_method_is_allowed(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    path = f"/voice/{desk.carrier}/incoming"
    other = desk.client.get if DIALECTS[desk.carrier].method == "POST" else desk.client.post
    assert other(path).status_code == 405


@pytest.mark.parametrize("carrier", ["kookoo"], indirect=True)
def test_the_secret_of_a_carrier_that_signs_nothing_holds_only_at_its_own_addresses(
    desk: Desk,
) -> None:
    line = desk.line()
    assert isinstance(line, KookooLine)
    line.dial()
    url, fields = line.log[-1]
    for address, status in ((KOOKOO_ADDRESS, 200), ("203.0.113.9", 403), ("", 403)):
        assert line.send(url, fields, address=address).status_code == status


@pytest.mark.parametrize("carrier", ["kookoo"], indirect=True)
def test_a_turn_that_names_another_call_is_not_taken(desk: Desk) -> None:
    line = desk.line()
    line.dial()
    call = desk.rows(Call)[0]
    stolen = {"event": "GotDTMF", "sid": f"thief${call.id}$1", "data": "1"}
    response = line.send(f"{ORIGIN}/voice/kookoo/incoming", stolen)
    assert "hangup" in response.text
    assert len(desk.rows(Turn)) == 1


TEXTS = {
    "plivo": {"MessageUUID": "m-1", "Text": "R&D"},
    "kookoo": {"sid": "9", "cid": "9800000001", "called_number": "911800000100", "message": "R&D"},
}
RECEIPTS = {"plivo": {"MessageUUID": "m-1", "Status": "delivered"}, "kookoo": {"sid": "9"}}


def test_a_text_that_comes_in_is_taken_from_its_carrier_alone(desk: Desk) -> None:
    fields = TEXTS.get(desk.carrier, {"MessageSid": "SM1", "Body": "R&D"})
    url = f"{ORIGIN}/sms/{desk.carrier}/incoming"
    assert desk.line().send(url, fields).status_code == 200
    assert desk.line().send(url, fields, secret=None).status_code == 403


def test_a_receipt_is_taken_where_the_carrier_has_one(desk: Desk) -> None:
    fields = RECEIPTS.get(desk.carrier, {"MessageSid": "SM1", "MessageStatus": "delivered"})
    url = f"{ORIGIN}/sms/{desk.carrier}/status?message=unknown"
    taken = 400 if desk.carrier == "kookoo" else 204
    assert desk.line().send(url, fields).status_code == taken
    assert desk.line().send(url, fields, secret=None).status_code == 403
