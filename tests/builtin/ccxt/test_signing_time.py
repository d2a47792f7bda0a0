"""Whatever dates a signature bears the venue's time, at every venue that ccxt signs for in one way or another."""

from __future__ import annotations

import base64
import re
from random import Random
from typing import Any

import pytest
from builtin.ccxt.kit import Unlimited
from pydantic import SecretStr

from twinstar.builtin.ccxt.config import CcxtAccount, CcxtConfig
from twinstar.builtin.ccxt.metering import limits
from twinstar.builtin.ccxt.venue import make_exchange
from twinstar.config import Mode
from twinstar.plugin import VenueContext
from twinstar.runtime.clock import SystemClock

VENUE_MS = 1_234_567_890_123  # in 2009: nobody's own time
AS_TOLD = (str(VENUE_MS), "2009-02-13T23:31:30.123Z")
WORDS = {"api_key": "key", "secret": "c2VjcmV0" * 4, "password": "password", "uid": "uid"}


class Frozen:
    def now_ms(self) -> int:
        return VENUE_MS

    def doubt(self) -> None:
        raise AssertionError("nothing was refused")


def exchange_of(name: str) -> Any:
    account = CcxtAccount.model_construct(**{word: SecretStr(value) for word, value in WORDS.items()})
    config = CcxtConfig(mode=Mode.LIVE, instruments=("BTC/USDT",), i_accept_real_orders=True)
    context = VenueContext(
        id=name,
        clock=SystemClock(),
        venue_clock=Frozen(),
        random=Random(1),
        limiter=Unlimited(),
        limits=limits(name, config),
    )
    return make_exchange(config.model_copy(update={"account": account}), context)


def spoken(signed: dict[str, Any]) -> str:
    """All that would be sent, tokens opened."""
    text = repr(signed)
    tokens = re.findall(r"Bearer [\w-]+\.([\w-]+)\.", text)
    return text + "".join(str(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))) for token in tokens)


@pytest.mark.parametrize(
    ("name", "path", "api"),
    [
        ("binance", "account", ["private"]),
        ("binanceusdm", "account", ["fapiPrivateV3"]),
        ("bybit", "v5/account/info", ["private"]),
        ("okx", "account/balance", ["private"]),
        ("bitget", "v2/spot/account/assets", ["private", "spot"]),
        ("bingx", "user/balance", ["swap", "v2", "private"]),
        ("bithumb", "v1/accounts", ["private"]),
    ],
)
async def test_a_signed_request_is_dated_by_the_venue(name: str, path: str, api: Any) -> None:
    exchange = exchange_of(name)
    signed = spoken(exchange.sign(path, api, "GET", {}))
    assert any(told in signed for told in AS_TOLD), signed
    await exchange.close()


@pytest.mark.parametrize(
    "name", ["binance", "bybit", "okx", "bitget", "bingx", "upbit", "bithumb", "lighter", "kraken"]
)
async def test_so_is_whatever_else_asks_for_the_time(name: str) -> None:
    """Private streams log in with milliseconds or seconds, not with the nonce."""
    exchange = exchange_of(name)
    assert exchange.milliseconds() == VENUE_MS
    assert exchange.seconds() == VENUE_MS // 1_000
    assert exchange.microseconds() == VENUE_MS * 1_000
    assert int(exchange.nonce()) in (VENUE_MS, VENUE_MS // 1_000, VENUE_MS * 1_000)
    await exchange.close()
