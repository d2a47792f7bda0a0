"""Bitget's own definitions of some of its perpetuals in USDT, after /api/v2/mix/market/contracts of 2025.

The venue counts in coins.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Listing
from twinstar.sim.wires import listed


class Contract(Struct, frozen=True, kw_only=True):
    id: str  # "BTCUSDT"
    listing: Listing
    most: int  # coins in one order
    launched_ms: int

    @property
    def symbol(self) -> str:
        return self.listing.symbol


def _contract(
    base: str, *, tick: str, lot: str, max_leverage: int, maintenance: str, most: int, launched_ms: int
) -> Contract:
    listing = listed.perpetual(
        base,
        tick=tick,
        lot=Decimal(lot),
        min_notional="5",
        taker_fee="0.0006",
        max_leverage=max_leverage,
        maintenance_rate=maintenance,
    )
    return Contract(id=f"{base}USDT", listing=listing, most=most, launched_ms=launched_ms)


# fmt: off
CONTRACTS = (
    _contract("BTC", tick="0.1", lot="0.0001", max_leverage=125, maintenance="0.004", most=1_200,
              launched_ms=1_547_776_800_000),
    _contract("ETH", tick="0.01", lot="0.01", max_leverage=100, maintenance="0.005", most=17_000,
              launched_ms=1_547_776_800_000),
    _contract("SOL", tick="0.001", lot="0.1", max_leverage=75, maintenance="0.0065", most=150_000,
              launched_ms=1_627_286_400_000),
    _contract("XRP", tick="0.0001", lot="1", max_leverage=75, maintenance="0.0065", most=5_000_000,
              launched_ms=1_547_776_800_000),
    _contract("DOGE", tick="0.00001", lot="1", max_leverage=75, maintenance="0.0065", most=20_000_000,
              launched_ms=1_612_144_800_000),
)
# fmt: on

BY_SYMBOL = {contract.symbol: contract for contract in CONTRACTS}


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed.listed("bitget", {symbol: each.listing for symbol, each in BY_SYMBOL.items()}, symbols)
