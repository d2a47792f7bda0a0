"""Every id that ccxt has is a venue as far as it declares, and what it lacks is refused in words that name it."""

from __future__ import annotations

import re
from random import Random

import ccxt
import ccxt.pro
import pytest
from builtin.ccxt.kit import Unlimited

from twinstar.builtin.ccxt import CcxtConfig, make
from twinstar.builtin.ccxt.abilities import NEEDED_TO_TRADE, in_words
from twinstar.builtin.ccxt.lazy import exchange_ids
from twinstar.builtin.ccxt.metering import limits
from twinstar.config import Mode
from twinstar.errors import ConfigError
from twinstar.plugin.registry import SimEndpoint, VenueContext
from twinstar.ports import Venue
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock

STREAMS = ("watchOHLCV", "watchTrades")
EVERY_ID = pytest.mark.parametrize("name", ccxt.exchanges)


def made(name: str, mode: Mode) -> Venue:
    """Never dialled: construction asks nothing."""
    money = {"paper": {"balances": {"USDT": 100}}} if mode is Mode.PAPER else {}
    config, clock = CcxtConfig(mode=mode, instruments=("BTC/USDT",), **money), SystemClock()
    context = VenueContext(
        id=name,
        clock=clock,
        venue_clock=MeasuredClock(clock),
        random=Random(7),
        limiter=Unlimited(),
        limits=limits(name, config),
        endpoint=SimEndpoint(url="http://127.0.0.1:9", api_key="key", secret="0" * 64),
    )
    return make(config, context)


def declared(name: str) -> dict[str, object]:
    return getattr(ccxt.pro, name)().has


@EVERY_ID
async def test_its_market_data_is_had_or_it_is_said_what_is_missing(name: str) -> None:
    if name not in exchange_ids():
        expected = f"ccxt has '{name}', but no streams of it; use a native plugin"
    elif not declared(name).get("fetchOHLCV"):
        expected = f"venues.{name}: ccxt has no past candles of {name} (fetchOHLCV)"
    elif not any(map(declared(name).get, STREAMS)):
        expected = f"venues.{name}: ccxt streams neither candles nor trades of {name}"
    else:
        venue = made(name, Mode.PAPER)
        assert venue.trading is None
        assert in_words(venue.streams.exchange, trading=False).endswith("it does not trade")
        await venue.close()
        return
    with pytest.raises(ConfigError, match=re.escape(expected)):
        made(name, Mode.PAPER)


@pytest.mark.parametrize("name", exchange_ids())
async def test_it_trades_or_it_is_said_what_is_missing(name: str) -> None:
    has = declared(name)
    if not has.get("fetchOHLCV"):
        return  # refused for its candles already
    missing = [ability for ability in NEEDED_TO_TRADE if not has.get(ability)]
    if not missing:
        venue = made(name, Mode.SIM)
        assert venue.trading is not None
        assert "stops" in in_words(venue.streams.exchange, trading=True)
        await venue.close()
        return
    with pytest.raises(ConfigError, match=rf"venues\.{name}: .* it has no {', '.join(missing)}; use a native plugin"):
        made(name, Mode.SIM)


def test_some_ids_trade_and_some_do_not() -> None:
    """Else the tests above might agree with anything."""

    def trades(name: str) -> bool:
        return all(declared(name).get(ability) for ability in NEEDED_TO_TRADE)

    assert [name for name in ("kraken", "gate", "kucoin", "hyperliquid", "mexc", "htx") if not trades(name)] == []
    assert [name for name in ("coinbase", "gemini", "dydx", "cex") if trades(name)] == []
