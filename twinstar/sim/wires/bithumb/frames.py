"""What the simulated Bithumb streams, one Struct a frame.

Sources: apidocs.bithumb.com, Ticker, Trade, Orderbook, MyAsset and MyOrder v2 (2026-11-13), and the samples in ccxt
4.5.90. Prices and quantities are JSON numbers in public frames, strings in private ones.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType

from twinstar.sim.wires.krw.messages import BookUnit, Ticker


class WsTicker(Ticker, frozen=True, kw_only=True):
    type: str = "ticker"
    code: str
    ask_bid: str
    acc_ask_volume: Decimal
    acc_bid_volume: Decimal
    market_state: str = "ACTIVE"
    is_trading_suspended: bool = False
    delisting_date: str = ""
    market_warning: str = "NONE"
    stream_type: str


class WsTrade(Struct, frozen=True, kw_only=True):
    type: str = "trade"
    code: str
    trade_price: Decimal
    trade_volume: Decimal
    ask_bid: str
    prev_closing_price: Decimal
    change: str
    change_price: Decimal
    trade_date: str
    trade_time: str
    trade_timestamp: int
    sequential_id: str
    timestamp: int
    stream_type: str


class WsOrderbook(Struct, frozen=True, kw_only=True):
    type: str = "orderbook"
    code: str
    total_ask_size: Decimal
    total_bid_size: Decimal
    orderbook_units: tuple[BookUnit, ...]
    level: int = 1
    timestamp: str
    stream_type: str


class MyOrder(Struct, frozen=True, kw_only=True):
    """UNSET is left out: fields of a fill where none is told, and of a cancel where there is none."""

    type: str = "myOrder"
    code: str
    order_id: str
    client_order_id: str | UnsetType
    side: str  # buy | sell
    order_type: str
    state: str  # wait | trade | done | cancel
    time_in_force: str | UnsetType
    order_price: str  # 0 for price, market and best
    order_quantity: str  # 0 for price
    order_amount: str
    executed_quantity: str
    executed_amount: str
    remaining_quantity: str
    paid_fee: str
    remaining_fee: str
    trade_id: str | UnsetType = UNSET
    trade_price: str | UnsetType = UNSET
    trade_quantity: str | UnsetType = UNSET
    trade_amount: str | UnsetType = UNSET
    trade_fee: str | UnsetType = UNSET
    trade_timestamp: int | UnsetType = UNSET
    cancel_type: str | UnsetType = UNSET
    canceling_order_id: str | UnsetType = UNSET
    order_timestamp: int
    timestamp: int
    stream_type: str = "REALTIME"


class Asset(Struct, frozen=True):
    currency: str
    balance: str
    locked: str


class MyAsset(Struct, frozen=True, kw_only=True):
    type: str = "myAsset"
    assets: tuple[Asset, ...]
    asset_timestamp: int
    timestamp: int
    stream_type: str = "REALTIME"
