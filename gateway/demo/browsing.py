"""The doctor at her page: she signs in, opens the visit and sends the form, as a browser does."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import requests

from gateway.domain.errors import GatewayError

_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_KEY: Final = re.compile(r'name="key"[^>]*value="([0-9a-f]{32})"')
_VISIT: Final = re.compile(r'href="(/console/visit/[0-9a-f]{32})')
_CODE: Final = re.compile(r"#rx-([A-Z0-9]+)$")
_REFUSAL: Final = re.compile(r'data-testid="refusal"[^>]*>(.*?)</li>', re.DOTALL)
_TAGS: Final = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a form: the code of the prescription, or why it was refused."""

    code: str = ""
    refusal: str = ""


class ConsoleDoctor:
    """A signed-in doctor; every form carries the token of the page that it stood on."""

    def __init__(self, origin: str, username: str, password: str) -> None:
        self._origin = origin
        self._username, self._password = username, password
        self._http = requests.Session()

    def sign_in(self) -> None:
        page = self._get("/console/login")
        form = {"username": self._username, "password": self._password}
        answer = self._post("/console/login", {**form, "csrf_token": _one(_TOKEN, page, "form")})
        if not answer.ok:
            raise GatewayError("the doctor could not sign in")

    def visit_page(self) -> str:
        """Return the page of her newest consultation."""
        return html.unescape(self._get(self._visit()))

    def prescribe(self, diagnosis: str, medicine: Mapping[str, str]) -> Sent:
        """Fill in the form with one medicine and issue it."""
        path = self._visit()
        page = self._get(path)
        answer = self._post(
            f"{path}/prescription",
            {
                "csrf_token": _one(_TOKEN, page, "form"),
                "key": _one(_KEY, page, "form"),
                "action": "issue",
                "diagnosis": diagnosis,
                **medicine,
            },
        )
        if code := _CODE.search(answer.url):
            return Sent(code=code[1])
        why = _REFUSAL.search(answer.text)
        told = " ".join(_TAGS.sub(" ", html.unescape(why[1])).split()) if why else "no reason given"
        return Sent(refusal=told)

    def _visit(self) -> str:
        return _one(_VISIT, self._get("/console"), "consultation")

    def _get(self, path: str) -> str:
        answer = self._http.get(f"{self._origin}{path}", timeout=20)
        answer.raise_for_status()
        return answer.text

    def _post(self, path: str, form: Mapping[str, str]) -> requests.Response:
        answer = self._http.post(f"{self._origin}{path}", data=form, timeout=20)
        # requests drops the fragment that a browser keeps; it names the prescription.
        for step in answer.history:
            if "#" in step.headers.get("Location", ""):
                answer.url = step.headers["Location"]
        return answer


def _one(pattern: re.Pattern[str], page: str, what: str) -> str:
    found = pattern.search(page)
    if found is None:
        raise GatewayError(f"the doctor's page shows no {what}")
    return found[1]
