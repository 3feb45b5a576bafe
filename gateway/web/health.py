"""Liveness, readiness and figures, for whoever watches the service."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.web.access import public
from gateway.web.parts import parts

health = Blueprint("health", __name__)


@health.get("/healthz")
@public("tells only that this process answers")
def healthz() -> Response:
    return jsonify(status="ok")


@health.get("/readyz")
@public("tells a load balancer which of our parts do not answer, and nothing else")
def readyz() -> Response:
    problems = parts().readiness.problems()
    response = jsonify(status="ready" if not problems else "not ready", problems=problems)
    response.status_code = 503 if problems else 200
    return response


@health.get("/metrics")
@public("counts and sums without personal data, for a scraper on the inner network")
def metrics() -> Response:
    return Response(generate_latest(parts().metrics.registry), mimetype=CONTENT_TYPE_LATEST)
