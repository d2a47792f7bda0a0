"""``mode: testnet`` reaches the venue's test environment, and nothing of it the real market."""

from __future__ import annotations

import re

import ccxt.pro

from twinstar.builtin.ccxt.exchange import TwinExchange, twin_class
from twinstar.builtin.ccxt.habits import habit_of
from twinstar.builtin.ccxt.testnet import to_testnet
from twinstar.errors import ConfigError

# By ccxt 4.5: what is said to be a test environment, and cannot be used as one. The others go through.
USELESS = {
    "weex": "to the real exchange",
    "blockchaincom": "no streams",
    "grvt": "no streams",
    "hashkey": "no streams",
    "poloniex": "no streams",
}


def made(name: str) -> TwinExchange:
    exchange = twin_class(getattr(ccxt.pro, name))()
    exchange.habit = habit_of(name)
    return exchange


def refusal(exchange: TwinExchange) -> str | None:
    try:
        to_testnet(exchange, "v")
    except ConfigError as e:
        return str(e)
    return None


def test_of_every_exchange_the_test_environment_is_reached_or_it_is_said_why_not() -> None:
    reached = set()
    for name in ccxt.pro.exchanges:
        exchange = made(name)
        has_one = bool(exchange.urls.get("test") or exchange.urls.get("demo"))
        expected = USELESS.get(name) if has_one else "has no test environment"
        said = refusal(exchange)
        if expected is None:
            assert said is None, name
        else:
            assert re.fullmatch(rf"venues\.v\.mode: .*{expected}.*; use paper, or sim", str(said)), name
        reached |= {name} if said is None else set()
    assert {"binanceusdm", "binance", "bybit", "okx", "gate", "hyperliquid", "lighter"} <= reached
    assert not {"upbit", "bithumb", "kraken"} & reached


def test_okx_keeps_its_address_and_tells_by_a_header() -> None:
    exchange = made("okx")
    to_testnet(exchange, "v")
    assert exchange.headers["x-simulated-trading"] == "1"


def test_every_address_that_binance_futures_need_is_one_of_its_demo_environment() -> None:
    exchange = made("binanceusdm")
    to_testnet(exchange, "v")
    rest, lines = exchange.urls["api"], exchange.urls["api"]["ws"]
    used = [rest[name] for name in ("fapiPublic", "fapiPrivate", "fapiPrivateV2", "fapiPrivateV3")]
    assert {url.split("/")[2] for url in used} == {"demo-fapi.binance.com"}
    assert lines["linear"].split("/")[2] == "fstream.binancefuture.com"
