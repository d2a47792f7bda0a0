"""ACME's frames. A trade as it happens, a candle once its minute is over; anything else is an error."""

from __future__ import annotations

from decimal import Decimal

import msgspec

import twinstar as ts


class Trade(msgspec.Struct, tag_field="t", tag="trade", frozen=True):
    price: Decimal = msgspec.field(name="p")
    quantity: Decimal = msgspec.field(name="q")
    side: ts.Side = msgspec.field(name="s")
    time_ms: int = msgspec.field(name="T")

    def __post_init__(self) -> None:
        refuse_unless_positive(self.price, self.quantity)


class Candle(msgspec.Struct, tag_field="t", tag="candle", frozen=True):
    open: Decimal = msgspec.field(name="o")
    high: Decimal = msgspec.field(name="h")
    low: Decimal = msgspec.field(name="l")
    close: Decimal = msgspec.field(name="c")
    volume: Decimal = msgspec.field(name="v")
    open_ms: int = msgspec.field(name="T")

    def __post_init__(self) -> None:
        refuse_unless_positive(self.open, self.high, self.low, self.close)


def refuse_unless_positive(*values: Decimal) -> None:
    """msgspec reads "NaN" and "-1" as decimals; a price is neither."""
    for value in values:
        if not value.is_finite() or value <= 0:
            raise ValueError(f"{value} is not a price or quantity")


def decode(frame: str) -> Trade | Candle:
    """Raise `msgspec.DecodeError` for what is neither."""
    return msgspec.json.decode(frame, type=Trade | Candle)
