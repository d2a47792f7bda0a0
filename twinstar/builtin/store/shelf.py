"""The months of a series that lie on disk, as their one writer has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from twinstar.builtin.store.digits import NARROWEST, Form, columns, widest
from twinstar.builtin.store.paths import FROM_MS, UNTIL_MS, month_path
from twinstar.builtin.store.seal import Damaged, Label, OnDamage
from twinstar.builtin.store.words import Series, Word
from twinstar.domain import Timeframe
from twinstar.errors import StateError

if TYPE_CHECKING:
    import pyarrow as pa


class Shelf:
    def __init__(self, directory: Path, series: Series, labels: Iterable[Label], on_damage: OnDamage) -> None:
        self._directory, self.series, self._on_damage = directory, series, on_damage
        self.labels: dict[int, Label] = {}  # by the time at which the month begins
        self.last_ms = -1  # where the last candle opens
        for label in labels:
            self._place(Timeframe.MONTH.floor(label.first_open_ms), label)

    @property
    def form(self) -> Form:
        """What holds all that lies here."""
        return reduce(widest, (label.form for label in self.labels.values()), NARROWEST)

    def known(self, open_ms: Collection[int]) -> dict[int, Word]:
        """The words on these candles, of those that are here."""
        asked = {ms for ms in open_ms if ms <= self.last_ms}
        found: dict[int, Word] = {}
        if not asked:
            return found  # mostly: news is newer than anything that lies here
        from twinstar.builtin.store.columns import to_words  # noqa: PLC0415 - it imports pyarrow
        from twinstar.builtin.store.table import only  # noqa: PLC0415 - it imports pyarrow

        for month_ms in sorted({Timeframe.MONTH.floor(ms) for ms in asked} & self.labels.keys()):
            here = [ms for ms in asked if month_ms <= ms < Timeframe.MONTH.after(month_ms)]
            table = self.read(month_ms, min(here), max(here) + 1)
            if table is not None:
                found |= {word.open_ms: word for word in to_words(only(table, here), self.series)}
        return found

    def read(self, month_ms: int, from_ms: int = FROM_MS, until_ms: int = UNTIL_MS) -> pa.Table | None:
        """None when there is nothing, or nothing that can be trusted."""
        from twinstar.builtin.store import month  # noqa: PLC0415 - it imports pyarrow

        path = month_path(self._directory, self.series, month_ms)
        try:
            return month.read(path, self.series, from_ms, until_ms)
        except FileNotFoundError:
            return None
        except Damaged as e:
            self._on_damage(path, e)
            self._place(month_ms, None)
            return None

    def put(self, table: pa.Table, form: Form) -> None:
        """Merge; on disk when it returns. A form that has grown is given to all months, so that they open as one."""
        from twinstar.builtin.store.table import by_month  # noqa: PLC0415 - it imports pyarrow

        news = dict(by_month(table))
        others = {month_ms for month_ms, label in self.labels.items() if columns(label.form) != columns(form)}
        for month_ms in sorted(news.keys() | others):
            self._write(month_ms, news.get(month_ms), form)

    def _write(self, month_ms: int, news: pa.Table | None, form: Form) -> None:
        from twinstar.builtin.store import month  # noqa: PLC0415 - it imports pyarrow
        from twinstar.builtin.store.table import merge  # noqa: PLC0415 - it imports pyarrow

        stored = self.read(month_ms)
        table = merge(stored, news)
        if table is None:
            return  # it was damaged, and there is nothing new
        path = month_path(self._directory, self.series, month_ms)
        if stored is not None and table.num_rows < stored.num_rows:
            raise StateError(f"{path}: {table.num_rows} candles would take the place of {stored.num_rows}")
        self._place(month_ms, month.write(path, table, self.series, form))

    def _place(self, month_ms: int, label: Label | None) -> None:
        self.labels.pop(month_ms, None)
        if label is not None:
            self.labels[month_ms] = label
        self.last_ms = max((label.last_open_ms for label in self.labels.values()), default=-1)
