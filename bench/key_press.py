"""Key presses per second, beside a bare Flask view with the same signature check.

Both applications run under the same server (gunicorn, one process, eight threads) on this machine
at the same time, and are asked in turn, so that the ratio holds where the machine's speed drifts.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from config.settings import make_keys
from gateway.running import Stack, free_port

CLIENTS = 4
PRESSES = 150
ROUNDS = 5
TOKEN = "bench"
SID = "AC" + "b" * 32
FORM_TYPE = "application/x-www-form-urlencoded"


class Client:
    """One caller's carrier connection: it keeps the line open and signs every request."""

    def __init__(self, port: int, origin: str) -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=30)
        self._origin = origin
        self._validator = RequestValidator(TOKEN)

    def post(self, path: str, form: dict[str, str]) -> str:
        signature = self._validator.compute_signature(f"{self._origin}{path}", form)
        headers = {"Content-Type": FORM_TYPE, "X-Twilio-Signature": signature}
        self._http.request("POST", path, urlencode(form), headers)
        response = self._http.getresponse()
        body = response.read().decode()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {body[:200]}")
        return body


def form(call: str, digits: str = "") -> dict[str, str]:
    """What Twilio posts for a key press."""
    return {
        "CallSid": call, "AccountSid": SID, "From": "+919812345678", "To": "+911800000100",
        "CallStatus": "in-progress", "Direction": "inbound", "ApiVersion": "2010-04-01",
        "Digits": digits,
    }  # fmt: skip


class DoorvaniCaller:
    """Presses 0 (repeat) at the first menu again and again: each press is a turn of its own."""

    def __init__(self, client: Client, call: str) -> None:
        self._client, self._call = client, call
        answer = client.post("/voice/twilio/incoming", form(call))
        marker = "/voice/twilio/turn/"
        start = answer.index(marker) + len(marker)
        self._id = answer[start : answer.index("/", start)]
        self._turn = 0

    def press(self) -> None:
        self._turn += 1
        path = f"/voice/twilio/turn/{self._id}/{self._turn}"
        self._client.post(path, form(self._call, "0"))


class BareCaller:
    def __init__(self, client: Client, call: str) -> None:
        self._client, self._call = client, call

    def press(self) -> None:
        self._client.post("/voice", form(self._call, "0"))


def rate(callers: Sequence[DoorvaniCaller | BareCaller]) -> float:
    """Return the presses a second that all callers together get answered."""

    def press(caller: DoorvaniCaller | BareCaller) -> None:
        for _ in range(PRESSES):
            caller.press()

    with ThreadPoolExecutor(len(callers)) as pool:
        started = time.perf_counter()
        for done in [pool.submit(press, caller) for caller in callers]:
            done.result()
        return len(callers) * PRESSES / (time.perf_counter() - started)


def main() -> None:
    """Print presses a second of both, and the ratio pair by pair."""
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = free_port(), free_port()
        environment = {
            **os.environ, **make_keys(), "DOORVANI_ENV": "production", "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "REDIS_URL": "redis://127.0.0.1:1", "PUBLIC_URL": f"http://127.0.0.1:{ours}",
            "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN,
        }  # fmt: skip
        stack = Stack(Path(folder) / "logs", environment)
        bare_stack = Stack(
            Path(folder) / "logs", {**environment, "PUBLIC_URL": f"http://127.0.0.1:{bare}"}
        )
        try:
            stack.start("schema", ["gateway.cli", "db", "upgrade"]).popen.wait(60)
            _serve(stack, "gateway.wsgi:app", ours)
            _serve(bare_stack, "bench.bare:app", bare)
            _await(ours)
            _await(bare)
            _measure(ours, bare)
        finally:
            stack.stop()
            bare_stack.stop()


def _serve(stack: Stack, app: str, port: int) -> None:
    """One process with eight threads, the same for both."""
    server = ["gunicorn", app, "-k", "gthread", "-w", "1", "--threads", "8", "--keep-alive", "60"]
    stack.start(app.split(".")[0], [*server, "-b", f"127.0.0.1:{port}", "--log-level", "error"])


def _await(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("a server did not start")


def _measure(ours: int, bare: int) -> None:
    def client(port: int) -> Client:
        return Client(port, f"http://127.0.0.1:{port}")

    doorvani = [DoorvaniCaller(client(ours), f"CA{i:032x}") for i in range(CLIENTS)]
    baseline = [BareCaller(client(bare), f"CA{i:032x}") for i in range(CLIENTS)]
    rate(doorvani), rate(baseline)
    ratios = []
    for number in range(1, ROUNDS + 1):
        a, b = rate(doorvani), rate(baseline)
        ratios.append(a / b)
        print(
            f"round {number}: doorvani {a:6.0f}/s   bare Flask + signature {b:6.0f}/s   "
            f"ratio {a / b:.2f}"
        )
    print(
        f"key presses: median ratio to the bare view {statistics.median(ratios):.2f} "
        f"(from {min(ratios):.2f} to {max(ratios):.2f}; {CLIENTS} callers, "
        f"{PRESSES} presses each a round)"
    )


if __name__ == "__main__":
    main()
