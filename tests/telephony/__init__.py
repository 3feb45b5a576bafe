"""The carrier's edge: documents, webhooks, signatures, requests."""
