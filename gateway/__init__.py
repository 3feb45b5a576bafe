"""The gateway: what ties a carrier, a database and people together."""
