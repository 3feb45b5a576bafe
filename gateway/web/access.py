"""Who may enter each route: declared beside the view, enforced here, refused when undeclared."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar, cast

from flask import Flask, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Forbidden

from gateway.domain.roles import Role
from gateway.telephony.dialects import DIALECTS
from gateway.telephony.signatures import SignatureGuard, Webhook

log = logging.getLogger(__name__)

_View = TypeVar("_View", bound=Callable[..., Any])
_MARK: Final = "__access__"


@dataclass(frozen=True, slots=True)
class Public:
    """Anybody may enter; the reason says why that is right."""

    reason: str


@dataclass(frozen=True, slots=True)
class SignedByCarrier:
    """Only the carrier that the path names may enter, as it proves itself."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Only signed-in staff of these roles may enter."""

    roles: frozenset[Role]


Access: TypeAlias = Public | SignedByCarrier | Staff


@dataclass(frozen=True, slots=True)
class Route:
    """A route as the application knows it; access is None where nobody declared it."""

    rule: str
    methods: tuple[str, ...]
    endpoint: str
    access: Access | None


def allow(*roles: Role) -> Callable[[_View], _View]:
    """Declare that staff of any of these roles may enter the view."""
    if not roles:
        raise ValueError("a view that nobody may enter needs no route")
    return _declare(Staff(frozenset(roles)))


def public(reason: str) -> Callable[[_View], _View]:
    """Declare that anybody may enter the view, and why."""
    return _declare(Public(reason))


def signed_by_carrier(view: _View) -> _View:
    """Declare that only the carrier named in the path (`<carrier>`) may enter the view."""
    return _declare(SignedByCarrier())(view)


def _declare(access: Access) -> Callable[[_View], _View]:
    def mark(view: _View) -> _View:
        if hasattr(view, _MARK):
            raise ValueError(f"{view.__name__}: declared twice who may enter")
        setattr(view, _MARK, access)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return who may enter the endpoint, None when that was not declared."""
    return cast("Access | None", getattr(app.view_functions.get(endpoint), _MARK, None))


def routes(app: Flask) -> Iterator[Route]:
    """Yield every route of the application; a test holds that none is undeclared."""
    for rule in app.url_map.iter_rules():
        methods = tuple(sorted(rule.methods or ()))
        yield Route(rule.rule, methods, rule.endpoint, access_of(app, rule.endpoint))


def guard_routes(app: Flask, *, guard: SignatureGuard) -> None:
    """Let nobody into a route who is not declared for it, before any view runs."""
    static = app.view_functions.get("static")
    if static is not None and not hasattr(static, _MARK):
        setattr(static, _MARK, Public("style sheets, scripts and pictures"))

    @app.before_request
    def enter() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # no such route, or method: Flask answers 404 or 405
        match access_of(current_app, request.endpoint):
            case Public():
                return None
            case SignedByCarrier():
                _enter_signed(guard)
                return None
            case Staff(roles):
                return _enter_staff(roles)
        log.error("route_undeclared", extra={"endpoint": request.endpoint})
        raise Forbidden


def _enter_signed(guard: SignatureGuard) -> None:
    carrier = str((request.view_args or {}).get("carrier", ""))
    if not guard.knows(carrier):
        abort(404)
    if request.method != DIALECTS[carrier].method:
        abort(405)
    webhook = Webhook(
        method=request.method,
        target=_target(),
        form=request.form,
        headers=request.headers,
        address=request.remote_addr or "",
    )
    if not guard.admits(carrier, webhook):
        log.warning("webhook_refused", extra={"carrier": carrier})
        abort(403)


def _enter_staff(roles: frozenset[Role]) -> ResponseReturnValue | None:
    if not current_user.is_authenticated:
        return cast(ResponseReturnValue, current_app.login_manager.unauthorized())  # type: ignore[attr-defined]  # set by flask-login
    if current_user.role not in roles:
        log.warning("role_refused", extra={"account_id": current_user.account_id})
        abort(403)
    return None


def _target() -> str:
    """Return path and query as they were requested: signed are the octets, not their meaning."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if not raw:
        return request.full_path if request.query_string else request.path
    if raw.startswith("/"):
        return str(raw)
    # A proxy may hand on the absolute form (RFC 9112, 3.2.2).
    _, _, rest = raw.partition("://")
    return f"/{rest.partition('/')[2]}"
