"""How the carrier is told to misbehave, for everybody or for one number."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class CallbackOrder(StrEnum):
    SENT = "sent"
    SWAPPED = "swapped"


class RestFault(StrEnum):
    """What happens to a REST request that creates or changes something.

    The `*_AFTER_ACCEPTING` kinds do the work and then hide it: the ambiguous outcome.
    """

    NONE = "none"
    REFUSE_429 = "refuse_429"
    FAIL_500 = "fail_500"
    FAIL_500_AFTER_ACCEPTING = "fail_500_after_accepting"
    TIME_OUT_AFTER_ACCEPTING = "time_out_after_accepting"


class Callee(StrEnum):
    """What becomes of a call to a number."""

    RING = "ring"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"


class Delivery(StrEnum):
    """What becomes of a message."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class Misbehaviour(BaseModel):
    """One set of faults; the defaults are a carrier without fault.

    Copies count all deliveries (2: everything comes twice, at the same moment). Delays are in
    line seconds; `rest_hold_s` in wall seconds. rest_times: for how many requests the fault
    lasts (None: until told otherwise).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhook_copies: int = Field(default=1, ge=1, le=5)
    webhook_delay_s: float = Field(default=0, ge=0, le=3600)
    callback_copies: int = Field(default=1, ge=1, le=5)
    callback_delay_s: float = Field(default=0, ge=0, le=3600)
    callback_order: CallbackOrder = CallbackOrder.SENT
    rest: RestFault = RestFault.NONE
    rest_times: int | None = Field(default=None, ge=1)
    rest_hold_s: float = Field(default=60, gt=0, le=600)
    callee: Callee = Callee.RING
    recording_not_ready: int = Field(default=0, ge=0, le=1000)
    sms: Delivery = Delivery.DELIVERED


class Faults:
    """The faults in force. A number's own set replaces the general one; guarded by the exchange."""

    def __init__(self, general: Misbehaviour | None = None) -> None:
        self.general = general or Misbehaviour()
        self.by_number: dict[str, Misbehaviour] = {}

    def put(self, misbehaviour: Misbehaviour, number: str | None) -> None:
        if number is None:
            self.general = misbehaviour
        else:
            self.by_number[number] = misbehaviour

    def of(self, *numbers: str) -> Misbehaviour:
        """Return the faults of the first number that has some of its own, else the general ones."""
        return next(
            (self.by_number[number] for number in numbers if number in self.by_number),
            self.general,
        )

    def take_rest_fault(self, *numbers: str) -> Misbehaviour:
        """Return the faults for one REST request, and count it against `rest_times`."""
        number = next((number for number in numbers if number in self.by_number), None)
        faults = self.of(*numbers)
        if faults.rest is RestFault.NONE or faults.rest_times is None:
            return faults
        left = faults.rest_times - 1
        spent = {"rest_times": left} if left else {"rest": RestFault.NONE, "rest_times": None}
        self.put(faults.model_copy(update=spent), number)
        return faults

    def clear(self) -> None:
        self.general = Misbehaviour()
        self.by_number.clear()
