"""In which steps prices and quantities go. Source: Bithumb's own AI trade kit (2026-11); the venue rounds nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

QUANTITY_STEP: Final = Decimal("0.00000001")
COIN_PRICE_STEP: Final = Decimal("0.00000001")  # of markets in BTC; not stated by the venue
FINEST_KRW_STEP: Final = Decimal("0.0001")
# The lowest price of a band, which is in it, and the step.
KRW_BANDS: Final = tuple(
    (Decimal(lowest), Decimal(step))
    for lowest, step in (
        ("1000000", "1000"),
        ("500000", "500"),
        ("100000", "100"),
        ("50000", "50"),
        ("10000", "10"),
        ("5000", "5"),
        ("100", "1"),
        ("10", "0.01"),
        ("1", "0.001"),
    )
)


def price_step(quote: str, price: Decimal) -> Decimal:
    if quote != "KRW":
        return COIN_PRICE_STEP
    return next((step for lowest, step in KRW_BANDS if price >= lowest), FINEST_KRW_STEP)


def rounded_down(quote: str, price: Decimal) -> Decimal:
    step = price_step(quote, price)
    return price // step * step
