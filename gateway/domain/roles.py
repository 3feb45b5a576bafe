"""Who works in the service; a pharmacist has no account, a prescription's code is her key."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account may do. Roles do not contain one another: an admin reads no consultation."""

    DOCTOR = "doctor"
    HEALTH_WORKER = "health_worker"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
