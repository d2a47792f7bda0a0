"""How a venue is put together: modes, keys, addresses, instruments, settings."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from builtin.ccxt.kit import BTC_KRW, BTC_USDT, EACH, SPOT, SYMBOL, Scene, Unlimited, scene
from pydantic import SecretStr

from twinstar.builtin import ccxt
from twinstar.builtin.ccxt import CcxtConfig
from twinstar.builtin.ccxt.config import CcxtAccount
from twinstar.builtin.ccxt.door import Door
from twinstar.builtin.ccxt.metering import limits
from twinstar.config import Mode
from twinstar.domain import Timeframe
from twinstar.errors import ConfigError
from twinstar.plugin import Registry, VenueContext
from twinstar.ports import Venue
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock


def made(name: str, mode: Mode, **config: object) -> Venue:
    clock = SystemClock()
    context = VenueContext(
        id=name,
        clock=clock,
        venue_clock=MeasuredClock(clock),
        random=Random(1),
        limiter=Unlimited(),
        limits=limits(name, CcxtConfig(mode=Mode.SIM, instruments=("BTC/KRW",))),
    )
    real = {"i_accept_real_orders": True} if mode is Mode.LIVE else {}
    return ccxt.make(CcxtConfig(mode=mode, instruments=(SYMBOL.get(name, "BTC/USDT"),), **real, **config), context)


def account() -> CcxtAccount:
    return CcxtAccount.model_construct(
        api_key=SecretStr("the-key"), secret=SecretStr("the-secret"), password=None, uid=None
    )


def test_the_plugin_registers_its_venue_type() -> None:
    registry = Registry()
    ccxt.twinstar_register(registry)
    kind = registry.venue_type("ccxt")
    assert kind.config is CcxtConfig
    config = CcxtConfig(mode=Mode.SIM, instruments=("BTC/KRW",))
    assert "weight_1m" in {quota.name for quota in kind.limits("binanceusdm", config).quotas}
    assert "ccxt_pace" in {quota.name for quota in kind.limits("kraken", config).quotas}


async def test_live_has_real_addresses_and_the_configured_keys() -> None:
    venue = made("binanceusdm", Mode.LIVE, account=account())
    exchange = venue.streams.exchange
    assert exchange.urls["api"]["fapiPrivate"] == "https://fapi.binance.com/fapi/v1"
    assert (exchange.apiKey, exchange.secret) == ("the-key", "the-secret")
    assert venue.trading is not None
    await venue.close()


async def test_without_an_account_there_is_only_market_data() -> None:
    venue = made("upbit", Mode.LIVE)
    assert venue.trading is None
    assert venue.history is not None
    await venue.close()


async def test_testnet_goes_to_the_venues_own_test_environment() -> None:
    venue = made("binanceusdm", Mode.TESTNET, account=account())
    assert venue.streams.exchange.urls["api"]["fapiPrivate"].startswith("https://demo-fapi.binance.com")
    await venue.close()


@pytest.mark.parametrize(
    ("name", "mode", "says"),
    [
        ("upbit", Mode.TESTNET, "no test environment"),
        ("binanceusdm", Mode.SIM, "no simulated exchange"),
        ("bithumbb", Mode.LIVE, "did you mean 'bithumb'"),
    ],
)
def test_what_cannot_be_had_is_said_at_the_start(name: str, mode: Mode, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        made(name, mode)


def test_a_venue_that_ccxt_cannot_trade_at_safely_is_refused() -> None:
    with pytest.raises(ConfigError, match="watchMyTrades"):
        made("bithumb", Mode.LIVE, account=account())


@EACH
async def test_instruments_have_the_venues_own_steps(name: str) -> None:
    async with scene(name) as one:
        (instrument,) = await one.venue.listing.instruments([one.symbol])
        listing = one.exchange.listings[one.symbol]
        assert instrument.quantity_step == listing.lot
        assert instrument.min_notional == listing.min_notional
        assert instrument.resident_stops is (name not in SPOT)
        assert instrument.price_step == (
            Decimal(1_000) if name == "upbit" else listing.tick
        )  # the price decides it there


async def test_all_unknown_instruments_are_named_at_once() -> None:
    async with scene("binanceusdm") as one:
        with pytest.raises(ConfigError) as caught:
            await one.venue.listing.instruments(["BTC/USDT", BTC_USDT, "NO/USDT:USDT"])
        assert len(caught.value.problems) == 2
        assert "did you mean BTC/USDT:USDT" in caught.value.problems[0]


async def test_a_timeframe_that_the_venue_does_not_have_is_named() -> None:
    async with scene("upbit") as one:
        venue = one.connect(timeframe="12h")
        with pytest.raises(ConfigError, match="no candles of 12h"):
            await venue.listing.instruments([BTC_KRW])
        await venue.close()


async def test_leverage_is_set_and_that_it_was_so_already_is_fine() -> None:
    async with scene("binanceusdm", leverage=7) as one:
        for _ in range(2):
            await one.venue.listing.instruments([BTC_USDT])
        assert leverage(one) == 7
        assert one.server.requests["POST /fapi/v1/positionSide/dual"] == 2


def leverage(one: Scene) -> int:
    return next(each.leverage for each in one.exchange.positions("main") if each.symbol == BTC_USDT)


async def test_what_it_uses_is_counted() -> None:
    async with scene("binanceusdm") as one:
        await one.venue.listing.instruments([BTC_USDT])
        used = one.venue.usage()
        assert used["requests"] == sum(one.server.requests.values())
        assert used["request_weight"] > 0


@pytest.mark.parametrize(
    ("name", "call", "charges"),
    [
        ("binanceusdm", ("fapiPrivate", "POST", "order", {}), {"orders_10s": 1, "orders_1m": 1}),
        ("binanceusdm", ("fapiPublic", "GET", "klines", {"limit": 1_000}), {"weight_1m": 5}),
        ("binanceusdm", ("fapiPublic", "GET", "klines", {"limit": 99}), {"weight_1m": 1}),
        ("binanceusdm", ("fapiPublic", "GET", "klines", {"limit": 1_500}), {"weight_1m": 10}),
        ("binanceusdm", ("fapiPublic", "GET", "klines", {"limit": "all"}), {"weight_1m": 10}),
        ("binanceusdm", ("fapiPrivate", "GET", "openOrders", {}), {"weight_1m": 40}),
        ("binanceusdm", ("fapiPrivate", "GET", "openOrders", {"symbol": "BTCUSDT"}), {"weight_1m": 1}),
        ("binanceusdm", ("fapiPrivateV3", "GET", "account", {}), {"weight_1m": 5}),
        ("binanceusdm", ("sapi", "GET", "never/heard/of", {}), {"weight_1m": 20}),
        ("upbit", ("private", "POST", "orders", {}), {"order": 1}),
        ("upbit", ("public", "GET", "candles/{timeframe}/{unit}", {}), {"candles": 1}),
        ("upbit", (["private"], "GET", "accounts", {}), {"exchange": 1}),
        ("bitget", (["private", "mix"], "POST", "v2/mix/order/place-order", {}), {"order_place": 1, "all_1m": 1}),
        ("bitget", (["private", "mix"], "POST", "v2/mix/order/place-tpsl-order", {}), {"plan_place": 1, "all_1m": 1}),
        ("bitget", (["private", "mix"], "POST", "v2/mix/order/modify-tpsl-order", {}), {"plan_modify": 1, "all_1m": 1}),
        ("bitget", (["private", "mix"], "GET", "v2/mix/position/all-position", {}), {"positions": 1, "all_1m": 1}),
        ("bitget", (["private", "spot"], "GET", "v2/spot/account/info", {}), {"key": 1, "all_1m": 1}),
        ("bitget", (["public", "mix"], "GET", "v2/mix/market/fills-history", {}), {"past_trades": 1, "all_1m": 1}),
        ("bingx", (["swap", "v2", "private"], "POST", "trade/order", {}), {"swap_order": 1, "account_10s": 1}),
        ("bingx", (["swap", "v2", "private"], "DELETE", "trade/order", {}), {"swap_cancel": 1, "account_10s": 1}),
        ("bingx", (["swap", "v2", "private"], "GET", "trade/openOrders", {}), {"swap_open": 1, "account_10s": 1}),
        ("bingx", (["swap", "v2", "private"], "GET", "trade/fillHistory", {}), {"swap_fills": 1, "account_10s": 1}),
        ("bingx", (["swap", "v3", "private"], "GET", "user/balance", {}), {"swap_balance": 1, "account_10s": 1}),
        ("bingx", (["account", "v1", "private"], "GET", "account/apiPermissions", {}), {"key": 1, "account_10s": 1}),
        ("bingx", (["swap", "v3", "public"], "GET", "quote/klines", {}), {"market_10s": 1, "market_1m": 1}),
        ("bingx", (["user", "auth", "private"], "PUT", "userDataStream", {}), {"reads": 1, "account_10s": 1}),
        ("okx", (["private"], "POST", "trade/order", {"instId": "A"}), {"order_place": 1, "orders_account": 1}),
        ("okx", (["private"], "POST", "trade/order-algo", {"instId": "A"}), {"algo_place": 1, "orders_account": 1}),
        ("okx", (["private"], "POST", "trade/cancel-algos", [{"instId": "A"}]), {"algo_cancel": 1}),
        ("okx", (["private"], "GET", "trade/orders-algo-pending", {}), {"algo_pending": 1}),
        ("okx", (["private"], "GET", "trade/fills-history", {}), {"fills_history": 1}),
        ("okx", (["public"], "GET", "market/history-candles", {"limit": 100}), {"history_candles": 1}),
        ("kraken", ("public", "GET", "anything", {}), {"default": 1, "ccxt_pace": 0.5}),
    ],
)
def test_each_request_is_charged_to_its_quota(name: str, call: tuple, charges: dict[str, float]) -> None:
    metered = limits(name, CcxtConfig(mode=Mode.SIM, instruments=("BTC/KRW",)))
    made_call = Door(metered, Unlimited()).request(*call, pace_s=0.5)
    assert {charge.quota: charge.weight for charge in made_call.charges} == charges
    assert charges.keys() <= {quota.name for quota in metered.quotas}


async def test_an_exchange_without_habits_can_be_made() -> None:
    venue = made("kraken", Mode.LIVE)
    exchange = venue.streams.exchange
    assert Timeframe.M1.value in exchange.timeframes
    await venue.close()
