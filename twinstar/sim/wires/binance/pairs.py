"""Binance's own definitions of some of its spot markets, after its exchangeInfo and fee page of 2025."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from msgspec import Struct

from twinstar.errors import ConfigError
from twinstar.sim.model import Listing
from twinstar.sim.wires.listed import listed

SPOT = re.compile(r"[A-Z0-9]+/USDT")
FEE = Decimal("0.001")


class Pair(Struct, frozen=True, kw_only=True):
    """What exchangeInfo says of a market beyond what the exchange itself has to know."""

    listing: Listing
    max_price: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal

    @property
    def id(self) -> str:
        return self.listing.base + self.listing.quote

    @property
    def average_precision(self) -> int:
        return 8


def _pair(base: str, *, tick: str, lot: str, max_price: str, max_quantity: str, max_market_quantity: str) -> Pair:
    listing = Listing(
        symbol=f"{base}/USDT",
        base=base,
        quote="USDT",
        tick=Decimal(tick),
        lot=Decimal(lot),
        min_quantity=Decimal(lot),
        min_notional=Decimal(5),
        maker_fee=FEE,
        taker_fee=FEE,
        fee_in_received=True,
        fee_token="BNB",  # noqa: S106 - a coin, no secret
    )
    return Pair(
        listing=listing,
        max_price=Decimal(max_price),
        max_quantity=Decimal(max_quantity),
        max_market_quantity=Decimal(max_market_quantity),
    )


PAIRS = (
    _pair("BTC", tick="0.01", lot="0.00001", max_price="1000000", max_quantity="9000", max_market_quantity="90"),
    _pair("ETH", tick="0.01", lot="0.0001", max_price="1000000", max_quantity="9000", max_market_quantity="2000"),
    _pair("SOL", tick="0.01", lot="0.001", max_price="10000", max_quantity="90000", max_market_quantity="30000"),
    _pair("BNB", tick="0.01", lot="0.001", max_price="100000", max_quantity="900000", max_market_quantity="2000"),
    _pair("XRP", tick="0.0001", lot="0.1", max_price="10000", max_quantity="9222449", max_market_quantity="1000000"),
    _pair("DOGE", tick="0.00001", lot="1", max_price="1000", max_quantity="9000000", max_market_quantity="8000000"),
)
BY_SYMBOL = {pair.listing.symbol: pair for pair in PAIRS}


@cache
def pair_of(symbol: str) -> Pair:
    """The venue's own definition, or one made up: which symbols there are, `listings` and `made_up` say."""
    return BY_SYMBOL.get(symbol) or _pair(
        symbol.partition("/")[0],
        tick="0.01",
        lot="0.001",
        max_price="100000",
        max_quantity="1000000",
        max_market_quantity="100000",
    )


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed("binance", {symbol: pair.listing for symbol, pair in BY_SYMBOL.items()}, symbols)


def made_up(symbols: Sequence[str]) -> tuple[Listing, ...]:
    """As `listings`, and a definition out of thin air for each market in USDT that is not known here."""
    problems = [f"{symbol!r} is not written BASE/USDT" for symbol in symbols if not SPOT.fullmatch(symbol)]
    if problems:
        raise ConfigError(problems)
    return tuple(pair_of(symbol).listing for symbol in symbols)
