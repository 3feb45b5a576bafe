"""REST: recordings and their media."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from simulator.audio import write_wav
from simulator.exchange import Exchange
from simulator.recordings import Recording
from simulator.rest_errors import not_found
from simulator.rest_shapes import show_page, show_recording


def add_recording_routes(blueprint: Blueprint, exchange: Exchange) -> None:
    """Add list, fetch, delete and download of recordings. Media is WAV only."""

    def listed(call_sid: str | None) -> Response:
        with exchange.lock:
            found = [
                recording
                for recording in reversed(exchange.recordings.values())
                if call_sid in (None, recording.call_sid)
            ]
            return jsonify(
                show_page("recordings", found, lambda item: show_recording(exchange, item))
            )

    @blueprint.get("/Recordings.json")
    def list_recordings() -> Response:
        return listed(request.args.get("CallSid"))

    @blueprint.get("/Calls/<call_sid>/Recordings.json")
    def list_call_recordings(call_sid: str) -> Response:
        with exchange.lock:
            if call_sid not in exchange.calls:
                raise not_found(request.path)
        return listed(call_sid)

    @blueprint.get("/Recordings/<sid>.json")
    def fetch_recording(sid: str) -> Response:
        with exchange.lock:
            return jsonify(show_recording(exchange, _find(exchange, sid)))

    @blueprint.delete("/Recordings/<sid>.json")
    def delete_recording(sid: str) -> Response:
        with exchange.lock:
            _find(exchange, sid)
            del exchange.recordings[sid]
        return Response(status=204)

    @blueprint.get("/Recordings/<sid>.wav")
    @blueprint.get("/Recordings/<sid>")
    def download_recording(sid: str) -> Response:
        with exchange.lock:
            recording = _find(exchange, sid)
            if recording.not_ready:
                recording.not_ready -= 1
                raise not_found(request.path)
            clip = recording.clip
        return Response(write_wav(clip), mimetype="audio/x-wav")


def _find(exchange: Exchange, sid: str) -> Recording:
    with exchange.lock:
        if sid not in exchange.recordings:
            raise not_found(request.path)
        return exchange.recordings[sid]
