"""Bithumb's ids, ``C0101000003152406454``: a prefix and the number that the exchange has for it."""

from __future__ import annotations

DIGITS = 15
ORDER = "C0101"
TRADE = "C0102"


def order_id(number: int) -> str:
    return f"{ORDER}{number:0{DIGITS}d}"


def trade_id(number: int) -> str:
    return f"{TRADE}{number:0{DIGITS}d}"


def order_number(text: str) -> int | None:
    """None for what was never made here."""
    digits = text.removeprefix(ORDER)
    return int(digits) if text.startswith(ORDER) and len(digits) == DIGITS and digits.isdecimal() else None
