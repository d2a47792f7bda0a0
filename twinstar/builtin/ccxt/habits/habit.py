"""What ccxt does not tell of a venue, or tells wrongly: its habits. The defaults serve any venue, carefully."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct

from twinstar.builtin.ccxt.codes import Code
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import Balance, Order, OrderKind, Permissions
from twinstar.engine.candles import CandleRow

Json: TypeAlias = Any  # a frame or an answer, decoded
Unified: TypeAlias = Mapping[str, Any]  # one of ccxt's structures: an order, a trade, a market
Exchange: TypeAlias = Any


class Refusal(Struct, frozen=True):
    """An error answer: the venue's own code, and its words."""

    code: str
    text: str


class Found(Struct, frozen=True, kw_only=True):
    """What a venue says of one of our orders. Quantities are as the venue counts them (contracts)."""

    venue_order_id: str
    status: str  # ccxt's: open, closed, canceled, expired, rejected
    filled: Decimal
    time_ms: int | None
    reason: str = ""
    ended_by_rule: bool = False  # by IOC, FOK or post-only, not by a wish
    executing_id: str  # the id its trades carry; a triggered stop's is another than its own
    trades: tuple[Unified, ...] | None = None  # where the answer brings them along
    unsaid: str = ""  # why the account has to be asked what became of it


class Standing(Struct, frozen=True, kw_only=True):
    """The terms of an open order, whoever has sent it. Quantities are as the venue counts them (contracts)."""

    kind: OrderKind
    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    reduce_only: bool = False


class Position(Struct, frozen=True):
    """Signed, in the venue's units (contracts)."""

    symbol: str
    contracts: Decimal
    entry_price: Decimal | None


class Held(Struct, frozen=True):
    positions: tuple[Position, ...]
    balances: tuple[Balance, ...]


class Payment(Struct, frozen=True, kw_only=True):
    """Funding that was got, or paid (negative)."""

    payment_id: str
    symbol: str
    amount: Decimal
    asset: str
    time_ms: int


class Words(Struct, frozen=True, kw_only=True):
    """What a venue's error answers mean. Of a code that is not among these nothing is known."""

    refusal: Callable[[Json], Refusal | None]
    codes: Mapping[str, Code] = {}
    statuses: Mapping[int, Code] = {}  # where there is no code that is known
    proving: Container[int] = range(400, 500)  # the HTTP statuses with which a code proves that nothing was changed


class Frames(Struct, frozen=True, kw_only=True):
    """What a venue's WebSocket frames say that ccxt drops."""

    candles: Callable[[Json, Sequence[Any]], Iterable[tuple[CandleRow, bool | None]]]  # what changed, and if it is over
    tape: Callable[[Json], Iterable[Unified]] | None = None  # public trades, from a frame that ``whose`` names
    whose: Callable[[Json], Hashable | None] = lambda _: None  # whose, if ``candles`` or ``tape`` read the frame itself
    trade_ms: Callable[[Unified], Any]  # when a public trade was made
    streamed: Callable[[str], bool] = lambda _: True  # whether ccxt streams candles of this timeframe, if of any
    acknowledged: Callable[[Json], str | None] | None = None  # the id, or the channel, that this frame acknowledges
    counted: Callable[[Json], bool] = lambda _: True  # whether a message of ours counts against the venue's limit
    known: Callable[[Json], bool] = lambda _: True  # whether it is a frame of this venue at all
    complaint: Callable[[Json], str | None] = lambda _: None  # an error that ccxt overlooks
    over: Callable[[Json], str | None] = lambda _: None  # why the line will say no more
    alias: Callable[[Json], tuple[str, str] | None] = lambda _: None  # (executing id, client id) of a triggered stop
    apart: bool = False  # whether some address carries public data and the account's news alike
    stops: Mapping[str, Any] | None = None  # what to ask for besides, where stops have a channel of their own
    logs_in: Callable[[Json], bool] = lambda _: False  # whether ccxt awaits its answer before it goes on
    before_private: Callable[[Exchange], None] = lambda _: None
    renew: Callable[[Exchange], Awaitable[object]] | None = None  # keeps a private line alive
    renew_every_s: float = 1_800.0


async def ccxts_open_orders(exchange: Exchange, symbol: str | None, params: Mapping[str, Any]) -> Sequence[Unified]:
    rows: Sequence[Unified] = await exchange.fetch_open_orders(symbol, None, None, dict(params))
    return rows


def by_trigger_price(_: Order, price: str) -> Mapping[str, Any]:
    return {"triggerPrice": price}


class Change(Struct, frozen=True, kw_only=True):
    """The terms that an order is to have, as text and as the venue counts them (contracts)."""

    amount: str
    price: str | None
    trigger: str | None


class Orders(Struct, frozen=True, kw_only=True):
    """How orders are spelt, found and followed."""

    holds_stops: bool = True  # where ccxt says that it can; else they are held here
    targets: bool = False  # it holds take-profits too, and ``standing`` tells them from stops
    trigger: Callable[[Order, str], Mapping[str, Any]] = by_trigger_price  # how ccxt is told what it waits for
    stop_params: Mapping[str, Any] = {}  # besides the trigger price
    market_buy_cap: Decimal | None = None  # its market buy spends an amount: send a limit so much above the last price
    echoes_id: bool = True  # an ack repeats our client order id
    client_id: Callable[[Unified], str | None]
    found: Callable[[Unified], Found]
    executed: Callable[[Unified], Unified] = lambda trade: trade  # of a stream, with what ccxt gets wrong set right
    look_up: Callable[[Exchange, Order], Awaitable[Found | None]]  # None: the venue's lists, read whole, have it not
    trades: Callable[[Exchange, Order, Found], Awaitable[Sequence[Unified]]]
    listings: tuple[Mapping[str, Any], ...] = ({},)  # what to ask for, to be shown every kind of open order
    open_orders: Callable[[Exchange, str | None, Mapping[str, Any]], Awaitable[Sequence[Unified]]] = ccxts_open_orders
    all_from: int | None = None  # from so many markets on, one answer for all of them is cheaper
    standing: Callable[[Unified], Standing | None]  # None: of a kind that we do not place
    untold: Callable[[Exchange, str, Found], Awaitable[Sequence[Unified]]] | None = None
    """Reads the trades of an order, or of what a stop became, where the stream does not tell them one by one."""
    cancel: Callable[[Exchange, Order], Awaitable[object]]
    amend: Callable[[Exchange, Order, Change], Awaitable[Unified]] | None = None
    """Changes a stop where it stands, in one request, and returns the answer; None where that may not be safe."""


class Markets(Struct, frozen=True, kw_only=True):
    """What a market's steps and minimums are where ccxt has none; ``price`` is the last one traded."""

    price_step: Callable[[Unified, Decimal], Decimal] | None = None
    min_notional: Callable[[Unified], Decimal] = lambda _: Decimal(0)


class Wallet(Struct, frozen=True, kw_only=True):
    """What the account holds. A garbled answer must raise: ccxt's parsers skip what they cannot read, and that would
    say that nothing is held.
    """

    held: Callable[[Exchange], Awaitable[Held]]
    funding: Callable[[Exchange, int], Awaitable[Sequence[Payment]]] | None = None  # all from that time (ms) on


class Terms(Struct, frozen=True, kw_only=True):
    """What a market of perpetuals is traded on, as the venue says; ``margin_mode``: cross or isolated."""

    leverage: Decimal | None
    margin_mode: str | None


class Habit(Struct, frozen=True, kw_only=True):
    options: Mapping[str, Any] = {}
    settings: Mapping[str, Mapping[str, Any]] = {}  # what ccxt's methods that set up an account want besides
    words: Words
    frames: Frames
    orders: Orders
    wallet: Wallet
    markets: Markets = Markets()
    page: int = 100  # candles an answer brings at most; too few is only slow, too many would leave gaps
    terms: Callable[[Exchange, str], Awaitable[Terms]] | None = None  # None: what was set is not read back
    permissions: Callable[[Exchange], Awaitable[Permissions]] | None = None  # what the key may do, where it tells
    demo: bool = False  # its test environment is what ccxt calls demo trading


def row_of(values: Sequence[Any]) -> CandleRow:
    """One of ccxt's candle rows."""
    open_ms, first, high, low, last, volume = values[:6]
    if isinstance(open_ms, bool) or not isinstance(open_ms, int):
        raise ValueError(f"{open_ms!r} is not a time")  # noqa: TRY004 - callers drop what raises ValueError
    return CandleRow(
        open_ms=open_ms, open=exact(first), high=exact(high), low=exact(low), close=exact(last), volume=exact(volume)
    )
