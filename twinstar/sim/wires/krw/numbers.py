"""Decimals as Upbit writes them: never with an exponent, without zeros that say nothing."""

from __future__ import annotations

from decimal import Decimal

import msgspec

NUMBERS = msgspec.json.Encoder(decimal_format="number")  # quotation answers and every WebSocket frame
TEXTS = msgspec.json.Encoder(decimal_format="string")  # exchange answers carry money as strings

RATE = Decimal("1e-10")


def text(value: Decimal) -> str:
    return format(value.normalize(), "f")


def plain(value: Decimal) -> Decimal:
    return Decimal(text(value))


def rate(change: Decimal, base: Decimal) -> Decimal:
    return plain((change / base).quantize(RATE)) if base else Decimal(0)
