"""Telling the carrier how to behave, and reading all it did."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from pydantic import Field

from simulator.exchange import Exchange
from simulator.misbehaviour import Misbehaviour
from simulator.phone_api import read_log


class _Order(Misbehaviour):
    number: str | None = Field(default=None, min_length=1)


def create_control(exchange: Exchange) -> Blueprint:
    """Return /control/misbehave, /control/reset and /log."""
    control = Blueprint("control", __name__)

    @control.post("/control/misbehave")
    def misbehave() -> Response:
        """Put faults in force, for `number` or for all; what is left out is without fault."""
        order = _Order.model_validate(request.get_json(force=True, silent=True) or {})
        faults = Misbehaviour(**order.model_dump(exclude={"number"}))
        with exchange.lock:
            exchange.faults.put(faults, order.number)
            exchange.journal.add("misbehave", number=order.number, **faults.model_dump())
            return _faults(exchange)

    @control.get("/control/misbehave")
    def show_faults() -> Response:
        with exchange.lock:
            return _faults(exchange)

    @control.post("/control/reset")
    def reset() -> Response:
        exchange.reset()
        return jsonify(reset=True)

    @control.get("/log")
    def log() -> Response:
        return jsonify(read_log(exchange, None))

    return control


def _faults(exchange: Exchange) -> Response:
    faults = exchange.faults
    return jsonify(
        general=faults.general.model_dump(),
        by_number={number: own.model_dump() for number, own in faults.by_number.items()},
    )
