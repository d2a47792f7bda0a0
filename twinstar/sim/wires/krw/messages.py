"""What both venues answer over REST, one Struct an answer.

Sources: docs.upbit.com/kr/reference (v1.6.4, 2026-11), apidocs.bithumb.com (v2.1.5, 2026-11) and the samples in ccxt
4.5.90. Prices and quantities are JSON numbers in quotation answers, strings in exchange answers. UNSET is left out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

# -- quotation


class RestCandle(Struct, frozen=True, kw_only=True):
    market: str
    candle_date_time_utc: str
    candle_date_time_kst: str
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    timestamp: int
    candle_acc_trade_price: Decimal
    candle_acc_trade_volume: Decimal
    unit: int | UnsetType = UNSET  # minutes
    prev_closing_price: Decimal | UnsetType = UNSET  # days, and the two below
    change_price: Decimal | UnsetType = UNSET
    change_rate: Decimal | UnsetType = UNSET
    first_day_of_period: str | UnsetType = UNSET  # weeks, months, years


class Ticker(Struct, frozen=True, kw_only=True):
    """What REST and stream have in common."""

    trade_date: str
    trade_time: str
    trade_timestamp: int
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    prev_closing_price: Decimal
    change: str
    change_price: Decimal
    change_rate: Decimal
    signed_change_price: Decimal
    signed_change_rate: Decimal
    trade_volume: Decimal
    acc_trade_price: Decimal
    acc_trade_price_24h: Decimal
    acc_trade_volume: Decimal
    acc_trade_volume_24h: Decimal
    highest_52_week_price: Decimal
    highest_52_week_date: str
    lowest_52_week_price: Decimal
    lowest_52_week_date: str
    timestamp: int


class RestTicker(Ticker, frozen=True, kw_only=True):
    market: str
    trade_date_kst: str
    trade_time_kst: str


class BookUnit(Struct, frozen=True):
    ask_price: Decimal
    bid_price: Decimal
    ask_size: Decimal
    bid_size: Decimal


class Orderbook(Struct, frozen=True, kw_only=True):
    timestamp: int
    total_ask_size: Decimal
    total_bid_size: Decimal
    orderbook_units: tuple[BookUnit, ...]
    level: Decimal = Decimal(0)


class RestOrderbook(Orderbook, frozen=True, kw_only=True):
    market: str


# -- exchange


class Account(Struct, frozen=True):
    currency: str
    balance: str
    locked: str
    avg_buy_price: str
    avg_buy_price_modified: bool
    unit_currency: str


class OrderTrade(Struct, frozen=True, kw_only=True):
    market: str
    uuid: str
    price: str
    volume: str
    funds: str
    trend: str | UnsetType = UNSET  # Upbit's
    created_at: str
    side: str


class ChanceSide(Struct, frozen=True):
    currency: str
    min_total: int | str
    price_unit: str | UnsetType | None = UNSET


class ChanceMarket(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    order_types: tuple[str, ...]
    order_sides: tuple[str, ...]
    bid_types: tuple[str, ...]
    ask_types: tuple[str, ...]
    bid: ChanceSide
    ask: ChanceSide
    max_total: str
    state: str


class Chance(Struct, frozen=True, kw_only=True):
    bid_fee: str
    ask_fee: str
    maker_bid_fee: str
    maker_ask_fee: str
    market: ChanceMarket
    bid_account: Account
    ask_account: Account


class ErrorBody(Struct, frozen=True):
    name: str | int
    message: str


class ErrorAnswer(Struct, frozen=True):
    error: ErrorBody


def with_fields(kind: type[Any], body: Struct, **more: object) -> Any:
    """``kind`` made of the fields of ``body`` and some of its own."""
    return kind(**{**msgspec.structs.asdict(body), **more})
