"""Whoever asks ccxt to move money out of the account, by whichever of its methods: nothing is sent."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from builtin.ccxt.kit import scene

from twinstar.builtin.ccxt.custody import keep
from twinstar.builtin.ccxt.exchange import twin_class
from twinstar.errors import PluginError

Ask = Callable[[Any], Awaitable[Any]]
ATTEMPTS: dict[str, tuple[str, Ask]] = {
    "unified withdraw": ("binanceusdm", lambda e: e.withdraw("USDT", 10, "0xelsewhere")),
    "unified transfer": ("binanceusdm", lambda e: e.transfer("USDT", 10, "linear", "spot")),
    "implicit withdrawal": ("binanceusdm", lambda e: e.sapiPostCapitalWithdrawApply({"coin": "USDT", "amount": "10"})),
    "implicit transfer": ("binanceusdm", lambda e: e.sapi_post_asset_transfer({"type": "UMFUTURE_MAIN"})),
    "a request by hand": (
        "binanceusdm",
        lambda e: e.request("capital/withdraw/apply", ["sapi"], "POST", {"coin": "X"}),
    ),
    "a URL by hand": ("binanceusdm", lambda e: e.fetch("http://127.0.0.1:9/sapi/v1/asset/Transfer?x=1", "POST")),
    "upbit's coins": ("upbit", lambda e: e.privatePostWithdrawsCoin({"currency": "BTC", "amount": "1"})),
    "upbit's won": ("upbit", lambda e: e.privatePostWithdrawsKrw({"amount": "1"})),
    "upbit, unified": ("upbit", lambda e: e.withdraw("BTC", 1, "elsewhere")),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_no_way_out_is_taken(attempt: str) -> None:
    name, ask = ATTEMPTS[attempt]
    async with scene(name) as one:
        exchange = one.venue.trading.exchange
        await exchange.ready()
        before = dict(one.server.requests), exchange.requests
        with pytest.raises(PluginError, match="never moves money out of an account; it was not sent"):
            await ask(exchange)
        assert (dict(one.server.requests), exchange.requests) == before
        await one.account()  # and everything else goes on


# Their requests bear no name that tells: it is the method that is closed.
@pytest.mark.parametrize(
    ("exchange", "methods"),
    [
        ("hyperliquid", {"withdraw", "transfer"}),
        ("coinbase", {"withdraw", "transfer"}),
        ("cex", {"transfer", "transfer_between_main_and_sub_account"}),
        ("kraken", {"withdraw", "transfer", "transfer_out"}),
    ],
)
async def test_where_no_address_tells_the_methods_themselves_are_closed(exchange: str, methods: set[str]) -> None:
    base = getattr(importlib.import_module(f"ccxt.pro.{exchange}"), exchange)
    closed = twin_class(base)
    for method in methods:
        assert getattr(closed, method) is not getattr(base, method)
        with pytest.raises(PluginError, match=f"{method}: TwinStar never moves money"):
            await getattr(closed, method)(None, "USDT", 10)


def test_a_query_may_speak_of_what_a_path_may_not() -> None:
    keep("GET https://fapi.example/fapi/v1/income?incomeType=TRANSFER&signature=withdraw")


def test_the_refusal_repeats_no_query() -> None:
    with pytest.raises(PluginError) as caught:
        keep("POST https://api.example/withdrawals?signature=secret")
    assert "secret" not in str(caught.value)
