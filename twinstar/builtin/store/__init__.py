"""The candle store: Parquet that any tool can query, a file for each month of a series, and behind it a tail.

Of what is said of candles (`words`), the newest is in the `tail`, one file for all series that only grows; from time to
time it is merged into the months. `parquet` is the port and owns the thread, `archive` is all series, `shelf` one of
them and `month` one file of it; `reading` and `survey` are for those beside the writer. `columns`, `table` and `digits`
turn candles into Parquet's columns, `seal` finds damage, `paths` says where a month lies.

pyarrow takes 40 MB and, while the event loop waits, up to a third of a second: whatever imports it (`columns`, `table`,
`month`, `reading`, `takeover`) is imported by the functions that need it. A store that is opened and appended to does
not, until it merges or looks at what lies in its months.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twinstar.domain import Candle, InstrumentId, Timeframe
from twinstar.plugin import Registry, hookimpl
from twinstar.ports import CandleStore, Stored


@hookimpl
def twinstar_register(registry: Registry) -> None:
    registry.store("parquet", _make, summary=_summary, read=_read, table=_table)


def _make(directory: Path) -> CandleStore:
    from twinstar.builtin.store.parquet import ParquetStore  # noqa: PLC0415 - see above

    return ParquetStore(directory)


def _summary(directory: Path) -> Mapping[tuple[InstrumentId, Timeframe], Stored]:
    from twinstar.builtin.store.survey import summary  # noqa: PLC0415 - see above

    return summary(directory)


def _read(
    directory: Path, instrument: InstrumentId, timeframe: Timeframe, from_ms: int | None, until_ms: int | None
) -> Sequence[Candle]:
    from twinstar.builtin.store.reading import read_candles  # noqa: PLC0415 - see above

    return read_candles(directory, instrument, timeframe, from_ms, until_ms)


def _table(
    directory: Path, instrument: InstrumentId, timeframe: Timeframe, from_ms: int | None, until_ms: int | None
) -> Any:
    from twinstar.builtin.store.reading import read_table  # noqa: PLC0415 - see above

    table = read_table(directory, instrument, timeframe, from_ms, until_ms)
    return table.drop_columns(["corrected"])  # a matter of the store's: candles made of shorter ones have none
