"""What is stored, as whoever looks after it sees it: by series, with its gaps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from typing import Any

from msgspec import Struct

from twinstar.app.history.asked import AskedSpans, Series
from twinstar.app.history.gaps import gaps_told, known_gaps
from twinstar.app.parts import CANDLES, watched
from twinstar.config import Settings
from twinstar.domain import Candle, CandlesMissing
from twinstar.errors import ConfigError, StateError
from twinstar.plugin import Plugins
from twinstar.ports import Stored


class Stock(Struct, frozen=True, kw_only=True):
    """Read beside whoever writes it. ``told`` reads the journal, once and not before it is needed."""

    settings: Settings
    plugins: Plugins
    told: Callable[[], Mapping[Series, Sequence[CandlesMissing]]]
    asked: AskedSpans

    def summary(self) -> Mapping[Series, Stored]:
        store = self.plugins.registry.store_type(self.settings.config.store)
        return store.summary(self.settings.state_dir / CANDLES)

    def table(self, series: Series, from_ms: int | None = None, until_ms: int | None = None) -> Any:
        """Raise `StateError` where it is damaged."""
        store = self.plugins.registry.store_type(self.settings.config.store)
        return store.table(self.settings.state_dir / CANDLES, *series, from_ms, until_ms)

    def candles(self, series: Series, from_ms: int | None = None, until_ms: int | None = None) -> Sequence[Candle]:
        store = self.plugins.registry.store_type(self.settings.config.store)
        return store.read(self.settings.state_dir / CANDLES, *series, from_ms, until_ms)

    def opens_ms(self, series: Series) -> list[int]:
        """None of a series that cannot be read whole."""
        try:
            return sorted(set(self.table(series)["open_ms"].to_pylist()))
        except StateError:
            return []

    def gaps(self, series: Series, opens_ms: Sequence[int]) -> list[CandlesMissing]:
        return known_gaps(series, opens_ms, self.told().get(series, ()), self.asked.of(series))


def take_stock(settings: Settings, plugins: Plugins, asked: AskedSpans | None = None) -> Stock:
    return Stock(
        settings=settings,
        plugins=plugins,
        told=cache(partial(gaps_told, settings, plugins)),
        asked=asked or AskedSpans(settings.state_dir),
    )


def configured(settings: Settings) -> list[Series]:
    return [(instrument, one.timeframe) for one in watched(settings).values() for instrument in one.instruments]


def chosen(
    series: Collection[Series], *, venues: Collection[str] = (), instruments: Collection[str] = ()
) -> list[Series]:
    """Those of these venues and instruments, all where none is named. Raise `ConfigError` for a name that fits none."""
    for what, names, there in (
        ("venue", venues, {instrument.venue for instrument, _ in series}),
        ("instrument", instruments, {str(instrument) for instrument, _ in series}),
    ):
        for name in names:
            if name not in there:
                raise ConfigError(f"no {what} {name!r}; there are: {', '.join(sorted(there)) or 'none'}")
    return [
        (instrument, timeframe)
        for instrument, timeframe in sorted(series, key=_in_order)
        if (not venues or instrument.venue in venues) and (not instruments or str(instrument) in instruments)
    ]


def _in_order(series: Series) -> tuple[object, ...]:
    instrument, timeframe = series
    return instrument.venue, instrument.symbol, timeframe.after(0)
