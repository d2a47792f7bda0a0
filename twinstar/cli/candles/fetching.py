"""How a backfill shows itself: a bar a series on a terminal, a log line a series elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from loguru import logger
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from twinstar.app.history import Fetched, Progress, Series
from twinstar.cli.candles.common import table_of
from twinstar.runtime.logs import clean


@contextmanager
def shown(out: Console) -> Iterator[Progress]:
    if not out.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=out) as bars:
        yield _Bars(bars)


class _Lines:
    def begin(self, series: Series, intervals: int) -> None:
        instrument, timeframe = series
        told = logger.bind(venue=instrument.venue, instrument=str(instrument))
        told.info("{} {} intervals to fetch", f"{intervals:,}", timeframe.value)

    def advance(self, series: Series, intervals: int) -> None:
        """A line a page would be too many."""


class _Bars:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[Series, TaskID] = {}

    def begin(self, series: Series, intervals: int) -> None:
        if intervals:
            instrument, timeframe = series
            self._tasks[series] = self._bars.add_task(f"{instrument} {timeframe.value}", total=intervals)

    def advance(self, series: Series, intervals: int) -> None:
        self._bars.advance(self._tasks[series], intervals)


def fetched_table(fetched: Sequence[Fetched]) -> Table:
    table = table_of("", "instrument", "timeframe", "fetched", "")
    for one in fetched:
        mark = Text("NO", style="bold red") if one.failed else Text("ok", style="green")
        why = Text(clean(one.failed), style="red") if one.failed else Text()
        table.add_row(mark, str(one.instrument), one.timeframe.value, f"{one.candles:,}", why)
    return table


def fetched_answer(fetched: Fetched) -> dict[str, object]:
    return {
        "instrument": str(fetched.instrument),
        "timeframe": fetched.timeframe.value,
        "candles": fetched.candles,
        "failed": fetched.failed,
    }
