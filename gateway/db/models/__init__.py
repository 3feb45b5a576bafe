"""Every table, so that metadata is whole wherever one model is imported."""

from gateway.db.models.aftercare import Aftercare
from gateway.db.models.base import Base
from gateway.db.models.calls import Call, Opening, OutboundCall, Recording, Turn
from gateway.db.models.consultations import (
    Consultation,
    Dispensing,
    Prescription,
    PrescriptionDraft,
    Regimen,
    Slip,
)
from gateway.db.models.events import Event
from gateway.db.models.messages import Message, Receipt
from gateway.db.models.people import Caller, Patient
from gateway.db.models.rates import Bucket
from gateway.db.models.staff import Account, Doctor, DoctorPhone, HealthWorker, ShiftRow
from gateway.db.models.tallies import Tally
from gateway.db.models.waiting import Offer, Presentation, Ticket

__all__ = [
    "Account",
    "Aftercare",
    "Base",
    "Bucket",
    "Call",
    "Caller",
    "Consultation",
    "Dispensing",
    "Doctor",
    "DoctorPhone",
    "Event",
    "HealthWorker",
    "Message",
    "Offer",
    "Opening",
    "OutboundCall",
    "Patient",
    "Prescription",
    "PrescriptionDraft",
    "Presentation",
    "Receipt",
    "Recording",
    "Regimen",
    "ShiftRow",
    "Slip",
    "Tally",
    "Ticket",
    "Turn",
]
