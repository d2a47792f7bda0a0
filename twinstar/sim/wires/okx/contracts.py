"""OKX's own definitions of some of its linear perpetuals, after /api/v5/public/instruments and its fee page of 2025.

The venue counts in contracts: a contract is ``size`` of the base asset, and part of a contract may be traded.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Listing
from twinstar.sim.wires import listed
from twinstar.sim.wires.spelling import text


class Contract(Struct, frozen=True, kw_only=True):
    id: str  # "BTC-USDT-SWAP"
    code: int  # the venue's number of it
    listing: Listing
    size: Decimal  # of one contract, in the base asset
    lot: Decimal  # in contracts
    max_limit: int  # contracts in one limit order
    max_market: int
    listed_ms: int

    @property
    def family(self) -> str:
        return self.id.removesuffix("-SWAP")

    def contracts(self, quantity: Decimal) -> str:
        """A quantity of the base asset, as the venue writes it."""
        return text((quantity / self.size).normalize())

    def quantity(self, contracts: Decimal) -> Decimal:
        return contracts * self.size


def _contract(
    base: str,
    code: int,
    *,
    tick: str,
    size: str,
    max_leverage: int,
    maintenance: str,
    most: tuple[int, int],
    since: int,
) -> Contract:
    lot = Decimal("0.01")
    listing = listed.perpetual(
        base,
        tick=tick,
        lot=lot * Decimal(size),
        min_notional="0",
        taker_fee="0.0005",
        max_leverage=max_leverage,
        maintenance_rate=maintenance,
    )
    return Contract(
        id=f"{base}-USDT-SWAP",
        code=code,
        listing=listing,
        size=Decimal(size),
        lot=lot,
        max_limit=most[0],
        max_market=most[1],
        listed_ms=since,
    )


# fmt: off
CONTRACTS = (
    _contract("BTC", 10459, tick="0.1", size="0.01", max_leverage=100, maintenance="0.004",
              most=(100_000_000, 12_000), since=1_573_557_408_000),
    _contract("ETH", 10461, tick="0.01", size="0.1", max_leverage=100, maintenance="0.004",
              most=(100_000_000, 20_000), since=1_573_557_408_000),
    _contract("SOL", 10471, tick="0.01", size="1", max_leverage=100, maintenance="0.0065",
              most=(100_000_000, 15_000), since=1_611_916_828_000),
    _contract("XRP", 10463, tick="0.0001", size="100", max_leverage=100, maintenance="0.0065",
              most=(100_000_000, 30_000), since=1_573_557_408_000),
    _contract("DOGE", 10480, tick="0.00001", size="1000", max_leverage=75, maintenance="0.0065",
              most=(100_000_000, 15_000), since=1_611_916_828_000),
)
# fmt: on

BY_SYMBOL = {contract.listing.symbol: contract for contract in CONTRACTS}


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed.listed("okx", {symbol: each.listing for symbol, each in BY_SYMBOL.items()}, symbols)
