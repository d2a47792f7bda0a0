"""What every command needs of the whole: the plugins, the venues as configured, the simulated exchange."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from twinstar import __version__
from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Mode, ReconcileConfig, Settings, VenueConfig
from twinstar.domain import InstrumentId, Timeframe
from twinstar.engine import Ownership, Rules
from twinstar.plugin import Plugins, SimEndpoint
from twinstar.ports import Clock, Venue
from twinstar.runtime.keys import KeyRules
from twinstar.runtime.redaction import redact
from twinstar.runtime.status import Watched
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.sim.launch import launched
from twinstar.sim.served import Served

CANDLES = "candles"  # the store's directory in the state directory
TAPES = "tapes"  # likewise


def load_plugins(*, disabled: Iterable[str] = (), required: Iterable[str] = ()) -> Plugins:
    """Ours and everybody's. Raise `PluginError` when a required one could not be loaded."""
    plugins = Plugins(builtin_plugins(), disabled=disabled, version=__version__)
    plugins.require(required)
    return plugins


@asynccontextmanager
async def simulated(settings: Settings) -> AsyncIterator[Mapping[str, SimEndpoint]]:
    """The addresses of the venues with ``mode: sim``, served for as long as the block runs."""
    simulated = frozenset(v for v, (_, config) in settings.venues.items() if config.mode is Mode.SIM)
    if not simulated:
        yield {}
        return
    async with launched(settings.path, settings.state_dir, simulated) as served:
        yield {venue_id: _endpoint(served[venue_id], settings.config.sim.speed) for venue_id in simulated}


def _endpoint(served: Served, speed: float) -> SimEndpoint:
    redact(served.api_key)
    redact(served.secret)
    return SimEndpoint(
        url=f"http://127.0.0.1:{served.port}", api_key=served.api_key, secret=served.secret, market_speed=speed
    )


@asynccontextmanager
async def opened(
    venue_id: str,
    settings: Settings,
    endpoints: Mapping[str, SimEndpoint],
    *,
    plugins: Plugins,
    clock: Clock,
    state_dir: Path | None = None,
) -> AsyncIterator[tuple[Venue, MeasuredClock]]:
    """A venue by itself, and the clock that it signs with, for as long as the block runs: to ask, not to trade.

    With a state directory a paper venue has what it had there; only where no service has it open.
    """
    venue_type, config = settings.venues[venue_id]
    time = MeasuredClock(clock)
    venue = plugins.open_venue(
        venue_id,
        venue_type,
        config,
        clock=clock,
        venue_clock=time,
        random=Random(clock.now_ms()),
        endpoint=endpoints.get(venue_id),
        state_dir=state_dir,
    )
    try:
        yield venue, time
    finally:
        if venue.close is not None:
            await venue.close()


def watched(settings: Settings) -> dict[str, Watched]:
    return {
        venue_id: Watched(
            id=venue_id,
            type=venue_type.name,
            mode=config.mode.value,
            instruments=tuple(InstrumentId(symbol, venue_id) for symbol in config.instruments),
            timeframe=Timeframe(config.timeframe),
        )
        for venue_id, (venue_type, config) in settings.venues.items()
    }


def rules_of(config: ReconcileConfig) -> Rules:
    return Rules(ownership=Ownership(config.policy), stop_distance=config.stop_distance)


def key_rules(config: VenueConfig) -> KeyRules | None:
    """None where orders stay here."""
    if config.mode is Mode.PAPER:
        return None
    if config.mode is Mode.SIM or config.accept_unknown_permissions:
        return KeyRules("accept", simulated=config.mode is Mode.SIM)
    return KeyRules("refuse" if config.mode is Mode.LIVE else "warn")
