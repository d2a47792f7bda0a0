"""What the venue says, frame by frame and answer by answer. Its names stop here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct, field

from twinstar_lighter.errors import OK, Code

A = TypeVar("A", bound="Answer")
TOO_MUCH: Final = Decimal(10) ** 30
FINEST: Final = 18  # decimals; the venue has six at most


def _numbers(*numbers: Decimal) -> None:
    """msgspec reads "NaN" and "1e999999" as decimals."""
    for number in numbers:
        if not (number.is_finite() and abs(number) < TOO_MUCH):
            raise ValueError(f"{number} is not an amount")


def _amounts(*numbers: Decimal) -> None:
    _numbers(*numbers)
    for number in numbers:
        if number < 0:
            raise ValueError(f"{number} is not an amount")


class Said(Struct, frozen=True, kw_only=True):
    code: int = OK
    message: str | None = None

    @property
    def said(self) -> str:
        return self.message or ""


class Answer(Said, frozen=True, kw_only=True):
    """One without a code is not the venue's: a gateway's would be read as an empty list."""

    code: int


class Level(Struct, frozen=True, gc=False):
    """As it is spelt: most levels only change their size, and nobody looks."""

    price: str
    size: str


class Book(Struct, frozen=True, kw_only=True, gc=False):
    asks: list[Level] | None = None
    bids: list[Level] | None = None
    nonce: int
    begin_nonce: int = 0


class Bar(Struct, frozen=True, kw_only=True):
    """A candle; its numbers are not exact at the venue, see `Market`."""

    open_ms: int = field(name="t")
    open: Decimal = field(name="o")
    high: Decimal = field(name="h")
    low: Decimal = field(name="l")
    close: Decimal = field(name="c")
    volume: Decimal = field(name="v")


class PublicTrade(Struct, frozen=True, kw_only=True, gc=False):
    """What of anybody's trade is wanted, its numbers as they are spelt; half the work of a whole row."""

    trade_id: int
    size: str
    price: str
    is_maker_ask: bool
    timestamp: int


class TradeRow(Struct, frozen=True, kw_only=True):
    """``*_fee`` in millionths of what was traded; of a standard account there is none."""

    trade_id: int
    market_id: int
    size: Decimal
    price: Decimal
    ask_client_id: int = 0
    bid_client_id: int = 0
    ask_account_id: int
    bid_account_id: int
    is_maker_ask: bool
    timestamp: int
    maker_fee: int = 0
    taker_fee: int = 0

    def __post_init__(self) -> None:
        _amounts(self.size, self.price)
        if not (self.size and self.price):
            raise ValueError("a trade of nothing")


class OrderRow(Struct, frozen=True, kw_only=True):
    order_index: int
    client_order_index: int
    market_index: int
    initial_base_amount: Decimal
    filled_base_amount: Decimal
    price: Decimal
    is_ask: bool
    type: str
    status: str
    reduce_only: bool
    trigger_price: Decimal
    updated_at: int = 0
    timestamp: int = 0

    def __post_init__(self) -> None:
        _amounts(self.initial_base_amount, self.filled_base_amount, self.price, self.trigger_price)


class PositionRow(Struct, frozen=True, kw_only=True):
    market_id: int
    sign: int
    position: Decimal
    avg_entry_price: Decimal
    initial_margin_fraction: Decimal = Decimal(0)  # percent
    margin_mode: int = 0

    def __post_init__(self) -> None:
        _amounts(self.position, self.avg_entry_price, self.initial_margin_fraction)
        if self.sign not in (-1, 0, 1):
            raise ValueError(f"a sign of {self.sign}")


class AccountRow(Struct, frozen=True, kw_only=True):
    index: int
    collateral: Decimal
    available_balance: Decimal
    positions: list[PositionRow] | None  # what is not told is not flat

    def __post_init__(self) -> None:
        _numbers(self.collateral, self.available_balance)


class MarketRow(Struct, frozen=True, kw_only=True):
    symbol: str
    market_id: int
    market_type: str = "perp"
    status: str
    taker_fee: Decimal
    maker_fee: Decimal
    min_base_amount: Decimal
    min_quote_amount: Decimal
    supported_size_decimals: int
    supported_price_decimals: int
    min_initial_margin_fraction: int = 10_000

    def __post_init__(self) -> None:
        _amounts(self.min_base_amount, self.min_quote_amount)
        _numbers(self.taker_fee, self.maker_fee)
        for decimals in (self.supported_size_decimals, self.supported_price_decimals):
            if not 0 <= decimals <= FINEST:
                raise ValueError(f"{decimals} decimals")


class Status(Answer, frozen=True, kw_only=True):
    """``timestamp`` is in seconds. It has no code."""

    code: int = OK
    timestamp: int


class Markets(Answer, frozen=True, kw_only=True):
    """Each by itself: one that cannot be read must not take the others along."""

    order_book_details: list[msgspec.Raw]


class Bars(Answer, frozen=True, kw_only=True):
    rows: list[Bar] | None = field(name="c", default=None)


class Trades(Answer, frozen=True, kw_only=True):
    trades: list[TradeRow] | None = None
    next_cursor: str | None = None


class Orders(Answer, frozen=True, kw_only=True):
    orders: list[OrderRow] | None = None
    next_cursor: str | None = None


class Accounts(Answer, frozen=True, kw_only=True):
    accounts: list[AccountRow]


class FundingRow(Struct, frozen=True, kw_only=True):
    """``timestamp`` is in seconds; ``change`` is negative where we paid."""

    timestamp: int
    market_id: int
    funding_id: int
    change: Decimal

    def __post_init__(self) -> None:
        _numbers(self.change)


class Fundings(Answer, frozen=True, kw_only=True):
    position_fundings: list[FundingRow] | None = None
    next_cursor: str | None = None


class ApiKeyRow(Struct, frozen=True):
    api_key_index: int


class ApiKeys(Answer, frozen=True, kw_only=True):
    api_keys: list[ApiKeyRow] | None = None


class Nonce(Answer, frozen=True, kw_only=True):
    nonce: int


class Taken(Answer, frozen=True, kw_only=True):
    """A transaction was accepted, not executed; or several were."""

    tx_hash: str | list[str]
    volume_quota_remaining: int | None = None


class Fault(Struct, frozen=True):
    code: int
    message: str = ""


class Receipt(Answer, frozen=True, kw_only=True):
    """A transaction as the venue has it. ``event_info`` is JSON in a string: an `EventInfo`."""

    hash: str
    status: int
    event_info: str | None = None


class EventInfo(Struct, frozen=True, kw_only=True):
    """``ae``: why it could not be carried out, JSON in a string again: a `Fault`. Empty where it could."""

    ae: str = ""


class Heard(Struct, frozen=True, kw_only=True):
    """Any frame; what is in it its type tells."""

    type: str = ""
    channel: str = ""
    error: Fault | None = None

    @property
    def is_snapshot(self) -> bool:
        return self.type.startswith("subscribed/")


class MarketFrame(Heard, frozen=True, kw_only=True, gc=False):
    candles: list[Bar] | None = None
    order_book: Book | None = None
    trades: list[PublicTrade] | None = None
    liquidation_trades: list[PublicTrade] | None = None  # told apart, and as much a part of the market's candles


class AccountFrame(Heard, frozen=True, kw_only=True):
    """Rows are by market. ``id`` and what follows: the answer to a transaction; one without a code tells nothing."""

    id: str = ""
    code: int | None = None
    message: str | None = None
    tx_hash: str | list[str] | None = None
    volume_quota_remaining: int | None = None
    trades: dict[str, list[TradeRow]] | list[TradeRow] | None = None  # where there are none it is a list
    orders: dict[str, list[OrderRow]] | list[OrderRow] | None = None


# They raise `msgspec.DecodeError` (or `UnicodeDecodeError`) for what cannot be read.
of_market: Final = msgspec.json.Decoder(MarketFrame).decode
of_account: Final = msgspec.json.Decoder(AccountFrame, strict=False).decode


def answer(body: bytes, kind: type[A]) -> A:
    """Raise `Code` where the venue refused, `msgspec.DecodeError` where it cannot be read."""
    said = msgspec.json.decode(body, type=Said, strict=False)  # numbers may come as text
    if said.code != OK:
        raise Code(said.code, said.said)
    return msgspec.json.decode(body, type=kind, strict=False)


def market_row(raw: msgspec.Raw) -> MarketRow:
    """Raise `msgspec.DecodeError`."""
    return msgspec.json.decode(raw, type=MarketRow, strict=False)


def subscribe(channel: str, token: str | None = None) -> dict[str, Any]:
    """``channel``: ``candle/0/1m``."""
    wanted: Mapping[str, Any] = {"type": "subscribe", "channel": channel}
    return {**wanted, "auth": token} if token is not None else {**wanted}


def unsubscribe(channel: str) -> dict[str, Any]:
    return {"type": "unsubscribe", "channel": channel}


BOOK_ANEW: Final = "subscribed/order_book"
PONG: Final = {"type": "pong"}
