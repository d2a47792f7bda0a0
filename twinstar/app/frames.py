"""The stored candles, for notebooks and research: in two lines, beside a running service or without one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from twinstar.app.history import columns, take_stock
from twinstar.app.parts import load_plugins
from twinstar.config import load, plugins_of, read
from twinstar.domain import InstrumentId, Timeframe

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Moment = str | int | dt.date  # an ISO date or time, epoch milliseconds; UTC where no zone is named


def candles(
    instrument: InstrumentId | str,
    timeframe: Timeframe | str,
    since: Moment | None = None,
    until: Moment | None = None,
    *,
    config: Path | str = "config.yaml",
    state_dir: Path | str | None = None,
) -> pd.DataFrame:
    """Closed candles that open at ``since`` or later and before ``until``, as floats, by their open ``time`` in UTC.

    ``twinstar.candles("BTC/USDT:USDT@binanceusdm", "4h", "2024-01-01")``. A timeframe that is not stored is made of a
    shorter one, as the venue makes it; an interval of which something is missing is left out then.
    """
    import pandas as pd  # noqa: PLC0415 - takes a second, and only this function needs it

    frame: pd.DataFrame = as_floats(
        candles_arrow(instrument, timeframe, since, until, config=config, state_dir=state_dir)
    ).to_pandas()
    frame.index = pd.DatetimeIndex(pd.to_datetime(frame.pop("open_ms"), unit="ms", utc=True), name="time")
    return frame


def candles_arrow(
    instrument: InstrumentId | str,
    timeframe: Timeframe | str,
    since: Moment | None = None,
    until: Moment | None = None,
    *,
    config: Path | str = "config.yaml",
    state_dir: Path | str | None = None,
) -> pa.Table:
    """The same, every digit kept: ``open_ms`` in epoch milliseconds, prices and volume as decimals."""
    document = read(Path(config))
    chosen = plugins_of(document)
    plugins = load_plugins(disabled=chosen.disabled, required=chosen.required)
    settings = load(document, plugins.registry, Path(state_dir) if state_dir else None, secrets=False)
    series = _instrument(instrument), Timeframe(timeframe)
    table: pa.Table = columns(take_stock(settings, plugins), series, _epoch_ms(since), _epoch_ms(until))
    return table


def as_floats(table: pa.Table) -> pa.Table:
    """Each decimal as the float nearest to it."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    from twinstar.builtin.store.floats import nearest_floats  # noqa: PLC0415 - as above

    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, pa.array(nearest_floats(table[field.name])))
    return table


def _instrument(instrument: InstrumentId | str) -> InstrumentId:
    return instrument if isinstance(instrument, InstrumentId) else InstrumentId.parse(instrument)


def _epoch_ms(moment: Moment | None) -> int | None:
    if moment is None or isinstance(moment, int):
        return moment
    if isinstance(moment, str):
        moment = dt.datetime.fromisoformat(moment)
    elif not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * 1_000)
