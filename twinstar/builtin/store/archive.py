"""All series of a directory as their one writer has them, and the tail that they share.

To be used from one thread. A crash at any point loses nothing that was committed and doubles nothing: the words of a
tail are merged into the months before its file goes, and merging them again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from twinstar.builtin import disk
from twinstar.builtin.store import tail
from twinstar.builtin.store.book import Book, News
from twinstar.builtin.store.damage import copy_aside, put_aside
from twinstar.builtin.store.paths import ANY_MONTH, OLD_FILE
from twinstar.builtin.store.seal import Damaged, Label
from twinstar.builtin.store.shelf import Shelf
from twinstar.builtin.store.survey import survey
from twinstar.builtin.store.words import Series
from twinstar.domain import Candle
from twinstar.ports import Stored

if TYPE_CHECKING:
    import pyarrow as pa


class Archive:
    def __init__(self, directory: Path) -> None:
        disk.make_directory(directory)
        self._directory = directory
        self._books: dict[Series, Book] = {}
        self._merging: list[Book] = []
        self._news: list[News] = []
        self._tail = tail.Tail(directory)
        self._uncounted: set[Series] = set()
        with ExitStack() as undo:
            self._lock = disk.Lock(directory / "_lock")  # `_`: readers of the whole directory pass it over
            undo.callback(self._lock.release)
            self._open()
            undo.pop_all()

    @property
    def stored(self) -> Mapping[Series, Stored]:
        """What there is; may be asked for by any thread."""
        return {series: stored for series, book in self._books.copy().items() if (stored := book.stored)}

    @property
    def rows_in_tail(self) -> int:
        return self._tail.rows

    def hear(self, candles: Iterable[Candle]) -> None:
        """Take in what is new, for the next `commit`. Raise `ValueError` for what no column holds, and take nothing."""
        older: dict[Book, list[Candle]] = {}
        begin = len(self._news)
        try:
            for candle in candles:
                series = candle.instrument, candle.timeframe
                book = self._books.get(series) or self._book(series)
                if candle.open_ms > book.last_ms:
                    self._news.append(book.add(candle))
                else:
                    older.setdefault(book, []).append(candle)
            for book, told in older.items():
                for news in book.look_up(told):
                    self._news.append(news)  # one by one: what was said before it raised is to be forgotten
        except (ValueError, ArithmeticError, OSError):
            self._forget(begin)
            raise

    def commit(self) -> None:
        """On disk when it returns. Raise `OSError` when it is not; then it was never heard."""
        if self._news:
            try:
                self._tail.write([word for _, word, _ in self._news])
            except OSError:
                self._forget(0)
                raise
            self._news.clear()
        self._count()

    def begin_merge(self) -> bool:
        """From here on there is a new tail. What the old one held waits for `merge_one`; False when that is nothing."""
        self._merge()  # nothing, unless the last one is still under way
        self._tail.close()
        self._tail = tail.Tail(self._directory)
        self._merging = [book for book in self._books.values() if book.begin_merge()]
        return bool(self._merging)

    def merge_one(self) -> bool:
        """Merge one series into its months; False when none is left. Raise `OSError` when the disk fails."""
        if not self._merging:
            tail.drop(path for path in tail.files(self._directory) if path != self._tail.path)
            return False
        self._merging[-1].merge()
        self._uncounted.add(self._merging.pop().shelf.series)
        self._count()
        return True

    def read(self, series: Series, from_ms: int, until_ms: int) -> pa.Table:
        from twinstar.builtin.store.reading import tables  # noqa: PLC0415 - it imports pyarrow
        from twinstar.builtin.store.table import joined  # noqa: PLC0415 - it imports pyarrow

        book = self._book(series)
        found = joined(list(tables(list(book.shelf.labels), book.shelf.read, book.words, from_ms, until_ms)))
        self._count()
        return found

    def close(self) -> None:
        """Merge everything, and let others in. Raise `OSError` when the disk fails: then it is merged the next time."""
        try:
            self.begin_merge()
            self._merge()
        finally:
            self._tail.close()
            self._lock.release()

    def _open(self) -> None:
        for leftover in self._directory.glob(f"*/*/*/.{ANY_MONTH}.tmp"):
            leftover.unlink()
        for series, labels in survey(self._directory, put_aside).items():
            self._book(series, labels)
        if any(self._directory.glob(f"*/*/*/{OLD_FILE}")):
            from twinstar.builtin.store.takeover import take_over  # noqa: PLC0415 - it imports pyarrow

            take_over(self._directory, lambda series: self._book(series).shelf)
        for series, words in tail.read(self._directory, copy_aside).items():
            self._book(series).recover(words)
        self._merging = [book for book in self._books.values() if book.merging]
        self._uncounted |= self._books.keys()
        self._count()

    def _forget(self, begin: int) -> None:
        while len(self._news) > begin:
            news = self._news.pop()
            book = news[0]
            book.forget(news)
            self._uncounted.add(book.shelf.series)
        self._count()

    def _merge(self) -> None:
        while self.merge_one():
            pass

    def _book(self, series: Series, labels: Iterable[Label] = ()) -> Book:
        book = self._books.get(series)
        if book is None:
            book = Book(Shelf(self._directory, series, labels, partial(self._put_aside, series)))
            self._books[series] = book
        return book

    def _put_aside(self, series: Series, path: Path, why: Damaged) -> None:
        put_aside(path, why)
        self._uncounted.add(series)

    def _count(self) -> None:
        """Anew, where more has changed than a candle that was added; what is damaged may be found by that."""
        while self._uncounted:
            self._books[self._uncounted.pop()].recount()
