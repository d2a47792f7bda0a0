"""The KRW markets that the simulated Bithumb lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.sim.model import Listing
from twinstar.sim.wires.krw.markets import krw_listings
from twinstar.sim.wires.listed import listed

FEE = Decimal("0.0025")  # maker and taker alike, the list rate (2026-11); 0.04 % with a coupon
MAX_TOTAL = Decimal(5_000_000_000)


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed("bithumb", krw_listings(FEE), symbols)
