"""What Bithumb says, one Struct a frame or answer; wire names stop here. Numbers are decimals, to the digit.

Sources: apidocs.bithumb.com, v2.1.5 (2026-11), and for sockets Trade, Ticker, Orderbook and MyOrder v2 (2026-11-13).
What is not read is left out; what the venue may leave out has a default.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec
from msgspec import Struct

from twinstar_bithumb_native.errors import Refusal

LARGEST: Final = Decimal(10) ** 24
AskBid = Literal["ASK", "BID"]


def _finite(*numbers: Decimal | None) -> None:
    """msgspec reads "NaN" and "-1" as decimals, and numbers that no market has."""
    for number in numbers:
        if number is not None and not (number.is_finite() and 0 <= number < LARGEST):
            raise ValueError(f"{number} is not an amount")


# Public frames. Their dates and times of day are Korean: only the timestamps are read.


class Trade(Struct, frozen=True, gc=False, tag_field="type", tag="trade"):
    code: str
    trade_price: Decimal
    trade_volume: Decimal
    ask_bid: AskBid  # the taker's side
    trade_timestamp: int  # ms
    sequential_id: str | int


class Ticker(Struct, frozen=True, gc=False, tag_field="type", tag="ticker"):
    code: str
    trade_price: Decimal
    trade_timestamp: int  # ms
    is_trading_suspended: bool = False
    market_warning: str = "NONE"


class Unit(Struct, frozen=True, gc=False):
    ask_price: Decimal
    bid_price: Decimal
    ask_size: Decimal
    bid_size: Decimal


class OrderBook(Struct, frozen=True, gc=False, tag_field="type", tag="orderbook"):
    """The whole book each time."""

    code: str
    orderbook_units: tuple[Unit, ...]
    timestamp: str | int  # microseconds in 2026, ms before; text or not

    @property
    def time_ms(self) -> int:
        return int(str(self.timestamp)[:13])

    @property
    def bids(self) -> list[tuple[Decimal, Decimal]]:
        """Best first; levels without a size, which occur, are none."""
        return [(each.bid_price, each.bid_size) for each in self.orderbook_units if each.bid_size]

    @property
    def asks(self) -> list[tuple[Decimal, Decimal]]:
        return [(each.ask_price, each.ask_size) for each in self.orderbook_units if each.ask_size]


PublicFrame = Trade | Ticker | OrderBook
public_frame: Final = msgspec.json.Decoder(PublicFrame).decode


# Frames of the account, as text or numbers.


class MyOrder(Struct, frozen=True, kw_only=True, tag_field="type", tag="myOrder"):
    """v2. What is absent was left out: a fill where none is told, what a market order has no use for."""

    code: str
    order_id: str
    side: Literal["buy", "sell"]
    state: Literal["wait", "watch", "trade", "done", "cancel"]
    client_order_id: str | None = None
    order_quantity: Decimal = Decimal(0)  # 0 of a buy by amount
    executed_quantity: Decimal = Decimal(0)
    trade_id: str | None = None
    trade_price: Decimal | None = None
    trade_quantity: Decimal | None = None
    trade_fee: Decimal | None = None  # in the quote asset
    trade_timestamp: int | None = None
    cancel_type: str | None = None
    timestamp: int

    def __post_init__(self) -> None:
        _finite(self.order_quantity, self.executed_quantity, self.trade_price, self.trade_quantity, self.trade_fee)


class MyAsset(Struct, frozen=True, tag_field="type", tag="myAsset"):
    """Not subscribed to: balances are read whole."""


PrivateFrame = MyOrder | MyAsset
private_frame: Final = msgspec.json.Decoder(PrivateFrame).decode


class Note(Struct, frozen=True):
    """The answer to ``PING``, or an error."""

    status: str | None = None
    error: Refusal | None = None


note: Final = msgspec.json.Decoder(Note).decode


# Answers.


class Market(Struct, frozen=True):
    market: str
    market_warning: str = "NONE"


class Price(Struct, frozen=True):
    market: str
    trade_price: Decimal


class Tick(Struct, frozen=True):
    timestamp: str | int  # ms, as text in 2026


class CandleAnswer(Struct, frozen=True):
    candle_date_time_utc: datetime  # when it opens; without an offset
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    candle_acc_trade_volume: Decimal

    def __post_init__(self) -> None:
        _finite(self.opening_price, self.high_price, self.low_price, self.trade_price, self.candle_acc_trade_volume)


class AccountAnswer(Struct, frozen=True):
    currency: str
    balance: Decimal  # without what is locked
    locked: Decimal

    def __post_init__(self) -> None:
        _finite(self.balance, self.locked)


class ChanceSide(Struct, frozen=True):
    min_total: Decimal

    def __post_init__(self) -> None:
        _finite(self.min_total)


class ChanceMarket(Struct, frozen=True):
    bid: ChanceSide
    ask: ChanceSide
    state: str = "active"


class Chance(Struct, frozen=True):
    bid_fee: Decimal
    ask_fee: Decimal
    market: ChanceMarket
    maker_bid_fee: Decimal | None = None
    maker_ask_fee: Decimal | None = None

    def __post_init__(self) -> None:
        _finite(self.bid_fee, self.ask_fee, self.maker_bid_fee, self.maker_ask_fee)

    @property
    def taker_fee(self) -> Decimal:
        return max(self.bid_fee, self.ask_fee)

    @property
    def maker_fee(self) -> Decimal:
        return max(self.maker_bid_fee or self.bid_fee, self.maker_ask_fee or self.ask_fee)


class Placed(Struct, frozen=True):
    order_id: str
    market: str
    side: Literal["bid", "ask"]


class Canceled(Struct, frozen=True):
    """That it will be canceled, not that it is."""

    order_id: str


class Item(Struct, frozen=True):
    """One order of a batch: done, or not for the reason that has a name."""

    order_id: str = ""
    market: str = ""
    side: str = ""
    name: str | int | None = None
    message: str = ""


class PlacedBatch(Struct, frozen=True):
    """In the order in which they were sent."""

    batch_orders_response: tuple[Item, ...]


class CanceledBatch(Struct, frozen=True):
    success: tuple[Item, ...] = ()
    fail: tuple[Item, ...] = ()


class Execution(Struct, frozen=True):
    uuid: str
    price: Decimal
    volume: Decimal
    funds: Decimal
    created_at: datetime

    def __post_init__(self) -> None:
        _finite(self.price, self.volume, self.funds)


class OrderAnswer(Struct, frozen=True, kw_only=True):
    uuid: str
    market: str
    side: Literal["bid", "ask"]
    ord_type: str
    state: str  # wait, watch, done, cancel
    created_at: datetime
    price: Decimal | None = None
    volume: Decimal | None = None
    executed_volume: Decimal = Decimal(0)
    executed_funds: Decimal = Decimal(0)
    paid_fee: Decimal = Decimal(0)
    client_order_id: str | None = None
    cancel_type: str | None = None
    trades: tuple[Execution, ...] = ()

    def __post_init__(self) -> None:
        _finite(self.price, self.volume, self.executed_volume, self.executed_funds, self.paid_fee)

    @property
    def is_open(self) -> bool:
        return self.state in ("wait", "watch")


class Page(Struct, frozen=True):
    orders: tuple[OrderAnswer, ...]
    has_next: bool = False
    next_key: str | None = None


class Failure(Struct, frozen=True):
    """An error, whatever the HTTP status."""

    error: Refusal
