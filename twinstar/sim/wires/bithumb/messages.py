"""What only Bithumb answers so over REST; `krw.messages` has the rest, `frames` what it streams.

Sources: apidocs.bithumb.com (v2.1.5, 2026-11) and the samples in ccxt 4.5.90. UNSET is left out.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from twinstar.sim.wires.krw.messages import OrderTrade


class Market(Struct, frozen=True):
    market: str
    korean_name: str
    english_name: str
    market_warning: str | UnsetType = UNSET  # NONE | CAUTION


class RestTrade(Struct, frozen=True, kw_only=True):
    market: str
    trade_date_utc: str
    trade_time_utc: str
    timestamp: str
    trade_price: str
    trade_volume: str
    prev_closing_price: str
    change_price: str
    ask_bid: str
    sequential_id: str


class Placed(Struct, frozen=True, kw_only=True):
    order_id: str
    market: str
    side: str
    order_type: str
    created_at: str
    stp_type: str


class Failed(Struct, frozen=True, kw_only=True):
    """One order of a batch."""

    name: str | int
    message: str
    order_id: str | UnsetType = UNSET
    client_order_id: str | UnsetType = UNSET


class PlacedBatch(Struct, frozen=True):
    batch_orders_response: tuple[Placed | Failed, ...]


class Canceled(Struct, frozen=True):
    """That it will be canceled, not that it is."""

    order_id: str
    created_at: str


class CanceledBatch(Struct, frozen=True):
    success: tuple[Canceled, ...]
    fail: tuple[Failed, ...]


class OrderAnswer(Struct, frozen=True, kw_only=True):
    uuid: str
    side: str
    ord_type: str
    price: str | None
    state: str
    market: str
    created_at: str
    volume: str | None
    remaining_volume: str | None
    reserved_fee: str
    remaining_fee: str
    paid_fee: str
    locked: str
    executed_volume: str
    executed_funds: str
    trades_count: int
    stp_type: str
    time_in_force: str | UnsetType = UNSET
    client_order_id: str | UnsetType = UNSET
    cancel_type: str | UnsetType = UNSET
    trades: tuple[OrderTrade, ...] | UnsetType = UNSET  # of a single order


class Found(Struct, frozen=True):
    orders: tuple[OrderAnswer, ...]


class Page(Struct, frozen=True):
    has_next: bool
    next_key: str | None
    orders: tuple[OrderAnswer, ...]
