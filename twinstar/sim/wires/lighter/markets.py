"""Some of Lighter's USDC perpetuals, after its orderBookDetails of 2026: integers scaled by each market's decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Listing
from twinstar.sim.wires.listed import listed

QUOTE, QUOTE_ID, QUOTE_DECIMALS = "USDC", 3, 6
FRACTION = 10_000  # of margin fractions: 500 is 5 %


class Market(Struct, frozen=True, kw_only=True):
    id: int
    listing: Listing
    size_decimals: int
    price_decimals: int
    default_margin: int  # in FRACTIONs, as the next two
    min_margin: int
    maintenance_margin: int

    @property
    def symbol(self) -> str:
        return self.listing.symbol

    @property
    def name(self) -> str:
        return self.listing.base

    def size(self, ticks: int) -> Decimal:
        return Decimal(ticks).scaleb(-self.size_decimals)

    def price(self, ticks: int) -> Decimal:
        return Decimal(ticks).scaleb(-self.price_decimals)

    def size_ticks(self, size: Decimal) -> int:
        return int(size.scaleb(self.size_decimals))

    def price_ticks(self, price: Decimal) -> int:
        return int(price.scaleb(self.price_decimals))


def _market(
    number: int,
    base: str,
    *,
    size_decimals: int,
    price_decimals: int,
    least: str,
    min_margin: int,
    maintenance_margin: int,
) -> Market:
    """A standard account pays no fees."""
    listing = Listing(
        symbol=f"{base}/{QUOTE}:{QUOTE}",
        base=base,
        quote=QUOTE,
        settle=QUOTE,
        tick=Decimal(1).scaleb(-price_decimals),
        lot=Decimal(1).scaleb(-size_decimals),
        min_quantity=Decimal(least),
        min_notional=Decimal(10),
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
        max_leverage=FRACTION // min_margin,
        maintenance_rate=Decimal(maintenance_margin) / FRACTION,
    )
    return Market(
        id=number,
        listing=listing,
        size_decimals=size_decimals,
        price_decimals=price_decimals,
        default_margin=500,
        min_margin=min_margin,
        maintenance_margin=maintenance_margin,
    )


MARKETS = (
    _market(0, "ETH", size_decimals=4, price_decimals=2, least="0.0050", min_margin=200, maintenance_margin=120),
    _market(1, "BTC", size_decimals=5, price_decimals=1, least="0.00020", min_margin=200, maintenance_margin=120),
    _market(2, "SOL", size_decimals=3, price_decimals=3, least="0.050", min_margin=400, maintenance_margin=240),
    _market(3, "DOGE", size_decimals=0, price_decimals=6, least="10", min_margin=1000, maintenance_margin=600),
    _market(7, "XRP", size_decimals=0, price_decimals=6, least="20", min_margin=500, maintenance_margin=300),
    _market(25, "BNB", size_decimals=2, price_decimals=4, least="0.02", min_margin=500, maintenance_margin=300),
)
BY_SYMBOL = {market.symbol: market for market in MARKETS}


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed("lighter", {symbol: market.listing for symbol, market in BY_SYMBOL.items()}, symbols)
