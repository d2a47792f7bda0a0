"""Binance's own definitions of some of its USD-M perpetuals, after its exchangeInfo and fee page of 2025."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from msgspec import Struct

from twinstar.errors import ConfigError
from twinstar.sim.model import Listing
from twinstar.sim.wires.listed import listed, perpetual

PERPETUAL = re.compile(r"[A-Z0-9]+/USDT:USDT")


class Contract(Struct, frozen=True, kw_only=True):
    """What exchangeInfo says of a market beyond what the exchange itself has to know."""

    id: str  # "BTCUSDT"
    listing: Listing
    price_precision: int  # decimals a price may be written with; the tick may be coarser
    quantity_precision: int
    min_price: Decimal
    max_price: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal
    onboard_ms: int

    @property
    def average_precision(self) -> int:
        """An average price is shown with more decimals than a price."""
        return self.price_precision + 3


def _contract(
    base: str,
    *,
    tick: str,
    lot: str,
    price_precision: int,
    min_notional: str,
    max_leverage: int,
    maintenance_rate: str,
    prices: tuple[str, str],
    max_quantity: str,
    max_market_quantity: str,
    onboard_ms: int,
) -> Contract:
    listing = perpetual(
        base,
        tick=tick,
        lot=Decimal(lot),
        min_notional=min_notional,
        taker_fee="0.0005",
        max_leverage=max_leverage,
        maintenance_rate=maintenance_rate,
    )
    return Contract(
        id=f"{base}USDT",
        listing=listing,
        price_precision=price_precision,
        quantity_precision=max(0, -_exponent(listing.lot)),
        min_price=Decimal(prices[0]),
        max_price=Decimal(prices[1]),
        max_quantity=Decimal(max_quantity),
        max_market_quantity=Decimal(max_market_quantity),
        onboard_ms=onboard_ms,
    )


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError(f"{value} is no number")
    return exponent


CONTRACTS = (
    _contract(
        "BTC",
        tick="0.10",
        lot="0.001",
        price_precision=2,
        min_notional="100",
        max_leverage=125,
        maintenance_rate="0.004",
        prices=("261.10", "4529764"),
        max_quantity="1000",
        max_market_quantity="120",
        onboard_ms=1_569_398_400_000,
    ),
    _contract(
        "ETH",
        tick="0.01",
        lot="0.001",
        price_precision=2,
        min_notional="20",
        max_leverage=125,
        maintenance_rate="0.004",
        prices=("18.67", "306177"),
        max_quantity="10000",
        max_market_quantity="2000",
        onboard_ms=1_569_398_400_000,
    ),
    _contract(
        "SOL",
        tick="0.0100",
        lot="0.01",
        price_precision=4,
        min_notional="5",
        max_leverage=100,
        maintenance_rate="0.005",
        prices=("0.4200", "6857"),
        max_quantity="1000000",
        max_market_quantity="80000",
        onboard_ms=1_600_070_400_000,
    ),
    _contract(
        "BNB",
        tick="0.010",
        lot="0.01",
        price_precision=3,
        min_notional="5",
        max_leverage=75,
        maintenance_rate="0.005",
        prices=("6.600", "100000"),
        max_quantity="100000",
        max_market_quantity="2000",
        onboard_ms=1_581_321_600_000,
    ),
    _contract(
        "XRP",
        tick="0.0001",
        lot="0.1",
        price_precision=4,
        min_notional="5",
        max_leverage=100,
        maintenance_rate="0.005",
        prices=("0.0143", "100000"),
        max_quantity="10000000",
        max_market_quantity="2000000",
        onboard_ms=1_578_301_200_000,
    ),
    _contract(
        "DOGE",
        tick="0.000010",
        lot="1",
        price_precision=6,
        min_notional="5",
        max_leverage=75,
        maintenance_rate="0.005",
        prices=("0.002440", "30"),
        max_quantity="50000000",
        max_market_quantity="30000000",
        onboard_ms=1_594_252_800_000,
    ),
)

BY_SYMBOL = {contract.listing.symbol: contract for contract in CONTRACTS}


@cache
def contract_of(symbol: str) -> Contract:
    """The venue's own definition, or one made up: which symbols there are, `listings` and `made_up` say."""
    if symbol in BY_SYMBOL:
        return BY_SYMBOL[symbol]
    return _contract(
        symbol.partition("/")[0],
        tick="0.0100",
        lot="0.01",
        price_precision=4,
        min_notional="5",
        max_leverage=50,
        maintenance_rate="0.01",
        prices=("0.0100", "100000"),
        max_quantity="1000000",
        max_market_quantity="100000",
        onboard_ms=1_600_070_400_000,
    )


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed("binanceusdm", {symbol: contract.listing for symbol, contract in BY_SYMBOL.items()}, symbols)


def made_up(symbols: Sequence[str]) -> tuple[Listing, ...]:
    """As `listings`, and a definition out of thin air for each perpetual that is not known here."""
    problems = [f"{symbol!r} is not written BASE/USDT:USDT" for symbol in symbols if not PERPETUAL.fullmatch(symbol)]
    if problems:
        raise ConfigError(problems)
    return tuple(contract_of(symbol).listing for symbol in symbols)
