"""Facts, in the past tense. Nobody may change one once it is made.

``time_ms`` is when it happened, UTC epoch milliseconds: by the venue's clock where the venue says, else by ours.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.domain.account import Balance, Holding, Mark, Resting, Verdict
from twinstar.domain.market import Candle, Instrument, InstrumentId, Side, Timeframe
from twinstar.domain.order import Fill, Order, Terms


class _Fact(Struct, frozen=True, kw_only=True, tag=True):
    time_ms: int


# Of the market.


class InstrumentListed(_Fact, frozen=True, kw_only=True):
    """The venue told what it trades and in which steps; at every start."""

    instrument: Instrument


class TradeSeen(_Fact, frozen=True, kw_only=True, gc=False):
    """Somebody traded; the public tape. ``time_ms`` is the market's time."""

    instrument: InstrumentId
    price: Decimal
    quantity: Decimal
    side: Side


class PriceSeen(_Fact, frozen=True, kw_only=True, gc=False):
    """The last price, as a quote or a candle that is still forming shows it. ``time_ms`` is the market's time."""

    instrument: InstrumentId
    price: Decimal


class CandleClosed(_Fact, frozen=True, kw_only=True):
    """An interval is over. ``backfill``: told afterwards, to fill a gap or to warm up; nobody decides on it."""

    candle: Candle
    backfill: bool = False


class CandleCorrected(_Fact, frozen=True, kw_only=True):
    """The venue's history has other values than the candle that was told; these are the right ones."""

    candle: Candle


class CandlesMissing(_Fact, frozen=True, kw_only=True):
    """A gap that stays one: the venue has no candles that open from ``from_ms`` on and before ``until_ms``."""

    instrument: InstrumentId
    timeframe: Timeframe
    from_ms: int
    until_ms: int
    reason: str


# Of our orders and our account. All of these are journaled.


class OrderAccepted(_Fact, frozen=True, kw_only=True):
    order_id: str
    venue_order_id: str


class OrderRejected(_Fact, frozen=True, kw_only=True):
    """The venue refused, or has proved not to know the order."""

    order_id: str
    reason: str


class OrderInDoubt(_Fact, frozen=True, kw_only=True):
    """We asked and do not know what happened; only the venue can tell."""

    order_id: str
    reason: str


class OrderCanceled(_Fact, frozen=True, kw_only=True):
    """``filled``: how much the venue says was filled before; more than we know means fills are missing."""

    order_id: str
    reason: str = ""
    filled: Decimal | None = None


class OrderExpired(_Fact, frozen=True, kw_only=True):
    """The venue ended it by a rule of its own: IOC, FOK, post-only, nothing left to reduce."""

    order_id: str
    reason: str = ""
    filled: Decimal | None = None


class OrderAmended(_Fact, frozen=True, kw_only=True):
    """These are the terms that stand at the venue, whatever was asked for; some venues give a new id.

    ``answers``: the wish that is settled by it. None: told unasked, so perhaps of an earlier one.
    """

    order_id: str
    terms: Terms
    venue_order_id: str | None = None
    answers: Terms | None = None


class OrderFilled(_Fact, frozen=True, kw_only=True):
    fill: Fill


class FundingPaid(_Fact, frozen=True, kw_only=True):
    """What a perpetual's holders pay each other. Negative where we paid; counted once by ``payment_id``."""

    instrument: InstrumentId
    amount: Decimal
    asset: str
    payment_id: str


class AccountSeen(_Fact, frozen=True, kw_only=True):
    """A whole and successful reading of the account; what is not in it is not held.

    ``orders``: all that stand at the venue for what we trade; None where the venue was not asked for them.
    """

    venue: str
    holdings: tuple[Holding, ...]
    balances: tuple[Balance, ...]
    orders: tuple[Resting, ...] | None = None


# Verdicts of our own, reached by comparing a reading of the account with the books. They are journaled as well.


class PositionReconciled(_Fact, frozen=True, kw_only=True):
    """The books follow the venue: from here on ``quantity`` (signed) is held.

    What is gone was closed at ``price``, what came was entered at it; ``protect_at`` is where it is to be closed.
    ``adopted`` are the orders that guard it already: they are ours from here on, whoever has sent them.
    """

    instrument: InstrumentId
    verdict: Verdict
    quantity: Decimal
    price: Decimal
    protect_at: Decimal | None = None
    adopted: tuple[Order, ...] = ()  # in the same record: a crash must not part a position from its stop
    evidence: str


class ExternalSeen(_Fact, frozen=True, kw_only=True):
    """The venue holds ``quantity`` (signed) beyond what is ours; none any more when it is 0."""

    instrument: InstrumentId
    quantity: Decimal
    evidence: str


class StopMoved(_Fact, frozen=True, kw_only=True):
    """From here on what is held is to be closed at ``stop_price``."""

    instrument: InstrumentId
    stop_price: Decimal
    reason: str


class TradingHalted(_Fact, frozen=True, kw_only=True):
    """No entries any more, until a person resumes; exits and protection go on. ``venue`` None: everywhere."""

    venue: str | None = None
    reason: str


class TradingResumed(_Fact, frozen=True, kw_only=True):
    """A person has looked. ``venue`` None: every halt is lifted, those of single venues too."""

    venue: str | None = None


class ClosingAsked(_Fact, frozen=True, kw_only=True):
    """A person wants these flat; the engine is at it until they are, or until trading is resumed."""

    instruments: tuple[InstrumentId, ...]
    reason: str


class InvariantTripped(_Fact, frozen=True, kw_only=True):
    """Something was seen that can never be if we are right. No entries anywhere, until a person resumes."""

    name: str  # O1, O7, F1, R1: docs/risk.md
    text: str
    venue: str | None = None
    instrument: InstrumentId | None = None


class ResultsMarked(_Fact, frozen=True, kw_only=True):
    """Losses are counted from here on."""

    marks: tuple[Mark, ...]


# Of the line to a venue, and of time.


class StreamOpened(_Fact, frozen=True, kw_only=True):
    """A stream's subscription stands: from here on nothing is missed. The first event of every stream."""

    venue: str
    stream: str


class StreamGap(_Fact, frozen=True, kw_only=True):
    """We may have missed messages from this venue."""

    venue: str
    reason: str


class VenueReady(_Fact, frozen=True, kw_only=True):
    """Streams stand and the account is known: orders may leave."""

    venue: str


class VenueHalted(_Fact, frozen=True, kw_only=True):
    """Nothing more is sent to this venue until a person has acted."""

    venue: str
    reason: str


class VenueBanned(_Fact, frozen=True, kw_only=True):
    """The venue has stopped us, or what it meters under one name; our limiter keeps to it."""

    venue: str
    stopped: str  # "ip", "account", or a quota's name
    until_ms: int
    reason: str


class TimePassed(_Fact, frozen=True, kw_only=True):
    """The heartbeat, by our clock: what must happen even when nothing happens."""


MarketEvent = InstrumentListed | TradeSeen | PriceSeen | CandleClosed | CandleCorrected | CandlesMissing
AccountEvent = (
    OrderAccepted
    | OrderRejected
    | OrderInDoubt
    | OrderCanceled
    | OrderExpired
    | OrderAmended
    | OrderFilled
    | FundingPaid
    | AccountSeen
)
HaltEvent = TradingHalted | TradingResumed | ClosingAsked | InvariantTripped | ResultsMarked
VerdictEvent = PositionReconciled | ExternalSeen | StopMoved | HaltEvent
LineEvent = StreamOpened | StreamGap | VenueReady | VenueHalted | VenueBanned | TimePassed
Event = MarketEvent | AccountEvent | VerdictEvent | LineEvent
