"""What the commands about candles share: the state to look at, and how times and tables look."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from twinstar.app.history import Series, Stock, chosen, configured, take_stock
from twinstar.cli.loading import loaded
from twinstar.config import Settings
from twinstar.domain import InstrumentId, Timeframe
from twinstar.errors import ConfigError


def stock_of(config: Path, state_dir: Path | None) -> Stock:
    """Read beside a running service; no key is needed for that."""
    return take_stock(*loaded(config, state_dir, secrets=False))


def series_in(stock: Stock, *, venues: Collection[str], instruments: Collection[str]) -> list[Series]:
    """What is stored or configured."""
    return chosen({*stock.summary(), *configured(stock.settings)}, venues=venues, instruments=instruments)


def series_named(settings: Settings, instrument: str, timeframe: str | None) -> Series:
    """Raise `ConfigError` for a name that cannot be one, or where the timeframe cannot be known."""
    try:
        of = InstrumentId.parse(instrument)
    except ValueError as e:
        raise ConfigError(str(e)) from None
    return of, timeframe_of(settings, of.venue, timeframe)


def timeframe_of(settings: Settings, venue: str, timeframe: str | None) -> Timeframe:
    if timeframe is None and venue not in settings.venues:
        raise ConfigError(f"{venue} is not in the configuration; say which --timeframe")
    try:
        return Timeframe(timeframe or settings.venues[venue][1].timeframe)
    except ValueError:
        known = ", ".join(one.value for one in Timeframe)
        raise ConfigError(f"no timeframe {timeframe!r}; there are: {known}") from None


def when(time_ms: int | None) -> str:
    """To the minute: no candle opens between two."""
    return "-" if time_ms is None else f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M}"


def table_of(*columns: str) -> Table:
    return Table(*columns, box=None, header_style="bold", padding=(0, 2, 0, 0))
