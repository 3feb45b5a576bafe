"""What became of one request to a carrier's API, for carriers whose API is plain HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

import requests

from gateway.services.ports import Ambiguous, NotSent, Placing, Refused
from gateway.telephony.http import was_sent

Asked: TypeAlias = requests.Response | Ambiguous | NotSent | Refused


def passing(outcome: Placing, codes: Collection[str]) -> Placing:
    """A refusal by one of these codes passes: it is as if nothing had been sent.

    Else one wrong password would fail every text of that hour for good.
    """
    if isinstance(outcome, Refused) and outcome.code in codes:
        return NotSent(outcome.reason)
    return outcome


def asked(ask: Callable[[], requests.Response]) -> Asked:
    """Send the request and return its answer, or why there is none that can be built upon.

    Reasons name the HTTP status alone: a carrier's message quotes the number that was dialled.
    """
    try:
        answer = ask()
    except requests.RequestException as error:
        reason = type(error).__name__
        return Ambiguous(reason) if was_sent(error) else NotSent(reason)
    status = answer.status_code
    # 429 is given after the request was queued, too, and 5xx by any box on the way.
    if status == requests.codes.too_many or status >= requests.codes.server_error:
        return Ambiguous(f"HTTP {status}")
    if not requests.codes.ok <= status < requests.codes.multiple_choices:
        return Refused(str(status), f"HTTP {status}")
    return answer
