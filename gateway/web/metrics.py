"""Figures for a scraper, read from the database: the same whichever process is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Row, func, select

from gateway.db.models import Doctor, Message, Recording, Ticket
from gateway.domain.states import MessageStatus, TicketStatus
from gateway.services import tallies
from gateway.services.work import Work

_UNFINISHED: Final = (MessageStatus.QUEUED, MessageStatus.SENDING)


class Metrics:
    def __init__(self, work: Work) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Database(work))


class _Database(Collector):
    def __init__(self, work: Work) -> None:
        self._work = work

    def collect(self) -> Iterator[Metric]:
        with self._work.begin() as unit:
            waiting = unit.db.execute(
                select(Ticket.urgency, func.count(), func.min(Ticket.joined_at))
                .where(Ticket.status == TicketStatus.WAITING)
                .group_by(Ticket.urgency)
            ).all()
            doctors = unit.db.execute(
                select(Doctor.status, func.count()).group_by(Doctor.status)
            ).all()
            messages = unit.db.execute(
                select(Message.status, func.count())
                .where(Message.status.in_(_UNFINISHED))
                .group_by(Message.status)
            ).all()
            unheard = unit.db.scalar(
                select(func.count()).select_from(Recording).where(Recording.outcome.is_(None))
            )
            tallied = tallies.totals(unit.db)
            now = unit.now
        patients = GaugeMetricFamily(
            "doorvani_waiting_patients", "Patients who wait", labels=["urgency"]
        )
        longest = GaugeMetricFamily(
            "doorvani_longest_wait_seconds", "The longest wait now", labels=["urgency"]
        )
        for urgency, count, since in waiting:
            patients.add_metric([urgency], count)
            longest.add_metric([urgency], (now - since).total_seconds())
        yield patients
        yield longest
        yield _by_status("doorvani_doctors", "Doctors", doctors)
        yield _by_status("doorvani_unsent_messages", "Messages that have not left", messages)
        yield GaugeMetricFamily(
            "doorvani_unheard_recordings", "Recordings not transcribed yet", value=unheard or 0
        )
        yield from _of_nodes(tallied)


def _of_nodes(tallied: Iterable[Row[str, str, str, float]]) -> Iterator[CounterMetricFamily]:
    """How the nodes of the flows fare, of the calls that have ended."""
    events = CounterMetricFamily(
        "doorvani_node_events", "What happened at a node", labels=["flow", "node", "kind"]
    )
    seconds = CounterMetricFamily(
        "doorvani_node_seconds", "How long callers were at a node", labels=["flow", "node"]
    )
    for flow, node, kind, amount in tallied:
        if kind == tallies.SECONDS:
            seconds.add_metric([flow, node], amount)
        else:
            events.add_metric([flow, node, kind], amount)
    yield events
    yield seconds


def _by_status(name: str, text: str, rows: object) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["status"])
    for status, count in rows:  # type: ignore[attr-defined]  # rows of (status, count)
        family.add_metric([status.value], count)
    return family
