"""Steps → a document in the language of a dialect; every text is escaped by ElementTree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gateway.telephony.dialects import Dialect, Markup
from gateway.telephony.document import (
    BridgeTarget,
    Document,
    RoomTarget,
    TurnUrls,
    UnrenderableError,
)
from gateway.telephony.kookoo_xml import KookooDocument
from gateway.telephony.plivo_xml import PlivoDocument
from gateway.telephony.speech import SpeechBook
from gateway.telephony.twiml import TwimlDocument
from ivr_flows.engine.steps import (
    Bridge,
    Confer,
    Connect,
    Dial,
    Gather,
    Hangup,
    Next,
    Record,
    Reject,
    Step,
)

_ENDINGS = (Gather, Record, Bridge, Confer, Dial, Next, Hangup, Connect, Reject)
_DOCUMENTS: Final[Mapping[Markup, Callable[..., Document]]] = {
    Markup.TWIML: TwimlDocument,
    Markup.PLIVO: PlivoDocument,
    Markup.KOOKOO: KookooDocument,
}


def render(
    steps: Sequence[Step],
    *,
    urls: TurnUrls,
    speech: SpeechBook,
    dialect: Dialect,
    bridge: BridgeTarget | None = None,
    room: RoomTarget | None = None,
) -> str:
    """Return the document for the steps of one turn; `bridge` is whom its Bridge step rings,
    `room` what its Confer step joins.

    Errors: UnrenderableError when the turn is not ended exactly once, by its last step (the
    carrier would hang up on the caller), or when something that a step needs is missing.
    """
    endings = [isinstance(step, _ENDINGS) for step in steps]
    if not endings or not endings[-1] or any(endings[:-1]):
        raise UnrenderableError("a turn ends once, with its last step")
    document = _DOCUMENTS[dialect.markup](
        urls=urls, speech=speech, dialect=dialect, bridge=bridge, room=room
    )
    for step in steps:
        document.add(step)
    return str(document)
