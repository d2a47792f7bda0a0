"""Opens a venue: its markets from the config, its accounts and where everything stood from the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from twinstar.config import SimConfig, SimMarketConfig, SimVenueConfig
from twinstar.sim.clock import MINUTE_MS, Pace, SystemWall, Wall
from twinstar.sim.crowd import Crowd
from twinstar.sim.exchange import SimExchange
from twinstar.sim.feed import Feed, VenueTime
from twinstar.sim.found import Found
from twinstar.sim.grid import mixed
from twinstar.sim.ledger import Ledger, Opened
from twinstar.sim.market import Mark, Market
from twinstar.sim.model import Listing
from twinstar.sim.pit import Pit
from twinstar.sim.ports import Keys
from twinstar.sim.prices import start_price
from twinstar.sim.replay import Replay
from twinstar.sim.rows import Source
from twinstar.sim.walk import Walk

WALK_TICKS = 20  # a minute
REPLAY_TICKS = 4  # fewer are faster
MAIN = Keys(account="main", api_key="sim", secret="sim")  # noqa: S106 - for tests; `process` makes real ones


class Setting(Struct, frozen=True, kw_only=True):
    """What a venue's markets are made of."""

    venue: str
    listings: Sequence[Listing]
    sim: SimConfig
    markets: Mapping[str, SimMarketConfig]

    def config_of(self, listing: Listing) -> SimMarketConfig:
        return self.markets.get(listing.symbol) or SimMarketConfig()

    def in_words(self) -> dict[str, str]:
        """By symbol; where a ledger has the same, it is the same market that goes on."""
        seeded = f"seed {self.sim.seed}, history {self.sim.history}"
        return {each.symbol: f"{seeded}, {self.config_of(each).model_dump_json()}" for each in self.listings}


def open_exchange(
    venue: str,
    listings: Sequence[Listing],
    *,
    sim: SimConfig | None = None,
    config: SimVenueConfig | None = None,
    keys: Sequence[Keys] = (MAIN,),
    ledger: Path | None = None,
    wall: Wall | None = None,
    pace: Pace | None = None,
) -> SimExchange:
    """Every account starts with the configured balances; one that the ledger knows keeps what it has."""
    sim, config, wall = sim or SimConfig(), config or SimVenueConfig(), wall or SystemWall()
    setting = Setting(venue=venue, listings=listings, sim=sim, markets=config.markets)
    found = Found(ledger, [each.account for each in keys])
    replays = _replays(setting)
    opened = found.opened
    if opened is None or opened.markets != setting.in_words():
        opened = Opened(_first_ms(replays, wall), setting.in_words())
    markets = {
        each.symbol: _market(setting, each, replays.get(each.symbol), opened, found.mark(each.symbol, opened))
        for each in listings
    }
    feed = Feed(markets, found.market_ms(opened))
    exchange = SimExchange(
        markets,
        {symbol: Pit(market, Crowd(market.listing, _seed(setting, symbol))) for symbol, market in markets.items()},
        found.accounts,
        keys=keys,
        clock=VenueTime(wall, pace or Pace(wall, sim.speed), feed),
        feed=feed,
        ledger=Ledger(ledger) if ledger is not None else None,
        seed=sim.seed,
    )
    exchange.open(None if opened is found.opened else opened, config.balances)
    return exchange


def _replays(setting: Setting) -> dict[str, Replay]:
    configs = {each.symbol: setting.config_of(each) for each in setting.listings}
    return {
        symbol: Replay(config.replay, start=config.start, minutes=config.minutes, cut=config.cut)
        for symbol, config in configs.items()
        if config.replay is not None
    }


def _first_ms(replays: Mapping[str, Replay], wall: Wall) -> int:
    """A venue with a replay begins where its earliest one does, any other now."""
    return min((replay.start_ms for replay in replays.values()), default=wall.now_ms())


def _seed(setting: Setting, symbol: str) -> int:
    return mixed(setting.sim.seed, *f"{setting.venue}:{symbol}".encode())


def _market(setting: Setting, listing: Listing, replay: Replay | None, opened: Opened, mark: Mark) -> Market:
    source: Source = replay or _walk(setting, listing, opened.start_ms)
    ticks = WALK_TICKS if replay is None else REPLAY_TICKS
    return Market(listing, source, ticks_a_minute=ticks, seed=_seed(setting, listing.symbol), mark=mark)


def _walk(setting: Setting, listing: Listing, start_ms: int) -> Walk:
    config = setting.config_of(listing)
    return Walk(
        f"{setting.sim.seed}:{setting.venue}:{listing.symbol}",
        listing,
        start_ms=start_ms - start_ms % MINUTE_MS,
        start_price=config.start_price or start_price(listing.base, listing.quote),
        volatility=config.volatility,
        drift=config.drift,
        history=setting.sim.history,
    )
