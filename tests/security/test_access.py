"""One mechanism says who may enter each route; forms, sessions and headers hold with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

import pytest
from flask import Flask, render_template_string, request
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from gateway.db.models import Account
from gateway.db.session import open_sessions
from gateway.domain.roles import Role
from gateway.services.accounts import Accounts, StaffMember
from gateway.services.work import Work
from gateway.telephony.signatures import SignatureGuard
from gateway.web.access import (
    Public,
    SignedByCarrier,
    Staff,
    allow,
    guard_routes,
    public,
    routes,
    signed_by_carrier,
)
from gateway.web.security import HSTS, own_page, secure, sign_in, sign_out
from tests.domain.order_file import ORDER
from tests.security.test_accounts import HERE, PASSWORD, QUICK, Clock, NoQueue

ORIGIN = "https://door.example"
TOKEN = "carrier-token"
FORM = {"CallSid": "CA1", "From": "", "Body": " R&D "}


@pytest.fixture
def work(engine: Engine) -> Work:
    return Work(sessions=open_sessions(engine), queue=NoQueue(), clock=Clock(), rules=ORDER)


@pytest.fixture
def accounts(work: Work) -> Accounts:
    accounts = Accounts(work=work, hasher=QUICK)
    for name, role in (("asha", Role.DOCTOR), ("sunil", Role.SUPERVISOR)):
        accounts.create(name, PASSWORD, role=role)
    return accounts


def make_app(accounts: Accounts, *, origin: str = ORIGIN) -> Flask:
    app = Flask("door", static_folder=None)
    app.secret_key = "test"

    @app.get("/open")
    @public("a test")
    def open_page() -> str:
        return render_template_string("{{ csrf_token() }}")

    @app.route("/sign-in", methods=["GET", "POST"], endpoint="console.sign_in")
    @public("the door itself")
    def enter() -> str:
        if request.method == "GET":
            return render_template_string("{{ csrf_token() }}")
        name, password = request.form["name"], request.form["password"]
        member = accounts.sign_in(name, password, address=HERE)
        if not isinstance(member, StaffMember):
            return "no"
        sign_in(member)
        return "yes"

    @app.post("/sign-out")
    @allow(Role.DOCTOR, Role.SUPERVISOR)
    def leave() -> str:
        sign_out()
        return "bye"

    @app.route("/console", methods=["GET", "POST"])
    @allow(Role.DOCTOR)
    def console() -> str:
        return "patients"

    @app.post("/voice/<carrier>/turn/<path:rest>")
    @signed_by_carrier
    def turn(carrier: str, rest: str) -> str:
        return f"{carrier} {rest}"

    @app.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    secure(app, accounts=accounts, origin=origin)
    guard_routes(app, guard=SignatureGuard(origin, {"twilio": (TOKEN,)}))
    return app


@pytest.fixture
def app(accounts: Accounts) -> Flask:
    return make_app(accounts)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def https(client: FlaskClient, method: str, path: str, **form: str) -> tuple[int, str]:
    answer = client.open(
        path,
        method=method,
        base_url=ORIGIN,
        data=form or None,
        headers={"Referer": f"{ORIGIN}/console"},
    )
    return answer.status_code, answer.text


def enter(client: FlaskClient, name: str, *, password: str = PASSWORD) -> str:
    _, token = https(client, "GET", "/sign-in")
    status, said = https(client, "POST", "/sign-in", name=name, password=password, csrf_token=token)
    assert status == 200
    return said


def sign(url: str, form: Mapping[str, str] = FORM) -> str:
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_every_route_tells_who_may_enter_and_a_forgotten_one_is_found(app: Flask) -> None:
    declared = {route.rule: route.access for route in routes(app)}
    assert declared == {
        "/open": Public("a test"),
        "/sign-in": Public("the door itself"),
        "/sign-out": Staff(frozenset({Role.DOCTOR, Role.SUPERVISOR})),
        "/console": Staff(frozenset({Role.DOCTOR})),
        "/voice/<carrier>/turn/<path:rest>": SignedByCarrier(),
        "/forgotten": None,
    }


def test_an_undeclared_route_lets_nobody_in(client: FlaskClient) -> None:
    enter(client, "asha")
    assert https(client, "GET", "/forgotten")[0] == 403


def test_a_view_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        allow(Role.DOCTOR)(public("x")(lambda: ""))
    with pytest.raises(ValueError, match="nobody"):
        allow()


def test_a_public_page_is_open_and_an_unknown_one_is_not_there(client: FlaskClient) -> None:
    assert https(client, "GET", "/open")[0] == 200
    assert https(client, "GET", "/nowhere")[0] == 404
    assert https(client, "DELETE", "/open")[0] == 405


def test_a_stranger_is_led_to_the_door_and_back(client: FlaskClient) -> None:
    answer = client.get("/console?day=1", base_url=ORIGIN)
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/console?day%3D1"


def test_only_her_role_opens_the_console(client: FlaskClient) -> None:
    assert enter(client, "asha") == "yes"
    assert https(client, "GET", "/console") == (200, "patients")
    enter(client, "sunil")
    assert https(client, "GET", "/console")[0] == 403


def test_a_wrong_password_opens_nothing(client: FlaskClient) -> None:
    assert enter(client, "asha", password="wrong") == "no"
    assert https(client, "GET", "/console")[0] == 302


def test_a_form_without_our_token_changes_nothing(client: FlaskClient) -> None:
    enter(client, "asha")
    assert https(client, "POST", "/console")[0] == 400
    assert https(client, "POST", "/console", csrf_token="guessed")[0] == 400
    _, token = https(client, "GET", "/open")
    assert https(client, "POST", "/console", csrf_token=token) == (200, "patients")


def test_a_form_sent_from_elsewhere_is_refused_even_with_a_token(client: FlaskClient) -> None:
    enter(client, "asha")
    _, token = https(client, "GET", "/open")
    answer = client.post(
        "/console",
        base_url=ORIGIN,
        data={"csrf_token": token},
        headers={"Referer": "https://evil.example/"},
    )
    assert answer.status_code == 400


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    enter(client, "asha")
    _, token = https(client, "GET", "/open")
    assert https(client, "POST", "/sign-out", csrf_token=token) == (200, "bye")
    assert https(client, "GET", "/console")[0] == 302


def test_a_new_password_or_a_shut_account_ends_sessions(
    client: FlaskClient, accounts: Accounts, engine: Engine
) -> None:
    enter(client, "asha")
    with engine.begin() as connection:
        connection.execute(update(Account).values(password_hash=QUICK.hash("another one")))
    assert https(client, "GET", "/console")[0] == 302
    enter(client, "sunil", password="another one")
    member = accounts.find("sunil")
    assert member is not None
    accounts.deactivate(member.id)
    _, token = https(client, "GET", "/open")
    assert https(client, "POST", "/sign-out", csrf_token=token)[0] == 401


def test_the_session_cookie_is_guarded(client: FlaskClient) -> None:
    cookie = client.get("/open", base_url=ORIGIN).headers["Set-Cookie"]
    assert cookie.startswith("__Host-doorvani=")
    for guard in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert re.search(rf"; {guard}(;|$)", cookie)


@pytest.mark.parametrize("path", ["/open", "/console", "/nowhere", "/voice/twilio/turn/1"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, base_url=ORIGIN).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == HSTS
    assert headers["Cache-Control"] == "no-store"


def test_without_https_nothing_is_promised_that_a_developers_machine_cannot_keep(
    accounts: Accounts,
) -> None:
    client = make_app(accounts, origin="http://127.0.0.1:8000").test_client()
    answer = client.get("/open")
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["Set-Cookie"].startswith("doorvani=")
    assert "Secure" not in answer.headers["Set-Cookie"]


def test_trap_01_a_signed_webhook_enters_whatever_host_a_proxy_says(client: FlaskClient) -> None:
    """Trap 1: inside, the request comes over http to an address of our own network."""
    signature = sign(f"{ORIGIN}/voice/twilio/turn/a%2Fb?n=1")
    answer = client.post(
        "/voice/twilio/turn/a%2Fb?n=1",
        base_url="http://10.0.0.5:8000",
        data=FORM,
        headers={"X-Twilio-Signature": signature},
    )
    assert (answer.status_code, answer.text) == (200, "twilio a/b")


def test_a_host_header_chosen_by_a_stranger_opens_nothing(client: FlaskClient) -> None:
    answer = client.post(
        "/voice/twilio/turn/1",
        base_url="https://evil.example",
        data=FORM,
        headers={"X-Twilio-Signature": sign("https://evil.example/voice/twilio/turn/1")},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "x"}])
def test_a_missing_or_wrong_signature_is_403(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/voice/twilio/turn/1", data=FORM, headers=headers).status_code == 403


def test_a_carrier_that_we_have_no_account_with_is_not_there(client: FlaskClient) -> None:
    answer = client.post(
        "/voice/somleng/turn/1",
        data=FORM,
        headers={"X-Twilio-Signature": sign(f"{ORIGIN}/voice/somleng/turn/1")},
    )
    assert answer.status_code == 404


def test_a_repeated_field_is_part_of_what_is_signed(client: FlaskClient) -> None:
    text = f"{ORIGIN}/voice/twilio/turn/1" + "MediaaMediab"
    digest = hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()
    answer = client.post(
        "/voice/twilio/turn/1",
        data={"Media": ["b", "a"]},
        headers={"X-Twilio-Signature": base64.b64encode(digest).decode()},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(target: str | None) -> None:
    assert own_page(target, otherwise="/console") == "/console"


def test_after_signing_in_she_is_back_where_she_was() -> None:
    assert own_page("/console?day=1", otherwise="/") == "/console?day=1"
