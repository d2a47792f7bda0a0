"""What every command needs of the whole: the plugins, the venues as configured, the simulated exchange."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from twinstar import __version__
from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Mode, Settings, VenueConfig
from twinstar.domain import InstrumentId, Timeframe
from twinstar.plugin import Plugins, SimEndpoint
from twinstar.runtime.keys import KeyRules
from twinstar.runtime.status import Watched
from twinstar.sim.launch import launched
from twinstar.sim.process import Served

CANDLES = "candles"  # the store's directory in the state directory


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
    return SimEndpoint(
        url=f"http://127.0.0.1:{served.port}", api_key=served.api_key, secret=served.secret, market_speed=speed
    )


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


def key_rules(config: VenueConfig) -> KeyRules | None:
    """None where orders stay here."""
    if config.mode is Mode.PAPER:
        return None
    if config.mode is Mode.SIM or config.accept_unknown_permissions:
        return KeyRules("accept", simulated=config.mode is Mode.SIM)
    return KeyRules("refuse" if config.mode is Mode.LIVE else "warn")
