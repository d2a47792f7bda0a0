"""BingX's own definitions of some of its perpetuals in USDT, after /openApi/swap/v2/quote/contracts of 2025.

The venue counts in coins.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Listing
from twinstar.sim.wires import listed


class Contract(Struct, frozen=True, kw_only=True):
    id: str  # "BTC-USDT"
    number: int
    listing: Listing

    @property
    def symbol(self) -> str:
        return self.listing.symbol


def _contract(base: str, number: int, *, tick: str, lot: str, max_leverage: int, maintenance: str) -> Contract:
    listing = listed.perpetual(
        base,
        tick=tick,
        lot=Decimal(lot),
        min_notional="2",
        taker_fee="0.0005",
        max_leverage=max_leverage,
        maintenance_rate=maintenance,
    )
    return Contract(id=f"{base}-USDT", number=number, listing=listing)


CONTRACTS = (
    _contract("BTC", 100, tick="0.1", lot="0.0001", max_leverage=125, maintenance="0.0038"),
    _contract("ETH", 101, tick="0.01", lot="0.01", max_leverage=125, maintenance="0.0033"),
    _contract("SOL", 111, tick="0.001", lot="0.01", max_leverage=100, maintenance="0.005"),
    _contract("XRP", 103, tick="0.0001", lot="1", max_leverage=100, maintenance="0.005"),
    _contract("DOGE", 112, tick="0.00001", lot="1", max_leverage=100, maintenance="0.005"),
)

BY_SYMBOL = {contract.symbol: contract for contract in CONTRACTS}


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed.listed("bingx", {symbol: each.listing for symbol, each in BY_SYMBOL.items()}, symbols)
