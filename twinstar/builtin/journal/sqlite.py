"""Writing the journal: the event loop gives each record its place, one thread commits them in groups.

The thread is called in the loop's next turn. So a candle and the order that follows from it are one commit, however
long the strategy thinks in between; and the thread does not ask for the interpreter before all that the order needs has
been begun.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from twinstar.builtin.journal.file import JournalFile
from twinstar.builtin.journal.reading import read_journal
from twinstar.builtin.journal.rows import Row, to_row
from twinstar.errors import StateError
from twinstar.ports import Clock, Record

_MARK_AFTER_S = 1.0  # and not with the commit: whoever waited for that one would wait for the mark as well
_MOST_WAITING = 100_000  # a disk so far behind is broken: stop, rather than trade on what may never be written


class SqliteJournal:
    """The `Journal` port. Append and wait on one event loop; nothing here ever blocks it."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory = directory
        self._file = JournalFile(directory)
        self._clock = clock
        self._place = self._durable = self._file.last.seq
        self._waiting: deque[Row] = deque()
        self._thread = ThreadPoolExecutor(1, "journal")
        self._closed = False
        self._failure: StateError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # the next three are of this one
        self._news = asyncio.Event()  # wakes who waits, after a commit
        self._called = False  # the thread is, or will be in the next turn
        self._marking: asyncio.TimerHandle | None = None

    def append(self, record: Record) -> int:
        """Give the record its place at once and return it; it is on disk once `durable` returns. Never waits."""
        self._refuse_if_broken()
        loop = self._at_home()
        self._waiting.append(to_row(self._place + 1, self._clock.now_ms(), record))
        self._place += 1
        if not self._called:
            self._called = True
            loop.call_soon(self._thread.submit, self._write)
        if self._marking is None:
            self._marking = loop.call_later(_MARK_AFTER_S, self._begin_mark)
        return self._place

    async def durable(self, place: int) -> None:
        """Return when the record at ``place``, and so all before it, would survive a crash. Raise `StateError`.

        Once a write has failed it raises for every place: what came of a record could not be written any more.
        """
        self._at_home()
        self._raise_failure()
        while self._durable < place:
            await self._news.wait()
            self._raise_failure()

    def read(self) -> Iterable[Record]:
        """All records that are on disk, oldest first. Raise `StateError` naming the row that cannot be trusted."""
        return read_journal(self._directory)

    async def close(self) -> None:
        """What was appended is on disk when this returns; else it raises `StateError`."""
        if self._closed:
            return
        self._closed = True
        if self._marking is not None:
            self._marking.cancel()
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._finish)
        finally:
            self._thread.shutdown(wait=False)
        self._raise_failure()

    def _at_home(self) -> asyncio.AbstractEventLoop:
        """The loop that is running. What one that is gone had still to do counts as not begun."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._news, self._called, self._marking = loop, asyncio.Event(), False, None
        return loop

    def _begin_mark(self) -> None:
        self._marking = None
        self._thread.submit(self._mark)

    # On the writer's thread.

    def _write(self) -> None:
        """All that waits, in one commit."""
        self._called = False  # first, so that whoever appends from here on calls for the next round
        rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
        with self._watched():
            if rows and self._failure is None:
                self._file.commit(rows)
                self._durable = rows[-1].seq
                self._wake()

    def _mark(self) -> None:
        with self._watched():
            if self._failure is None:
                self._file.mark()

    def _finish(self) -> None:
        self._write()
        self._file.close()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """A writer that died unseen would let `durable` wait for ever."""
        try:
            yield
        except Exception as e:  # noqa: BLE001 - see above
            self._failure = e if isinstance(e, StateError) else StateError(f"{self._file.path}: {e!r}")
            self._wake()

    def _wake(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
                self._loop.call_soon_threadsafe(_wake_all, self._news)

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
