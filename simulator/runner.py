"""Running documents on a leg: fetch, parse, perform verb by verb, go on where they lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import yaml

from simulator.calls import Call, CallStatus, Direction, Fetch, HungUp, Redirected, Source
from simulator.documents import TwimlError, parse_document
from simulator.exchange import Exchange
from simulator.turn import CarrierError, Turn
from simulator.twiml import (
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)
from simulator.verbs.dial import perform_dial
from simulator.verbs.gather import perform_gather
from simulator.verbs.prompts import perform_prompt
from simulator.verbs.record import perform_record
from simulator.webhooks import INVALID_URL, WebhookError

INVALID_CONTENT_TYPE = 12300
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})

_CARRIER_TEXTS: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    files("simulator").joinpath("carrier.yaml").read_text("utf-8")
)


def run_documents(
    exchange: Exchange,
    call: Call,
    source: Source | None,
    *,
    start_leg: Callable[[Call, float], None],
) -> None:
    """Run documents until one ends. Raises HungUp when the call is over before that.

    A failure leads once to the call's fallback URL, and otherwise to the carrier's apology and the
    end of the call.
    """
    base = ""
    following = source
    while following is not None:
        source = following
        try:
            call.check()
            document, base = _obtain(exchange, call, source, base)
            following = _perform(Turn(exchange, call, base, start_leg), document)
        except Redirected as redirected:
            following = redirected.source
        except CarrierError as failure:
            following = _fall_back(exchange, call, source, failure=failure)


def _obtain(exchange: Exchange, call: Call, source: Source, base: str) -> tuple[Document, str]:
    """Return the document and the URL against which its own URLs are resolved."""
    try:
        if not isinstance(source, Fetch):
            document = parse_document(source.twiml.encode())
        else:
            document, base = fetch_document(exchange, call, source), source.url
    except TwimlError as error:
        raise CarrierError(error.code, str(error), base) from error
    for warning in document.warnings:
        exchange.note(call, "warning", message=warning)
    return document, base


def fetch_document(exchange: Exchange, call: Call, source: Fetch) -> Document:
    """Ask the gateway for a document. Raises CarrierError and TwimlError."""
    if not source.url:
        raise CarrierError(INVALID_URL, "there is no URL to fetch a document from")
    try:
        answer = exchange.courier.ask(
            source.url,
            source.method,
            params=exchange.call_form(call) | dict(source.params),
            faults=exchange.faults.of(call.far_end, call.own),
            call=call.sid,
        )
    except WebhookError as failure:
        raise CarrierError(failure.code, str(failure), source.url) from failure
    if answer.content_type not in XML_TYPES:
        message = f"content type {answer.content_type!r} is not TwiML"
        raise CarrierError(INVALID_CONTENT_TYPE, message, source.url)
    return parse_document(answer.body)


def _perform(turn: Turn, document: Document) -> Source | None:
    for verb in document.verbs:
        turn.call.check()
        if isinstance(verb, Reject):
            _reject(turn, verb)
        if not _leaves_unanswered(verb):
            turn.exchange.answer(turn.call)
        following = _perform_verb(turn, verb)
        if following is not None:
            return following
    return None


def _leaves_unanswered(verb: Verb) -> bool:
    """Twilio picks up an inbound call at its first verb, save for these."""
    return isinstance(verb, Pause) or (isinstance(verb, Dial) and verb.answer_on_bridge)


def _perform_verb(turn: Turn, verb: Verb) -> Source | None:
    match verb:
        case Say() | Play() | Pause():
            perform_prompt(turn, verb)
            return None
        case Gather():
            return perform_gather(turn, verb)
        case Record():
            return perform_record(turn, verb)
        case Dial():
            return perform_dial(turn, verb)
        case Redirect():
            return turn.action(verb.url, verb.method, params={})
        case Hangup():
            turn.exchange.hang_up(turn.call)
            raise HungUp
        case _:
            tag = type(verb).__name__
            raise CarrierError(12200, f"<{tag}> has no place in a voice document")


def _reject(turn: Turn, verb: Reject) -> None:
    call = turn.call
    if call.direction is Direction.INBOUND and call.answered_s is None:
        status = CallStatus.BUSY if verb.reason == "busy" else CallStatus.NO_ANSWER
        turn.exchange.end(call, status, reason=verb.reason)
    turn.exchange.hang_up(call)
    raise HungUp


def _fall_back(exchange: Exchange, call: Call, source: Source, *, failure: CarrierError) -> Fetch:
    """Return the fallback document to try, or apologise, end the call and raise HungUp."""
    exchange.note(call, "error", code=failure.code, message=str(failure), url=failure.url)
    told: dict[str, Any] = {"ErrorCode": str(failure.code), "ErrorUrl": failure.url}
    fallback = call.fallback
    if fallback is not None and not (isinstance(source, Fetch) and source.url == fallback.url):
        return Fetch(fallback.url, fallback.method, told)
    _apologise(exchange, call)
    exchange.hang_up(call, reason="application_error")
    raise HungUp


def _apologise(exchange: Exchange, call: Call) -> None:
    exchange.answer(call)
    words = _CARRIER_TEXTS["application_error"]
    apology = Say(text=words["text"], language=words["language"])
    try:
        perform_prompt(Turn(exchange, call, "", _start_nothing), apology)
    except Redirected:
        # The call is being ended for a failed document; a redirect that comes now is too late.
        return


def _start_nothing(_call: Call, _timeout_s: float) -> None:
    raise AssertionError("an apology rings nobody")
