"""What a durable record costs: the journal against a JSON file written anew, and against SQLite with a commit each.

python benchmarks/journal.py [--rounds 7] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from _figures import show

from twinstar.builtin.journal import SqliteJournal
from twinstar.domain import OrderAccepted
from twinstar.runtime.clock import SystemClock

KNOWN = 1_000  # orders in the naive program's state file
A_ROUND = 50
TOGETHER = 64  # executors, and whoever else waits at once
READ = 100_000


def record(number: int) -> OrderAccepted:
    return OrderAccepted(time_ms=1_700_000_000_000 + number, order_id=f"tw-{number:08d}", venue_order_id=str(number))


class JsonFile:
    """As most bots do it: the whole state, written beside and renamed; here with the fsync that many forget."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "state.json"
        self._orders = [self._row(number) for number in range(KNOWN)]

    def append(self, number: int) -> None:
        self._orders = [*self._orders[1:], self._row(number)]
        temporary = self._path.with_suffix(".tmp")
        with temporary.open("w") as file:
            json.dump(self._orders, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)

    def _row(self, number: int) -> dict[str, object]:
        return {"time_ms": number, "order_id": f"tw-{number:08d}", "venue_order_id": str(number), "status": "accepted"}


class PlainSqlite:
    """The same promise as ours (WAL, FULL), one commit a record, on the caller's thread."""

    def __init__(self, directory: Path) -> None:
        self._db = sqlite3.connect(directory / "plain.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, body TEXT)")

    def append(self, number: int) -> None:
        self._db.execute("INSERT INTO rows (body) VALUES (?)", (json.dumps({"order_id": f"tw-{number:08d}"}),))

    def close(self) -> None:
        self._db.close()


def each_ms(append: Callable[[int], None]) -> float:
    os.sync()  # what others wrote is not to be paid by these fsyncs; below too
    began = perf_counter()
    for number in range(A_ROUND):
        append(number)
    return (perf_counter() - began) / A_ROUND * 1_000


async def one_by_one_ms(journal: SqliteJournal) -> float:
    os.sync()
    began = perf_counter()
    for number in range(A_ROUND):
        await journal.durable(journal.append(record(number)))
    return (perf_counter() - began) / A_ROUND * 1_000


async def together_ms(journal: SqliteJournal) -> float:
    async def worker() -> None:
        for number in range(A_ROUND):
            await journal.durable(journal.append(record(number)))

    os.sync()
    began = perf_counter()
    await asyncio.gather(*(worker() for _ in range(TOGETHER)))
    return (perf_counter() - began) / (A_ROUND * TOGETHER) * 1_000


async def append_us(journal: SqliteJournal) -> float:
    """How long the event loop is held by one append."""
    records = [record(number) for number in range(2_000)]
    began = perf_counter()
    for each in records:
        place = journal.append(each)
    held = perf_counter() - began
    await journal.durable(place)
    return held / len(records) * 1e6


async def read_s(journal: SqliteJournal) -> float:
    place = 0
    while place < READ:
        place = journal.append(record(place))
        if place % 10_000 == 0:
            await journal.durable(place)
    await journal.durable(place)
    began = perf_counter()
    rows = sum(1 for _ in journal.read())
    return (perf_counter() - began) / rows * READ


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--directory", default=None, help="on the disk that is to be measured")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.directory) as name:
        directory = Path(name)
        journal, naive, plain = SqliteJournal(directory, SystemClock()), JsonFile(directory), PlainSqlite(directory)
        taken: dict[str, list[float]] = {}
        for _ in range(chosen.rounds):  # in turns
            for key, value in {
                "naive": each_ms(naive.append),
                "plain": each_ms(plain.append),
                "one": await one_by_one_ms(journal),
                "together": await together_ms(journal),
                "append": await append_us(journal),
            }.items():
                taken.setdefault(key, []).append(value)
        typical = {key: median(values) for key, values in taken.items()}
        show("journal.durable_vs_json_file", ours=typical["one"], other=typical["naive"], unit="ms", orders=KNOWN)
        show("journal.durable_vs_sqlite_commit", ours=typical["one"], other=typical["plain"], unit="ms")
        show(
            "journal.group_vs_sqlite_commit",
            ours=typical["together"],
            other=typical["plain"],
            unit="ms",
            at_once=TOGETHER,
        )
        show("journal.append_holds_the_loop", ours=typical["append"], unit="us")
        show("journal.read_100k", ours=await read_s(journal), unit="s")
        await journal.close()
        plain.close()


if __name__ == "__main__":
    asyncio.run(main())
