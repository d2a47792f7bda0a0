"""What a configuration comes to: where it connects, and whether anything is ever signed."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from pydantic import SecretStr

import twinstar as ts
from twinstar.builtin import plugins
from twinstar.plugin import Plugins
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar_bithumb_native import hook
from twinstar_bithumb_native.config import BithumbConfig

LIVE = {"mode": "live", "i_accept_real_orders": True, "accept_unknown_permissions": True}
ACCOUNT = {"api_key": SecretStr("a key of somebody's"), "secret": SecretStr("and the secret of it")}


def opened(**config: Any) -> ts.Venue:
    here = Plugins([*plugins(), hook], third_party=False)
    kind, clock = here.registry.venue_type("bithumb_native"), SystemClock()
    settings = BithumbConfig.model_validate({"type": "bithumb_native", "instruments": ["BTC/KRW"], **config})
    return here.open_venue("bithumb", kind, settings, clock=clock, venue_clock=MeasuredClock(clock), random=Random(1))


def lines(venue: ts.Venue) -> int:
    wanted = ts.Wanted((ts.InstrumentId("BTC/KRW", "bithumb"),), ts.Timeframe.M1)
    return len(list(venue.streams.open(wanted)))


async def test_without_an_account_there_is_market_data_only() -> None:
    venue = opened(**LIVE)
    assert (venue.trading, lines(venue)) == (None, 1)
    assert venue.history is not None
    with pytest.raises(ts.errors.AuthFailed, match="write account"):
        venue.history.rest.authorization()


async def test_with_one_it_trades_and_listens_to_its_orders() -> None:
    venue = opened(**LIVE, account=ACCOUNT)
    assert venue.trading is not None
    assert lines(venue) == 2
    assert venue.permissions is None


async def test_on_paper_nothing_is_signed() -> None:
    venue = opened(mode="paper", paper={"balances": {"KRW": 1_000_000}}, account=ACCOUNT)
    assert venue.history is not None
    with pytest.raises(ts.errors.AuthFailed):
        venue.history.rest.authorization()


def test_there_is_no_testnet_and_no_simulation_without_an_exchange() -> None:
    with pytest.raises(ts.errors.ConfigError, match="no testnet; write sim or paper"):
        opened(mode="testnet")
    with pytest.raises(ts.errors.ConfigError, match="no simulated exchange"):
        opened(mode="sim")


def test_orders_and_cancels_of_one_coin_share_a_quota_and_batches_have_their_own() -> None:
    tariff = ts.Tariff(
        hook.limits("bithumb", BithumbConfig(type="bithumb_native", mode=ts.Mode.SIM, instruments=["BTC/KRW"]))
    )
    charged = {what: {each.quota for each in tariff.charges(what)} for what in ("POST /v2/orders", "DELETE /v2/order")}
    assert charged == {"POST /v2/orders": {"order", "orders_of_one"}, "DELETE /v2/order": {"cancel", "orders_of_one"}}
    assert {each.quota for each in tariff.charges("POST /v2/orders/batch")} == {"batch"}
    assert {each.quota for each in tariff.charges("GET /v1/candles/minutes/1")} == {"candles"}
