"""What a seeded market looks like where nobody said: its first price, and how much money stands on a level."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

DOLLARS: Mapping[str, str] = {
    "BTC": "60000", "ETH": "3000", "BNB": "600", "SOL": "150", "XRP": "0.6", "DOGE": "0.12", "ADA": "0.45",
    "TRX": "0.13", "LINK": "14", "AVAX": "28", "DOT": "6", "LTC": "75", "BCH": "400", "SUI": "1.5",
}  # fmt: skip
OTHER = "10"
A_DOLLAR: Mapping[str, str] = {"KRW": "1500", "BTC": "0.00001667", "ETH": "0.000333"}  # any other quote is a dollar
LEVEL_DOLLARS = Decimal(5_000)


def start_price(base: str, quote: str) -> Decimal:
    return Decimal(DOLLARS.get(base, OTHER)) * _a_dollar(quote)


def level_money(quote: str) -> Decimal:
    """What the crowd puts on one price level, on average, in the quote asset."""
    return LEVEL_DOLLARS * _a_dollar(quote)


def _a_dollar(quote: str) -> Decimal:
    return Decimal(A_DOLLAR.get(quote, "1"))
