"""The candle store in Parquet: one file for each instrument and timeframe, which any tool can query.

`parquet` is the port, `reading` is for those beside it, `files` writes and verifies, `table` turns candles into
columns, `seal` finds damage and `paths` says where a series lies. pyarrow takes a third of a second to import, so it is
imported once a store is opened.
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
    from twinstar.builtin.store.files import summary  # noqa: PLC0415 - see above

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

    return read_table(directory, instrument, timeframe, from_ms, until_ms)
