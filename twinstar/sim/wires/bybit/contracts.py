"""Bybit's own definitions of some of its USDT perpetuals, after its instruments-info and fee page of 2025."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Listing
from twinstar.sim.wires.listed import listed, perpetual


class Contract(Struct, frozen=True, kw_only=True):
    """What instruments-info says of a market beyond what the exchange itself has to know."""

    id: str  # "BTCUSDT"
    number: int
    listing: Listing
    min_price: Decimal
    max_price: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal
    launch_ms: int

    @property
    def symbol(self) -> str:
        return self.listing.symbol

    @property
    def price_scale(self) -> int:
        """Decimals of a price."""
        return len(f"{self.listing.tick:f}".partition(".")[2])


def _contract(
    number: int,
    base: str,
    *,
    tick: str,
    lot: str,
    max_leverage: int,
    maintenance_rate: str,
    max_price: str,
    max_quantity: str,
    max_market_quantity: str,
    launch_ms: int,
) -> Contract:
    listing = perpetual(
        base,
        tick=tick,
        lot=Decimal(lot),
        min_notional="5",
        taker_fee="0.00055",
        max_leverage=max_leverage,
        maintenance_rate=maintenance_rate,
    )
    return Contract(
        id=f"{base}USDT",
        number=number,
        listing=listing,
        min_price=listing.tick,
        max_price=Decimal(max_price),
        max_quantity=Decimal(max_quantity),
        max_market_quantity=Decimal(max_market_quantity),
        launch_ms=launch_ms,
    )


CONTRACTS = (
    _contract(
        1,
        "BTC",
        tick="0.10",
        lot="0.001",
        max_leverage=100,
        maintenance_rate="0.005",
        max_price="1999999.80",
        max_quantity="1190.000",
        max_market_quantity="119.000",
        launch_ms=1_584_230_400_000,
    ),
    _contract(
        2,
        "ETH",
        tick="0.01",
        lot="0.01",
        max_leverage=100,
        maintenance_rate="0.005",
        max_price="199999.98",
        max_quantity="7240.00",
        max_market_quantity="724.00",
        launch_ms=1_603_324_800_000,
    ),
    _contract(
        3,
        "SOL",
        tick="0.010",
        lot="0.1",
        max_leverage=100,
        maintenance_rate="0.005",
        max_price="19999.980",
        max_quantity="79770.0",
        max_market_quantity="7977.0",
        launch_ms=1_634_256_000_000,
    ),
    _contract(
        4,
        "BNB",
        tick="0.10",
        lot="0.01",
        max_leverage=50,
        maintenance_rate="0.01",
        max_price="199999.80",
        max_quantity="5340.00",
        max_market_quantity="534.00",
        launch_ms=1_624_579_200_000,
    ),
    _contract(
        5,
        "XRP",
        tick="0.0001",
        lot="0.1",
        max_leverage=75,
        maintenance_rate="0.0067",
        max_price="199.9998",
        max_quantity="2864000.0",
        max_market_quantity="286400.0",
        launch_ms=1_620_950_400_000,
    ),
    _contract(
        6,
        "DOGE",
        tick="0.00001",
        lot="1",
        max_leverage=75,
        maintenance_rate="0.0067",
        max_price="19.99998",
        max_quantity="38000000",
        max_market_quantity="3800000",
        launch_ms=1_620_950_400_000,
    ),
)

BY_SYMBOL = {contract.symbol: contract for contract in CONTRACTS}


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed("bybit", {symbol: contract.listing for symbol, contract in BY_SYMBOL.items()}, symbols)
