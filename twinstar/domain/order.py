"""Orders, and the only ways their status may change."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

import msgspec
from msgspec import Struct

from twinstar.domain.market import InstrumentId, Side


class OrderKind(Enum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"  # becomes a market order once the market has come to stop_price from its better side
    TAKE_PROFIT = "take_profit"  # the same, from its worse side

    @property
    def is_trigger(self) -> bool:
        """It waits at the venue for its price and takes nothing meanwhile."""
        return self in (OrderKind.STOP, OrderKind.TAKE_PROFIT)


class Role(Enum):
    """Why an order was sent; a restart learns from it which orders guard a position."""

    ENTRY = "entry"
    EXIT = "exit"
    STOP = "stop"
    TAKE_PROFIT = "take_profit"


class TimeInForce(Enum):
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class OrderStatus(Enum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    IN_DOUBT = "in_doubt"

    @property
    def is_final(self) -> bool:
        return self in _FINAL


_S = OrderStatus
_FINAL = frozenset({_S.FILLED, _S.CANCELED, _S.REJECTED, _S.EXPIRED})

# What a piece of news makes of an order, by its status so far. News overtakes news: an order that is over stays
# over (late acks and doubts say nothing new), and what the venue shows to exist was never rejected. A status that
# is missing from a row stays as it is.
_NEWS: dict[OrderStatus, dict[OrderStatus, OrderStatus]] = {
    _S.ACCEPTED: {
        _S.SUBMITTED: _S.ACCEPTED,
        _S.IN_DOUBT: _S.ACCEPTED,
        _S.REJECTED: _S.ACCEPTED,
    },
    _S.REJECTED: {
        _S.SUBMITTED: _S.REJECTED,
        _S.IN_DOUBT: _S.REJECTED,
        _S.ACCEPTED: _S.IN_DOUBT,  # The venue contradicts itself: only asking it will tell.
        _S.PARTLY_FILLED: _S.IN_DOUBT,
    },
    _S.IN_DOUBT: {
        _S.SUBMITTED: _S.IN_DOUBT,
        _S.ACCEPTED: _S.IN_DOUBT,
        _S.PARTLY_FILLED: _S.IN_DOUBT,
    },
    _S.CANCELED: {old: _S.CANCELED for old in _S if not old.is_final},
    _S.EXPIRED: {old: _S.EXPIRED for old in _S if not old.is_final},
}


class Fill(Struct, frozen=True, kw_only=True):
    """One execution of an order of ours; venues call this a trade of ours."""

    fill_id: str  # the venue's trade id: what makes two reports of one fill one
    order_id: str
    instrument: InstrumentId
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal | None = None  # None: the venue has not told yet
    fee_asset: str | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """What of an order may be changed where it stands. ``quantity`` is the whole, with what was filled of it."""

    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None


class Trail(Struct, frozen=True, kw_only=True):
    """A stop that follows the price, in multiples of R: the risk from the entry to its first stop."""

    distance: Decimal
    start: Decimal = Decimal(0)  # of profit, from which on it follows
    step: Decimal = Decimal("0.1")  # it moves by no less, so that the venue is not asked at every tick


class Plan(Struct, frozen=True, kw_only=True):
    """What an entry brings along for the position that it opens, besides its stop."""

    take_profit: Decimal | None = None
    break_even_at: Decimal | None = None  # of profit, in R, from which on the stop is no worse than the entry
    trail: Trail | None = None


class Order(Struct, frozen=True, kw_only=True):
    """What we asked of a venue, and how far it got. ``order_id`` is ours and goes out as the client order id."""

    order_id: str
    instrument: InstrumentId
    side: Side
    kind: OrderKind
    quantity: Decimal
    role: Role
    price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    protect_at: Decimal | None = None  # an entry's: the stop that its fills must get
    plan: Plan | None = None  # an entry's
    strategy: str | None = None
    created_ms: int = 0
    status: OrderStatus = OrderStatus.SUBMITTED
    status_ms: int = 0  # since when it has had this status
    filled: Decimal = Decimal(0)
    average_price: Decimal = Decimal(0)
    venue_order_id: str | None = None
    withdrawn: bool = False  # we have asked to cancel it
    asked: Terms | None = None  # we have asked for these, and what stands is not known yet
    unamendable: bool = False  # asked once, and it came to nothing
    reason: str = ""

    @property
    def remaining(self) -> Decimal:
        return max(self.quantity - self.filled, Decimal(0))

    @property
    def is_local_guard(self) -> bool:
        """We have watched the price ourselves, and now close at market."""
        return self.kind is OrderKind.MARKET and self.role in (Role.STOP, Role.TAKE_PROFIT)

    @property
    def most(self) -> Decimal:
        """More than this cannot have been filled, whichever terms stand."""
        return max(self.quantity, self.asked.quantity) if self.asked is not None else self.quantity

    @property
    def is_standing(self) -> bool:
        """The venue has it and it may still be filled."""
        return self.status in (OrderStatus.ACCEPTED, OrderStatus.PARTLY_FILLED)

    @property
    def terms(self) -> Terms:
        return Terms(quantity=self.quantity, price=self.price, stop_price=self.stop_price)

    def to(
        self,
        news: OrderStatus,
        time_ms: int,
        *,
        venue_order_id: str | None = None,
        reason: str = "",
    ) -> Order:
        """Take in a piece of news other than a fill, however late it comes."""
        status = _NEWS[news].get(self.status, self.status)
        if news is OrderStatus.ACCEPTED and self.status is OrderStatus.IN_DOUBT and self.asked is not None:
            status = self.status  # That it is there was never the question.
        if status is OrderStatus.ACCEPTED and self.filled:
            status = OrderStatus.PARTLY_FILLED
        if status is OrderStatus.REJECTED and self.filled:
            status = OrderStatus.CANCELED
        moved = status is not self.status
        return msgspec.structs.replace(
            self,
            status=status,
            status_ms=time_ms if moved else self.status_ms,
            venue_order_id=venue_order_id or self.venue_order_id,
            reason=reason if moved and reason else self.reason,
            asked=None if status.is_final else self.asked,
        )

    def amended(self, terms: Terms, time_ms: int, venue_order_id: str | None, answers: Terms | None = None) -> Order:
        """The venue has told which terms stand; a doubt is settled by those that were asked for, or by the answer."""
        status, settled = self.status, self.asked in (terms, answers)
        asked = None if settled else self.asked
        most = terms.quantity if asked is None else max(terms.quantity, asked.quantity)
        if self.filled >= most and not status.is_final:
            status = OrderStatus.FILLED
        elif status is OrderStatus.SUBMITTED or (status is OrderStatus.IN_DOUBT and self.asked is not None and settled):
            status = OrderStatus.PARTLY_FILLED if self.filled else OrderStatus.ACCEPTED
        return msgspec.structs.replace(
            self,
            quantity=terms.quantity,
            price=terms.price,
            stop_price=terms.stop_price,
            status=status,
            status_ms=time_ms,
            venue_order_id=venue_order_id or self.venue_order_id,
            asked=asked,
            unamendable=self.unamendable or (settled and self.asked not in (None, terms)),
        )

    def fill(self, fill: Fill, time_ms: int) -> Order:
        """Count a fill; it always counts, even one too many or too late, for the venue has made it."""
        filled = self.filled + fill.quantity
        cost = self.average_price * self.filled + fill.price * fill.quantity
        if filled >= self.most:
            status = OrderStatus.FILLED
        elif self.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.IN_DOUBT):
            status = self.status  # What is over stays over; what is in doubt only a look at the order settles.
        else:
            status = OrderStatus.PARTLY_FILLED
        return msgspec.structs.replace(
            self,
            status=status,
            status_ms=time_ms if status is not self.status else self.status_ms,
            filled=filled,
            average_price=cost / filled,
        )
