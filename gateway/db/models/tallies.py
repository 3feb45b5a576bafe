"""How the nodes of the flows fare, without any trace of whose call it was."""

from __future__ import annotations

from sqlalchemy import Double, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db.models.base import Base


class Tally(Base):
    """So many more of a kind at a node. Rows are only added; the sweeper adds them up."""

    __tablename__ = "tallies"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    flow: Mapped[str] = mapped_column(String(60))
    node: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[float] = mapped_column(Double)
