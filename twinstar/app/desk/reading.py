"""Answers from the journal, read beside whoever writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from twinstar.app.desk.asked import Answer, Asked
from twinstar.app.desk.history import FillRow, fills, profit
from twinstar.app.desk.views import VIEWS
from twinstar.app.reading import read_records, read_state
from twinstar.config import Settings
from twinstar.domain import AccountEvent, InstrumentId
from twinstar.engine.statement import By, Result
from twinstar.plugin import Plugins
from twinstar.ports import Clock, Record


class _Dated:
    """Records, and how old the last word on the account is."""

    def __init__(self, settings: Settings, plugins: Plugins) -> None:
        self._records: Iterable[Record] = read_records(settings, plugins)
        self.last_ms: int | None = None

    def __iter__(self) -> Iterator[Record]:
        for record in self._records:
            if isinstance(record, AccountEvent):
                self.last_ms = max(self.last_ms or 0, record.time_ms)
            yield record


def read_view(name: str, settings: Settings, asked: Asked, *, plugins: Plugins, clock: Clock) -> Answer[Any]:
    records = _Dated(settings, plugins)
    rows = VIEWS[name](read_state(records), asked)
    return Answer(source="journal", now_ms=clock.now_ms(), as_of_ms=records.last_ms, rows=rows)


def read_fills(settings: Settings, asked: Asked, *, plugins: Plugins, clock: Clock) -> Answer[FillRow]:
    records = _Dated(settings, plugins)
    rows = fills(records, asked)
    return Answer(source="journal", now_ms=clock.now_ms(), as_of_ms=records.last_ms, rows=rows)


def read_profit(
    settings: Settings,
    asked: Asked,
    by: By,
    prices: Mapping[InstrumentId, Decimal],
    *,
    plugins: Plugins,
    clock: Clock,
) -> Answer[Result]:
    records = _Dated(settings, plugins)
    rows, total = profit(records, asked, by, prices)
    return Answer(source="journal", now_ms=clock.now_ms(), as_of_ms=records.last_ms, rows=rows, total=total)
