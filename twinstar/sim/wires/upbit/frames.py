"""What the simulated Upbit streams, one Struct a frame; prices and quantities are JSON numbers.

Source: docs.upbit.com/kr/reference/websocket-* (v1.6.4, 2026-11). `short` has the other spelling of the names.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.sim.wires.krw.messages import Orderbook, Ticker


class WsTicker(Ticker, frozen=True, kw_only=True):
    type: str = "ticker"
    code: str
    ask_bid: str
    acc_ask_volume: Decimal
    acc_bid_volume: Decimal
    trade_status: None = None
    market_state: str = "ACTIVE"
    market_state_for_ios: None = None
    is_trading_suspended: bool = False
    delisting_date: None = None
    market_warning: str = "NONE"
    stream_type: str


class WsTrade(Struct, frozen=True, kw_only=True):
    type: str = "trade"
    code: str
    timestamp: int
    trade_date: str
    trade_time: str
    trade_timestamp: int
    trade_price: Decimal
    trade_volume: Decimal
    ask_bid: str
    prev_closing_price: Decimal
    change: str
    change_price: Decimal
    sequential_id: int
    best_ask_price: Decimal
    best_ask_size: Decimal
    best_bid_price: Decimal
    best_bid_size: Decimal
    stream_type: str


class WsOrderbook(Orderbook, frozen=True, kw_only=True):
    type: str = "orderbook"
    code: str
    stream_type: str


class WsCandle(Struct, frozen=True, kw_only=True):
    type: str  # candle.1s … candle.240m
    code: str
    candle_date_time_utc: str
    candle_date_time_kst: str
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    candle_acc_trade_volume: Decimal
    candle_acc_trade_price: Decimal
    timestamp: int
    stream_type: str


class MyOrder(Struct, frozen=True, kw_only=True):
    """``price`` and ``volume`` are the fill's when ``state`` is trade, else the order's."""

    type: str = "myOrder"
    code: str
    uuid: str
    ask_bid: str
    order_type: str
    state: str  # wait | trade | done | cancel here; watch and prevented belong to what an API client cannot cause
    trade_uuid: str | None
    price: Decimal | None
    avg_price: Decimal
    volume: Decimal | None
    remaining_volume: Decimal | None
    executed_volume: Decimal
    trades_count: int
    reserved_fee: Decimal
    remaining_fee: Decimal
    paid_fee: Decimal
    locked: Decimal
    executed_funds: Decimal
    time_in_force: str | None
    trade_fee: Decimal | None
    is_maker: bool | None
    identifier: str | None
    smp_type: None = None
    prevented_volume: Decimal = Decimal(0)
    prevented_locked: Decimal = Decimal(0)
    trade_timestamp: int | None
    order_timestamp: int
    timestamp: int
    stream_type: str = "REALTIME"


class Asset(Struct, frozen=True):
    currency: str
    balance: Decimal
    locked: Decimal


class MyAsset(Struct, frozen=True, kw_only=True):
    type: str = "myAsset"
    asset_uuid: str
    assets: tuple[Asset, ...]
    asset_timestamp: int
    timestamp: int
    stream_type: str = "REALTIME"
