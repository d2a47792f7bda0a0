"""The price steps of KRW markets, in force since 31 July 2025.

Source: docs.upbit.com/kr/docs/krw-market-info (as of 4 May 2026) and the notice krw_tick_unit_change_250731.
"""

from __future__ import annotations

from decimal import Decimal

FINEST = Decimal("0.00000001")

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
        ("10", "0.1"),
        ("1", "0.01"),
        ("0.1", "0.001"),
        ("0.01", "0.0001"),
        ("0.001", "0.00001"),
        ("0.0001", "0.000001"),
        ("0.00001", "0.0000001"),
    )
)


def tick_at(price: Decimal) -> Decimal:
    return next((tick for floor, tick in BANDS if price >= floor), FINEST)


def on_tick(price: Decimal) -> bool:
    return price > 0 and price % tick_at(price) == 0
