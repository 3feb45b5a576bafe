"""The locks: fields at rest, routes, accounts, logs."""
