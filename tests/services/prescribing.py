"""What a doctor writes, for the tests of prescriptions and of what follows them."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.draft import MedicineDraft
from gateway.services.prescription_document import Written


def medicine(name: str = "paracetamol", **changed: object) -> MedicineDraft:
    line = {"name": name, "form": "tablet", "strength": "500 mg", "dose": "1-0-1", "days": 3}
    return MedicineDraft.model_validate({**line, **changed})


def written(*medicines: MedicineDraft, **changed: object) -> Written:
    fever = Written("viral fever", "rest and fluids", medicines or (medicine(),))
    return replace(fever, **changed)  # type: ignore[arg-type]  # fields of the dataclass
