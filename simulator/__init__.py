"""A carrier on the desk: runs TwiML, speaks Twilio's REST API and gives phones to people and tests.

It meets the gateway only over HTTP, with signed webhooks, and imports nothing of it, so it cannot
be kinder to it than a real carrier.
"""
