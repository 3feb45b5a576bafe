"""The failures of speech; an expected outcome is a value, not one of these."""

from __future__ import annotations


class SpeechError(Exception):
    """A failure of ours; the message is for an operator and carries nothing that was said."""
