"""A process that writes a journal until it is killed, or until the disk refuses; for test_journal_crash.py.

python journal_child.py DIRECTORY [MOST_BYTES]: says each place once it is durable.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

from twinstar.builtin.journal import SqliteJournal
from twinstar.domain import OrderAccepted
from twinstar.errors import StateError
from twinstar.runtime.clock import SystemClock


async def main() -> None:
    if len(sys.argv) > 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    clock = SystemClock()
    journal = SqliteJournal(Path(sys.argv[1]), clock)
    try:
        while True:
            for _ in range(3):  # a group: only the last is waited for
                place = journal.append(OrderAccepted(time_ms=clock.now_ms(), order_id="tw-1", venue_order_id="7"))
            await journal.durable(place)
            say(place)
    except StateError as e:
        say(f"refused: {e}")
        await append_again(journal)


def say(words: object) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def append_again(journal: SqliteJournal) -> None:
    """Once it has failed, nothing more is taken or acknowledged, although the disk may have room again."""
    for attempt in ("append", "durable", "close"):
        try:
            if attempt == "append":
                journal.append(OrderAccepted(time_ms=0, order_id="tw-2", venue_order_id="8"))
            elif attempt == "durable":
                await journal.durable(1)
            else:
                await journal.close()
        except StateError:
            say(f"{attempt} refused")


if __name__ == "__main__":
    asyncio.run(main())
