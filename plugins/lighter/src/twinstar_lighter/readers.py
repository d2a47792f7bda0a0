"""What a frame is news of: candles, public trades, the book, our orders and fills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import twinstar as ts
from twinstar_lighter import facts
from twinstar_lighter.book import OrderBook
from twinstar_lighter.history import row_of
from twinstar_lighter.messages import BOOK_ANEW, AccountFrame, Bar, MarketFrame, OrderRow, PublicTrade, TradeRow
from twinstar_lighter.orders import Market
from twinstar_lighter.owners import Owners, Verdicts

R = TypeVar("R")
MarketEvent = ts.CandleClosed | ts.PriceSeen | ts.TradeSeen


class MarketReader:
    """One market's candles, or its trades where the venue streams no candles of the timeframe; and its book."""

    def __init__(self, market: Market, timeframe: ts.Timeframe, book: OrderBook) -> None:
        self._market, self._timeframe, self._book = market, timeframe, book
        self._id = market.instrument.id
        self._follower = ts.CandleFollower(self._id, timeframe)
        self._tape = Tape(self._id, timeframe)

    def read(self, frame: MarketFrame) -> Sequence[MarketEvent]:
        """Raise `Broken` where the book has a gap, `ValueError` or `ArithmeticError` for what no market can say.

        A frame is of one channel.
        """
        if frame.liquidation_trades:
            return self._tape.read([*(frame.trades or ()), *frame.liquidation_trades])
        if frame.trades is not None:
            return self._tape.read(frame.trades)
        if frame.order_book is not None:
            self._book.take(frame.order_book, is_snapshot=frame.type == BOOK_ANEW)
        return list(self._candles(frame.candles)) if frame.candles else ()

    def missed(self) -> None:
        """A frame could not be read; it may have been a candle's last, or one of its trades."""
        self._follower.missed()
        self._tape.missed()

    def _candles(self, bars: Iterable[Bar]) -> Iterator[ts.CandleClosed | ts.PriceSeen]:
        for bar in bars:
            row = row_of(bar, self._market)
            candle = self._follower.see(row, closed=None)
            if candle is not None:
                yield ts.CandleClosed(time_ms=self._timeframe.after(candle.open_ms), candle=candle)
            yield ts.PriceSeen(time_ms=row.open_ms, instrument=self._id, price=row.close)


class Tape:
    """Public trades in their order, each once, and the candles made of them."""

    def __init__(self, instrument: ts.InstrumentId, timeframe: ts.Timeframe) -> None:
        self._instrument, self._timeframe = instrument, timeframe
        self._builder = ts.CandleBuilder(instrument, timeframe)
        self._last = 0

    def missed(self) -> None:
        self._builder.missed()

    def read(self, rows: list[PublicTrade]) -> list[MarketEvent]:
        """Raise `ValueError` or `ArithmeticError` for what no market can say."""
        events: list[MarketEvent] = []
        for row in sorted(rows, key=_number) if len(rows) > 1 else rows:
            if row.trade_id <= self._last:
                continue  # the snapshot repeats what was told
            seen = facts.trade_seen(row, self._instrument)
            self._last = row.trade_id
            candle = self._builder.see(seen)
            if candle is not None:
                events.append(ts.CandleClosed(time_ms=self._timeframe.after(candle.open_ms), candle=candle))
            events.append(seen)
        return events


def _number(row: PublicTrade | TradeRow) -> int:
    return row.trade_id


class AccountReader:
    """Our orders and fills; what others have sent for the account is not ours to tell."""

    def __init__(self, account: int, markets: Mapping[int, Market], owners: Owners, verdicts: Verdicts) -> None:
        self._account, self._markets = account, markets
        self._owners, self._verdicts = owners, verdicts

    def __call__(
        self, frame: AccountFrame
    ) -> Iterator[ts.OrderAccepted | ts.OrderFilled | ts.OrderCanceled | ts.OrderExpired]:
        for trades in _by_market(frame.trades):
            yield from self._fills(trades)
        for orders in _by_market(frame.orders):
            for row in orders:
                yield from self._order(row)

    def _fills(self, rows: list[TradeRow]) -> Iterator[ts.OrderFilled]:
        for row in sorted(rows, key=_number):
            order_id = self._owners.of(facts.own_index(row, self._account))
            market = self._markets.get(row.market_id)
            if order_id is not None and market is not None:
                yield facts.filled(row, self._account, order_id, market)

    def _order(self, row: OrderRow) -> Iterator[ts.OrderAccepted | ts.OrderCanceled | ts.OrderExpired]:
        order_id = self._owners.of(row.client_order_index)
        if order_id is None:
            return
        self._verdicts.see(row)
        if self._owners.is_first(order_id):
            yield facts.accepted(row, order_id)
        over = facts.over(row, order_id)
        if over is not None:
            yield over


def _by_market(rows: dict[str, list[R]] | list[R] | None) -> Iterable[list[R]]:
    return rows.values() if isinstance(rows, dict) else [rows or []]
