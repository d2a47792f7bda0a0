"""What only Upbit answers so over REST; `krw.messages` has the rest, `frames` what it streams.

Sources: docs.upbit.com/kr/reference (v1.6.4, 2026-11) and the samples in ccxt 4.5.90. UNSET is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType

from twinstar.sim.wires.krw.messages import OrderTrade


class MarketEvent(Struct, frozen=True):
    warning: bool
    caution: Mapping[str, bool]


class Market(Struct, frozen=True):
    market: str
    korean_name: str
    english_name: str
    market_event: MarketEvent | UnsetType = UNSET


class RestTrade(Struct, frozen=True, kw_only=True):
    market: str
    trade_date_utc: str
    trade_time_utc: str
    timestamp: int
    trade_price: Decimal
    trade_volume: Decimal
    prev_closing_price: Decimal
    change_price: Decimal
    ask_bid: str
    sequential_id: int


class BookPolicy(Struct, frozen=True):
    market: str
    quote_currency: str
    tick_size: str
    supported_levels: tuple[str, ...]


class OrderAnswer(Struct, frozen=True, kw_only=True):
    market: str
    uuid: str
    side: str
    ord_type: str
    price: str | None
    state: str
    created_at: str
    volume: str | None
    remaining_volume: str | None
    executed_volume: str
    reserved_fee: str
    remaining_fee: str
    paid_fee: str
    locked: str
    prevented_volume: str = "0"
    prevented_locked: str = "0"
    trades_count: int
    time_in_force: str | UnsetType = UNSET
    identifier: str | UnsetType = UNSET
    executed_funds: str | UnsetType = UNSET  # in lists
    trades: tuple[OrderTrade, ...] | UnsetType = UNSET  # of a single order
    new_order_uuid: str | UnsetType = UNSET  # of cancel_and_new, and the one below
    new_order_identifier: str | UnsetType = UNSET
