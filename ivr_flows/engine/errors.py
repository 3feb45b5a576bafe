"""The conversation's failures; each names the flow and node, and never what a caller said."""

from __future__ import annotations


class ConversationError(Exception):
    """The conversation cannot go on; the caller is to hear the apology."""


class EndlessTurn(ConversationError):  # noqa: N818  # named for what happened
    """A turn went through more nodes than any honest flow needs."""


class UnknownFlow(ConversationError):  # noqa: N818  # named for what happened
    """No flow, version or node of that name is in the book."""


class UnhandledOutcome(ConversationError):  # noqa: N818  # named for what happened
    """An effect ended in a way for which the node names no way on."""


class MissingText(ConversationError):  # noqa: N818  # named for what happened
    """A catalogue has no such prompt, or a value for it is not known."""
