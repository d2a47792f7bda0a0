"""The KRW markets that the simulated Upbit lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.sim.model import Listing
from twinstar.sim.wires.krw.markets import krw_listings
from twinstar.sim.wires.listed import listed

FEE = Decimal("0.0005")  # maker and taker alike in KRW markets
MAX_TOTAL = Decimal(1_000_000_000)


def listings(symbols: Sequence[str]) -> tuple[Listing, ...]:
    return listed("upbit", krw_listings(FEE), symbols)
