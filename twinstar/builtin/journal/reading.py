"""Reading a journal, whether a service is writing it or not."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from twinstar.builtin.journal.mark import check_mark, read_mark
from twinstar.builtin.journal.rows import ORIGIN, Row, to_record, verified
from twinstar.builtin.journal.schema import FILE_NAME, SELECT, naming, open_to_read
from twinstar.ports import Record


def read_journal(directory: Path) -> Iterator[Record]:
    """All records, oldest first, each verified; none when there is no journal in this state directory.

    Raise `StateError` naming the file and the first row that cannot be trusted.
    """
    path = directory / FILE_NAME
    with naming(path), closing(_rows(path)) as rows:
        for row in rows:
            yield to_record(row)


def _rows(path: Path) -> Generator[Row, None, None]:
    mark = read_mark(path)  # before the rows, so that it is never ahead of them
    at_mark: bytes | None = None
    last, digest = None, ORIGIN
    if path.exists() and path.stat().st_size:
        with open_to_read(path) as db:
            for values in db.execute(SELECT):
                last = verified(values, last, digest)
                digest = values[-1]
                if mark and last.seq == mark.seq:
                    at_mark = digest
                yield last
    if mark:
        check_mark(mark, at_mark)
