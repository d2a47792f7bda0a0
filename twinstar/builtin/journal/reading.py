"""Reading a journal, whether or not a service is writing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from twinstar.builtin.journal.mark import check_mark, read_mark
from twinstar.builtin.journal.rows import ORIGIN, Row, to_record, verified
from twinstar.builtin.journal.schema import FILE_NAME, SELECT, naming, open_to_read
from twinstar.ports import Entry, Record

_A_PAGE = 5_000  # rows in one go: the write-ahead log cannot be emptied while somebody reads
_LOWEST = -(2**63)  # a row below the first is one that was put in


def read_journal(directory: Path) -> Iterator[Record]:
    """The records of `read_entries`."""
    return (entry.record for entry in read_entries(directory))


def read_entries(directory: Path) -> Iterator[Entry]:
    """All records, oldest first, each verified; none when there is no journal in this state directory.

    Raise `StateError` naming the file and the first row that cannot be trusted.
    """
    path = directory / FILE_NAME
    with naming(path), closing(_rows(path)) as rows:
        for row in rows:
            yield Entry(row.seq, row.time_ms, to_record(row))


def _rows(path: Path) -> Generator[Row, None, None]:
    mark = read_mark(path)  # before the rows, so that it is never ahead of them
    at_mark: bytes | None = None
    last, digest = None, ORIGIN
    if path.exists() and path.stat().st_size:
        with open_to_read(path) as db:
            for values in _pages(db):
                last = verified(values, last, digest)
                digest = values[-1]
                if mark and last.seq == mark.seq:
                    at_mark = digest
                yield last
    if mark:
        check_mark(mark, at_mark)


def _pages(db: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    begin = _LOWEST
    while page := db.execute(SELECT, (begin, _A_PAGE)).fetchall():
        yield from page
        begin = page[-1][0] + 1
