"""The baseline of `bench.key_press`: Flask, a twilio signature check, and one TwiML answer."""

from __future__ import annotations

import os

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)
_validator = RequestValidator(os.environ.get("TWILIO_AUTH_TOKEN", ""))
_origin = os.environ.get("PUBLIC_URL", "")


@app.post("/voice")
def voice() -> Response:
    signature = request.headers.get("X-Twilio-Signature", "")
    if not _validator.validate(f"{_origin}/voice", request.form, signature):
        abort(403)
    answer = VoiceResponse()
    gather = answer.gather(num_digits=1, action=f"{_origin}/voice", timeout=5)
    gather.say("हिन्दी के लिए एक दबाइए", voice="Polly.Aditi", language="hi-IN")
    answer.redirect(f"{_origin}/voice")
    return Response(str(answer), mimetype="text/xml")
