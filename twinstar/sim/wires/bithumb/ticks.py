"""The price steps of KRW markets, lower bounds inclusive. Source: Bithumb's own AI trade kit (2026-11)."""

from __future__ import annotations

from decimal import Decimal

FINEST = Decimal("0.0001")

BANDS: tuple[tuple[Decimal, Decimal], ...] = tuple(
    (Decimal(floor), Decimal(tick))
    for floor, tick in (
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


def tick_at(price: Decimal) -> Decimal:
    return next((tick for floor, tick in BANDS if price >= floor), FINEST)


def on_tick(price: Decimal) -> bool:
    return price > 0 and price % tick_at(price) == 0
