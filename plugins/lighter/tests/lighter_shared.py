"""What the tests of this plugin share: a market, an order; its quality file, the mark of what opens it."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import pytest

import twinstar as ts
import twinstar_lighter
from twinstar.testing.conformance.quality import read_quality
from twinstar_lighter.orders import Market

QUALITY: Final = read_quality(Path(twinstar_lighter.__file__).with_name("quality.yaml"))
INSTALLED: Final = pytest.mark.skipif(
    not entry_points(group="twinstar", name="lighter"), reason="not installed: pip install -e plugins/lighter"
)
ETH = ts.InstrumentId("ETH/USDC:USDC", "lighter")


def market(number: int = 0, size_decimals: int = 4, price_decimals: int = 2) -> Market:
    instrument = ts.Instrument(
        id=ETH,
        base="ETH",
        quote="USDC",
        settle="USDC",
        price_step=Decimal(1).scaleb(-price_decimals),
        quantity_step=Decimal(1).scaleb(-size_decimals),
    )
    return Market(id=number, instrument=instrument, size_decimals=size_decimals, price_decimals=price_decimals)


def order(**changes: object) -> ts.Order:
    usual: dict[str, object] = {
        "order_id": "ts01f2k7q3d000000001",
        "instrument": ETH,
        "side": ts.Side.BUY,
        "kind": ts.OrderKind.LIMIT,
        "quantity": Decimal("0.0050"),
        "price": Decimal("2352.74"),
        "role": ts.Role.ENTRY,
    }
    return ts.Order(**{**usual, **changes})  # type: ignore[arg-type]
