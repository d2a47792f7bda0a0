"""The venues and the store, to fetch history with: those of a running service, or opened while none runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, partial
from random import Random

from msgspec import Struct

from twinstar.app.history.asked import AskedSpans
from twinstar.app.history.fetch import Fetcher
from twinstar.app.history.patient import Patience, PatientHistory
from twinstar.app.history.stock import Stock, take_stock
from twinstar.app.parts import CANDLES, simulated
from twinstar.config import Settings
from twinstar.domain import InstrumentId
from twinstar.errors import StateError
from twinstar.plugin import Plugins
from twinstar.ports import CandleStore, Clock, Venue
from twinstar.runtime.venue_clock import MeasuredClock


class Opened(Struct, frozen=True, kw_only=True):
    """As long as it is open nobody else writes the store. ``fetchers``: by venue, for those that have a history."""

    stock: Stock
    fetchers: Mapping[str, Fetcher]


@asynccontextmanager
async def opened(settings: Settings, plugins: Plugins, clock: Clock, venues: Collection[str]) -> AsyncIterator[Opened]:
    """Raise `StateError` while another process writes the store."""
    async with AsyncExitStack() as stack:
        store = _open_store(settings, plugins)
        stack.push_async_callback(store.close)
        stock, random = take_stock(settings, plugins), Random(clock.now_ms())
        endpoints = await stack.enter_async_context(simulated(settings))
        there = []
        for venue_id in settings.venues.keys() & venues:
            venue_type, config = settings.venues[venue_id]
            venue = plugins.open_venue(
                venue_id,
                venue_type,
                config,
                clock=clock,
                venue_clock=MeasuredClock(clock),
                random=random,
                endpoint=endpoints.get(venue_id),
            )
            if venue.close is not None:
                stack.push_async_callback(venue.close)
            there.append(venue)
        yield opened_with(stock, there, store, Patience(clock, random))


def opener(
    settings: Settings, plugins: Plugins, venues: Sequence[Venue], store: CandleStore, *, clock: Clock, random: Random
) -> Callable[[], Opened]:
    """For a running service: each time what is known by then, and one ledger of what was asked."""
    asked, patience = cache(partial(AskedSpans, settings.state_dir)), Patience(clock, random)
    return lambda: opened_with(take_stock(settings, plugins, asked()), venues, store, patience)


def opened_with(stock: Stock, venues: Iterable[Venue], store: CandleStore, patience: Patience) -> Opened:
    """``store``: whoever writes it is us."""
    fetchers = {
        venue.id: Fetcher(
            history=PatientHistory(venue.history, patience),
            market_ms=partial(_market_ms, venue, patience),
            store=store,
            asked=stock.asked,
        )
        for venue in venues
        if venue.history is not None
    }
    return Opened(stock=stock, fetchers=fetchers)


async def _market_ms(venue: Venue, patience: Patience, instrument: InstrumentId) -> int:
    """When it last traded; our time where the venue does not tell."""
    pulse_ms = None if venue.pulse is None else await patience.ask(partial(venue.pulse, instrument))
    return patience.clock.now_ms() if pulse_ms is None else pulse_ms


def _open_store(settings: Settings, plugins: Plugins) -> CandleStore:
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return plugins.registry.store_type(settings.config.store).make(settings.state_dir / CANDLES)
    except StateError as e:
        raise StateError(
            f"{e}. A running service fills its own gaps, and once it answers `twinstar candles backfill` asks it for"
            " more; for anything else stop it, for as long as that takes"
        ) from e
