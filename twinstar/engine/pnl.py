"""Profit and loss, from nothing but the journal: each fill, payment and correction booked once, in order.

What is realized is counted first in, first out, in the asset that the instrument's profit is paid in. Fees and funding
are kept in the asset they were paid in: nothing is converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from twinstar.domain import (
    CandleClosed,
    Fill,
    FundingPaid,
    Instrument,
    InstrumentId,
    InstrumentListed,
    Order,
    OrderFilled,
    PlaceOrder,
    PositionReconciled,
    Side,
)
from twinstar.engine.lots import ZERO, Lots
from twinstar.ports import Record


class Booked(Struct, frozen=True, kw_only=True):
    """What one event did to our money, for one strategy (None: nobody's). A fee is positive where it costs."""

    time_ms: int
    instrument: InstrumentId
    strategy: str | None
    realized: Decimal = ZERO
    fee: Decimal | None = ZERO  # None: the venue has not told it; it may do so later, in an entry that is `is_late_fee`
    is_late_fee: bool = False
    fee_asset: str | None = None
    funding: Decimal = ZERO
    funding_asset: str | None = None
    fill: Fill | None = None
    order: Order | None = None  # as it was sent


class Books:
    """Feed it the journal's records, oldest first. Whatever is told twice is booked once."""

    def __init__(self) -> None:
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.prices: dict[InstrumentId, Decimal] = {}  # the last close that was journaled
        self.lots: dict[InstrumentId, Lots] = {}
        self._orders: dict[str, Order] = {}
        self._booked: set[tuple[str, ...]] = set()
        self._feeless: dict[tuple[str, str], Booked] = {}  # by order and fill

    def book(self, record: Record) -> Iterator[Booked]:
        match record:
            case InstrumentListed(instrument=instrument):
                self.instruments[instrument.id] = instrument
            case CandleClosed(candle=candle, backfill=False):
                self.prices[candle.instrument] = candle.close
            case PlaceOrder(order=order):
                self._orders[order.order_id] = order
            case OrderFilled(fill=fill):
                if self._is_new("fill", fill.order_id, fill.fill_id):
                    yield from self._fill(record.time_ms, fill)
                elif fill.fee is not None and (owed := self._feeless.pop((fill.order_id, fill.fill_id), None)):
                    yield self._pay(owed, fill)
            case FundingPaid():
                if self._is_new("funding", record.instrument.venue, record.payment_id):
                    yield self._fund(record)
            case PositionReconciled():
                self._orders |= {order.order_id: order for order in record.adopted}
                yield from self._correct(record)
            case _:
                pass

    def held(self, of: InstrumentId) -> Lots:
        return self.lots.setdefault(of, Lots())

    def money(self, of: InstrumentId) -> str:
        """The asset that an instrument's profit is paid in."""
        instrument = self.instruments.get(of)
        return (instrument.settle or instrument.quote) if instrument else of.symbol.partition("/")[2].partition(":")[0]

    def _is_new(self, *key: str) -> bool:
        known = key in self._booked
        self._booked.add(key)
        return not known

    def _fill(self, time_ms: int, fill: Fill) -> Iterator[Booked]:
        """The fee is whose the fill is, the profit whose the closed lots were."""
        order, lots = self._orders.get(fill.order_id), self.held(fill.instrument)
        owner = (order.strategy if order else None) or lots.owner
        kept = self._fee_in_kind(fill)
        bought = fill.side is Side.BUY
        realized = lots.trade((fill.quantity - kept if bought else -fill.quantity), fill.price, owner)
        if kept and not bought:
            lots.lose(kept, fill.price)
        entry = Booked(
            time_ms=time_ms,
            instrument=fill.instrument,
            strategy=owner,
            realized=realized.pop(owner, ZERO),
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            fill=fill,
            order=order,
        )
        if fill.fee is None:
            self._feeless[fill.order_id, fill.fill_id] = entry
        yield entry
        yield from self._others(time_ms, fill.instrument, realized)

    def _pay(self, owed: Booked, fill: Fill) -> Booked:
        """The stream told of a fill without its fee, and a reading of the account has it."""
        self.held(fill.instrument).lose(self._fee_in_kind(fill), fill.price)
        return replace(owed, realized=ZERO, fee=fill.fee, fee_asset=fill.fee_asset, is_late_fee=True)

    def _fee_in_kind(self, fill: Fill) -> Decimal:
        """On spot a fee may be taken of what is bought: that much is not held."""
        instrument = self.instruments.get(fill.instrument)
        in_kind = instrument is not None and instrument.is_spot and fill.fee_asset == instrument.base
        return (fill.fee or ZERO) if in_kind else ZERO

    def _correct(self, news: PositionReconciled) -> Iterator[Booked]:
        """As if a fill that nobody told of had made it so."""
        lots = self.held(news.instrument)
        realized = lots.trade(news.quantity - lots.quantity, news.price, lots.owner)
        yield from self._others(news.time_ms, news.instrument, realized)

    def _fund(self, paid: FundingPaid) -> Booked:
        return Booked(
            time_ms=paid.time_ms,
            instrument=paid.instrument,
            strategy=self.held(paid.instrument).owner,
            funding=paid.amount,
            funding_asset=paid.asset,
        )

    @staticmethod
    def _others(time_ms: int, of: InstrumentId, realized: dict[str | None, Decimal]) -> Iterator[Booked]:
        for owner, amount in realized.items():
            yield Booked(time_ms=time_ms, instrument=of, strategy=owner, realized=amount)


def booked(books: Books, records: Iterable[Record]) -> Iterator[Booked]:
    for record in records:
        yield from books.book(record)
