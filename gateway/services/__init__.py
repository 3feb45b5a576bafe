"""Use cases, one file per subject; each owns its transaction."""
