"""What every response and every session must have: headers, cookies, form tokens, signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user, logout_user
from flask_wtf import CSRFProtect

from gateway.domain.roles import Role
from gateway.services.accounts import Accounts, StaffMember
from gateway.web.access import SignedByCarrier, access_of

# A shift, not a month: consoles stand in shared rooms.
SESSION_LIFE: Final = timedelta(hours=12)
SIGN_IN: Final = "console.sign_in"

HEADERS: Final = {
    # No inline script or style: what a patient said can never run, even if a template forgets.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Form tokens are checked against the referrer under https, so it is kept within our pages.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000; includeSubDomains"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever is signed in, as flask-login asks for it; its session id ends with the password."""

    account_id: str
    username: str
    role: Role
    fingerprint: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return f"{self.account_id}.{self.fingerprint}"


def secure(app: Flask, *, accounts: Accounts, origin: str) -> None:
    """Give the application its session rules, form tokens, staff and security headers."""
    https = urlsplit(origin).scheme == "https"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-doorvani" if https else "doorvani",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE,
        # A form may lie open as long as the session lives: a consultation is not hurried.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    _protect_forms(app)
    _load_staff(app, accounts)
    headers = {**HEADERS, "Strict-Transport-Security": HSTS} if https else HEADERS

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # Whatever does not say that it may be kept, may not: pages and webhooks are clinical.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _protect_forms(app: Flask) -> None:
    csrf = CSRFProtect(app)

    @app.before_request
    def check_token() -> None:
        # A carrier has no session; its signature stands in the token's place.
        endpoint = request.endpoint
        if endpoint is None or isinstance(access_of(app, endpoint), SignedByCarrier):
            return
        csrf.protect()


def _load_staff(app: Flask, accounts: Accounts) -> None:
    manager = LoginManager(app)
    # "strong" would sign a doctor out whenever her mobile network gives her a new address.
    manager.session_protection = "basic"

    @manager.user_loader  # type: ignore[untyped-decorator]  # flask-login carries no types
    def load(session_id: str) -> SignedIn | None:
        account_id, _, fingerprint = session_id.partition(".")
        member = accounts.load(account_id)
        if member is None or member.fingerprint != fingerprint:
            return None
        return _signed_in(member)

    @manager.unauthorized_handler  # type: ignore[untyped-decorator]  # flask-login carries no types
    def unauthorized() -> ResponseReturnValue:
        if request.method != "GET" or SIGN_IN not in app.view_functions:
            abort(401)
        return redirect(url_for(SIGN_IN, next=request.full_path.rstrip("?")))


def sign_in(member: StaffMember) -> None:
    """Begin a session for her; what an earlier session held is dropped."""
    session.clear()
    session.permanent = True
    login_user(_signed_in(member))


def sign_out() -> None:
    logout_user()
    session.clear()


def own_page(target: str | None, *, otherwise: str) -> str:
    """Return the target if it is a path of ours, so that a link cannot lead elsewhere."""
    # Browsers read a backslash as a slash, and skip tabs and line ends before they look.
    if not target or not target.isprintable() or "\\" in target:
        return otherwise
    return target if target.startswith("/") and not target.startswith("//") else otherwise


def _signed_in(member: StaffMember) -> SignedIn:
    return SignedIn(member.id, member.username, member.role, member.fingerprint)
