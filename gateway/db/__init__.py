"""The data layer: models by subject, sessions, encryption at rest, migrations."""
