"""Writing the journal: the event loop gives each record its place, one thread commits them in groups."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from twinstar.builtin.journal.file import JournalFile
from twinstar.builtin.journal.reading import read_journal
from twinstar.builtin.journal.rows import Row, to_row
from twinstar.errors import StateError
from twinstar.ports import Clock, Record

_MOST_WAITING = 100_000  # a disk so far behind is broken: stop, rather than trade on what may never be written


class SqliteJournal:
    """The `Journal` port. Append and wait on one event loop; nothing here ever blocks it."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory = directory
        self._file = JournalFile(directory, clock)
        self._clock = clock
        self._place = self._durable = self._file.last.seq
        self._waiting: deque[Row] = deque()
        self._thread = ThreadPoolExecutor(1, "journal")
        self._scheduled = False
        self._closed = False
        self._failure: StateError | None = None
        self._news: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None  # whom to wake after a commit

    def append(self, record: Record) -> int:
        """Give the record its place at once and return it; it is on disk once `durable` returns. Never waits."""
        self._refuse_if_broken()
        self._waiting.append(to_row(self._place + 1, self._clock.now_ms(), record))
        self._place += 1
        if not self._scheduled:
            self._scheduled = True
            self._thread.submit(self._write)
        return self._place

    async def durable(self, place: int) -> None:
        """Return when the record at ``place``, and so all before it, would survive a crash. Raise `StateError`.

        Once a write has failed it raises for every place: what came of a record could not be written any more.
        """
        news = self._listen()
        self._raise_failure()
        while self._durable < place:
            await news.wait()
            self._raise_failure()

    def read(self) -> Iterable[Record]:
        """All records that are on disk, oldest first. Raise `StateError` naming the row that cannot be trusted."""
        return read_journal(self._directory)

    async def close(self) -> None:
        """What was appended is on disk when this returns; else it raises `StateError`."""
        if self._closed:
            return
        self._closed = True
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._file.close)
        finally:
            self._thread.shutdown(wait=False)
        self._raise_failure()

    def _write(self) -> None:
        """On the writer's thread: all that waits, in one commit."""
        self._scheduled = False  # first, so that whoever appends from here on schedules the next round
        rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            if rows and self._failure is None:
                self._file.commit(rows)
                self._durable = rows[-1].seq
                self._wake()
                self._file.mark()
        except Exception as e:  # noqa: BLE001 - a writer that died unseen would let `durable` wait for ever
            self._failure = e if isinstance(e, StateError) else StateError(f"{self._file.path}: {e!r}")
            self._wake()

    def _listen(self) -> asyncio.Event:
        loop = asyncio.get_running_loop()
        if self._news is None or self._news[0] is not loop:
            self._news = loop, asyncio.Event()
        return self._news[1]

    def _wake(self) -> None:
        if self._news:
            loop, event = self._news
            with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
                loop.call_soon_threadsafe(_wake_all, event)

    def _refuse_if_broken(self) -> None:
        self._raise_failure()
        if self._closed:
            raise StateError(f"{self._file.path}: closed")
        if len(self._waiting) >= _MOST_WAITING:
            raise StateError(f"{self._file.path}: the disk is {_MOST_WAITING} records behind; is it working?")

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure


def _wake_all(event: asyncio.Event) -> None:
    """Those who wait now, and not those who come later."""
    event.set()
    event.clear()
