"""The gateway's failures; an expected outcome is a value, not one of these."""

from __future__ import annotations


class GatewayError(Exception):
    """A failure of ours; the message is for an operator and carries no personal data."""
