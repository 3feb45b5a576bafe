"""The conversation: what a caller hears and may answer, as data, and the engine that runs it."""
