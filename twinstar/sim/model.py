"""What the simulated exchange is made of: its own words, so that its ledger is an independent witness.

Nothing here is TwinStar's: a wire translates these to one venue's protocol, the exchange keeps them.
Money, prices and quantities are `Decimal`; quantities are in the base asset (never in contracts).
``time_ms`` is wall time (UTC epoch ms; what accounts, signatures and limits live by), ``market_ms`` is the
market's time, which may run faster (candles and public trades live by it).
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from msgspec import Struct


class Side(Enum):
    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class Kind(Enum):
    MARKET = "market"
    LIMIT = "limit"
    STOP_MARKET = "stop_market"
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT_MARKET = "take_profit_market"
    TAKE_PROFIT_LIMIT = "take_profit_limit"

    @property
    def is_trigger(self) -> bool:
        return self not in (Kind.MARKET, Kind.LIMIT)

    @property
    def is_limit(self) -> bool:
        """What it is in the book, at once or when it has fired."""
        return self in (Kind.LIMIT, Kind.STOP_LIMIT, Kind.TAKE_PROFIT_LIMIT)

    @property
    def is_take_profit(self) -> bool:
        return self in (Kind.TAKE_PROFIT_MARKET, Kind.TAKE_PROFIT_LIMIT)


class TimeInForce(Enum):
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class Status(Enum):
    UNTRIGGERED = "untriggered"  # a trigger order that waits for its price
    NEW = "new"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"  # IOC remainder, FOK not filled, post-only that would take, a reduce-only with nothing left

    @property
    def is_open(self) -> bool:
        return self in (Status.UNTRIGGERED, Status.NEW, Status.PARTLY_FILLED)


class Listing(Struct, frozen=True, kw_only=True):
    """A market. ``settle`` is None on spot; on a linear perpetual it equals ``quote``."""

    symbol: str  # ccxt's unified spelling: "BTC/USDT:USDT", "BTC/KRW"
    base: str
    quote: str
    settle: str | None = None
    tick: (
        Decimal  # where the tick depends on the price (Upbit), the wire refuses by its own table and this is the finest
    )
    lot: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    maker_fee: Decimal
    taker_fee: Decimal
    max_leverage: int = 1
    maintenance_rate: Decimal = Decimal("0.004")
    fee_in_received: bool = False  # spot: of what a trade brings (Binance), not of the quote asset (Upbit)
    fee_token: str | None = None  # spot: paid in this instead, at a discount, where the account has enough (BNB)

    @property
    def buyer_pays_on_top(self) -> Decimal:
        """What a buyer of spot must have above the price, as a share of it."""
        return Decimal(0) if self.fee_in_received else max(self.maker_fee, self.taker_fee)

    @property
    def is_spot(self) -> bool:
        return self.settle is None


class Request(Struct, frozen=True, kw_only=True):
    """An order as a client asks for it. Exactly one of ``quantity``, ``cost`` is set, unless ``close_position``."""

    symbol: str
    side: Side
    kind: Kind
    quantity: Decimal | None = None
    cost: Decimal | None = None  # a market buy by quote amount
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    ends_if_taking: bool = False  # post-only: an order that would take is accepted and ends at once, not refused
    reduce_only: bool = False
    close_position: bool = False  # a trigger order that closes whatever is held when it fires
    client_id: str | None = None


class Execution(Struct, frozen=True, kw_only=True):
    id: int  # the venue's trade id, rising over the whole exchange
    order_id: int
    client_id: str | None
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    realized: Decimal  # profit and loss this execution realised, before its fee; 0 on spot
    time_ms: int
    market_ms: int


class Order(Struct, frozen=True, kw_only=True):
    id: int
    request: Request
    status: Status
    created_ms: int
    updated_ms: int
    quantity: Decimal  # 0 while unknown (market buy by cost, close_position)
    filled: Decimal = Decimal(0)
    filled_cost: Decimal = Decimal(0)  # Σ price * quantity
    fee: Decimal = Decimal(0)
    locked: Decimal = Decimal(0)  # what the order still locks, of the asset it spends (spot)
    triggered: bool = False  # a trigger order that has fired; it goes on as its market or limit part
    priority: int = 0  # at one price the lower is served first; renewed by an amendment and by firing
    reason: str = ""  # why it ended, where it was not the client's wish
    executions: tuple[Execution, ...] = ()

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def average_price(self) -> Decimal:
        return self.filled_cost / self.filled if self.filled else Decimal(0)


class Position(Struct, frozen=True, kw_only=True):
    """One-way mode: ``quantity`` is signed, positive is long."""

    symbol: str
    quantity: Decimal = Decimal(0)
    entry_price: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)  # Σ price * quantity of what is open, signed like quantity, exact
    leverage: int = 20
    margin_mode: str = "cross"  # "cross" | "isolated"
    updated_ms: int = 0


class Balance(Struct, frozen=True, kw_only=True):
    asset: str
    free: Decimal = Decimal(0)
    locked: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


class Payment(Struct, frozen=True, kw_only=True):
    """Funding of one position; negative where the account paid."""

    id: int  # rising within an account
    symbol: str
    amount: Decimal
    time_ms: int


class Tick(Struct, frozen=True, kw_only=True):
    """A public trade."""

    id: int  # rising by one within a symbol
    symbol: str
    market_ms: int
    price: Decimal
    quantity: Decimal
    taker: Side


class Candle(Struct, frozen=True, kw_only=True):
    symbol: str
    open_ms: int  # market time; one-minute candles are the base, others are made of them
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int
    taker_buy_volume: Decimal
    first_trade_id: int
    last_trade_id: int
    closed: bool


class Ticker(Struct, frozen=True, kw_only=True):
    """The last 24 market hours (or as much of them as there is)."""

    symbol: str
    market_ms: int
    last: Decimal
    last_quantity: Decimal
    last_side: Side
    open: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    quote_volume: Decimal
    first_trade_id: int
    last_trade_id: int
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal
    previous_close: Decimal  # Upbit: the close of the previous UTC day


class Book(Struct, frozen=True, kw_only=True):
    """Best first; (price, quantity). The synthetic crowd's depth and the resting client orders together."""

    symbol: str
    market_ms: int
    update_id: int
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]


# What an account's owner is told, in order. A wire turns each into its venue's private frames.


class OrderChanged(Struct, frozen=True, tag=True):
    """``what`` is new | trade | canceled | expired | amended | triggered; ``execution`` is set for a trade."""

    order: Order
    what: str
    execution: Execution | None = None


class AccountChanged(Struct, frozen=True, tag=True):
    """Balances and positions after a change. ``why`` is order | deposit | funding | leverage."""

    why: str
    time_ms: int
    balances: tuple[Balance, ...] = ()
    positions: tuple[Position, ...] = ()
    realized: Decimal = Decimal(0)


AccountEvent = OrderChanged | AccountChanged


class Reason(Enum):
    """Why the exchange refuses; each wire gives its venue's own code and words for it."""

    UNKNOWN_SYMBOL = "unknown symbol"
    BAD_TICK = "price is not a multiple of the tick"
    BAD_LOT = "quantity is not a multiple of the lot"
    TOO_SMALL = "quantity below the minimum"
    TOO_CHEAP = "notional below the minimum"
    BAD_VALUE = "a value is missing, negative, zero or no number"
    NO_FUNDS = "insufficient funds"
    DUPLICATE_CLIENT_ID = "client order id is in use"
    UNKNOWN_ORDER = "no such order"
    NOT_OPEN = "the order is not open any more"
    WOULD_TRIGGER = "the trigger price is already reached"
    NOT_REDUCING = "a reduce-only order would not reduce"
    WOULD_TAKE = "a post-only order would take"
    NOT_SUPPORTED = "the venue does not have this"
    BAD_LEVERAGE = "leverage out of range"
    NO_CHANGE = "nothing to change"


class Refusal(Exception):
    """The exchange says no; nothing has changed."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
