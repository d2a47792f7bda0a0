"""The candle store in Parquet: one file for each instrument and timeframe, which any tool can query.

`parquet` is the port, `files` writes and verifies, `table` turns candles into columns, `seal` finds damage and `paths`
says where a series lies. pyarrow takes a third of a second to import, so it is imported once a store is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from twinstar.domain import InstrumentId, Timeframe
from twinstar.plugin import Registry, hookimpl
from twinstar.ports import CandleStore, Stored


@hookimpl
def twinstar_register(registry: Registry) -> None:
    registry.store("parquet", _make, summary=_summary)


def _make(directory: Path) -> CandleStore:
    from twinstar.builtin.store.parquet import ParquetStore  # noqa: PLC0415 - see above

    return ParquetStore(directory)


def _summary(directory: Path) -> Mapping[tuple[InstrumentId, Timeframe], Stored]:
    from twinstar.builtin.store.files import summary  # noqa: PLC0415 - see above

    return summary(directory)
