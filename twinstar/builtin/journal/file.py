"""The journal's file as its writer sees it: one lock, one commit at a time, and the mark."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from twinstar.builtin.disk import Lock
from twinstar.builtin.journal.mark import Mark, check_mark, read_mark, write_mark
from twinstar.builtin.journal.rows import ORIGIN, Row
from twinstar.builtin.journal.schema import FILE_NAME, INSERT, naming, open_to_write


class JournalFile:
    """The file and its lock; used by one thread at a time."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / FILE_NAME
        with ExitStack() as undo:
            self._lock = Lock(directory / "journal.lock")
            undo.callback(self._lock.release)
            with naming(self.path):
                self._db = open_to_write(self.path)
                undo.callback(self._db.close)
                self.last = self._find_last()
            undo.pop_all()
        self._marked = Mark(0, ORIGIN)

    def commit(self, rows: Iterable[Row]) -> None:
        """All of them or none. A second writer would take a seq that is taken, and be refused."""
        seq, digest = self.last
        chained = []
        for row in rows:
            seq, digest = row.seq, row.hash(digest)
            chained.append((row.seq, row.time_ms, row.kind.decode(), row.body.decode(), digest))
        with naming(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(INSERT, chained)
            self._db.execute("COMMIT")
        self.last = Mark(seq, digest)

    def mark(self) -> None:
        """Remember outside of the file how far it has come."""
        if self.last != self._marked:
            with naming(self.path):
                write_mark(self.path, self.last)
            self._marked = self.last

    def close(self) -> None:
        try:
            self.mark()
        finally:
            self._db.close()
            self._lock.release()

    def _find_last(self) -> Mark:
        """The end of the journal. Only reading it verifies all that leads there."""
        mark = read_mark(self.path)
        if mark:
            found = self._db.execute("SELECT hash FROM journal WHERE seq = ?", (mark.seq,)).fetchone()
            check_mark(mark, found[0] if found else None)
        last = self._db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return Mark(*last) if last else Mark(0, ORIGIN)
