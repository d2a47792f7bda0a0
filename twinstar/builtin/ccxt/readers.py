"""What a feed makes of what ccxt resolves: candles, public trades, and what became of our orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.feed import News, Untold
from twinstar.builtin.ccxt.habits.habit import Unified
from twinstar.builtin.ccxt.markets import contract_of
from twinstar.builtin.ccxt.numbers import exact, time_ms
from twinstar.builtin.ccxt.owners import Owners
from twinstar.domain import CandleClosed, Event, InstrumentId, OrderInDoubt, PriceSeen, Timeframe
from twinstar.engine.candles import CandleBuilder, CandleFollower


class CandleReader:
    """Closed candles; while one is forming, the price it shows."""

    def __init__(self, exchange: TwinExchange, instrument: InstrumentId, timeframe: Timeframe) -> None:
        self._candles = exchange.habit.frames.candles
        self._instrument, self._timeframe = instrument, timeframe
        self._follower = CandleFollower(instrument, timeframe)

    def missed(self) -> None:
        self._follower.missed()

    def __call__(self, result: Any, frame: Any, _: str) -> Iterator[Event]:
        for row, closed in self._candles(frame, () if result is None else _rows(result)):
            candle = self._follower.see(row, closed=closed)
            if candle is not None:
                yield CandleClosed(time_ms=self._timeframe.after(candle.open_ms), candle=candle)
            if not closed:
                yield PriceSeen(time_ms=row.open_ms, instrument=self._instrument, price=row.close)


def _rows(result: Any) -> Any:
    """Of many symbols ccxt gives them with the symbol."""
    return result[2] if result and len(result) == 3 and isinstance(result[0], str) else result


class TapeReader:
    """Public trades, and the candles made of them."""

    def __init__(self, exchange: TwinExchange, instrument: InstrumentId, timeframe: Timeframe) -> None:
        self._exchange = exchange
        self._trade_ms, self._tape = exchange.habit.frames.trade_ms, exchange.habit.frames.tape
        self._instrument, self._timeframe = instrument, timeframe
        self._builder = CandleBuilder(instrument, timeframe)
        self._seen = Recent()

    def missed(self) -> None:
        self._builder.missed()

    def __call__(self, result: Any, frame: Any, _: str) -> Iterator[Event]:
        contract = contract_of(self._exchange, self._instrument.symbol)
        for trade in self._trades(result, frame):
            if trade["id"] is not None and not self._seen.is_new(trade["id"]):
                continue  # the first frame repeats the last trade
            event = facts.trade_seen(trade, self._trade_ms(trade), self._instrument, contract)
            candle = self._builder.see(event)
            if candle is not None:
                yield CandleClosed(time_ms=self._timeframe.after(candle.open_ms), candle=candle)
            yield event

    def _trades(self, result: Any, frame: Any) -> Iterable[Unified]:
        if result is None and self._tape is not None:
            return self._tape(frame)
        return news_in(result, self._instrument.symbol)


class AccountReader:
    """Order updates and executions, of our orders only."""

    def __init__(self, exchange: TwinExchange, owners: Owners) -> None:
        self._exchange, self._owners = exchange, owners
        self._frames, self._orders = exchange.habit.frames, exchange.habit.orders

    def __call__(self, result: Any, frame: Any, topic: str) -> Iterator[News]:
        if isinstance(frame, dict) and (pair := self._frames.alias(frame)) is not None:
            yield from self._learn(*pair)
        for row in news_in(result, None):
            if topic == "executions":
                yield from self._execution(row)
            else:
                yield from self._order(row)

    def _order(self, row: Unified) -> Iterator[News]:
        told = self._orders.found(row)
        order_id = self._owners.owner(told.venue_order_id, self._orders.client_id(row))
        if order_id is None:
            return
        told = msgspec.structs.replace(told, time_ms=told.time_ms or self._exchange.milliseconds())
        yield from self._learn(told.executing_id, order_id)
        if told.unsaid and self._orders.untold is None:
            yield OrderInDoubt(time_ms=time_ms(told.time_ms), order_id=order_id, reason=told.unsaid)
            return
        if self._owners.is_first(order_id):
            yield facts.order_accepted(told, order_id)
        contract = contract_of(self._exchange, row["symbol"])
        quantity = exact(row["amount"]) * contract if row.get("amount") else None
        over = facts.order_over(told, order_id, contract, quantity)
        if told.unsaid:
            filled = told.filled * contract
            yield Untold(order_id=order_id, symbol=row["symbol"], told=told, filled=filled, over=over)
        elif over is not None:
            yield over

    def _execution(self, row: Unified) -> Iterator[Event]:
        venue_order_id = row.get("order")
        order_id = self._owners.owner(venue_order_id, self._orders.client_id(row))
        if order_id is not None:
            yield self._filled(row, order_id)
        elif isinstance(venue_order_id, str):
            self._owners.hold(venue_order_id, row)

    def _learn(self, venue_order_id: str, order_id: str) -> Iterator[Event]:
        for row in self._owners.learn(venue_order_id, order_id):
            yield self._filled(row, order_id)

    def _filled(self, row: Unified, order_id: str) -> Event:
        symbol = row["symbol"]
        instrument = InstrumentId(symbol, self._exchange.venue)
        return facts.order_filled(self._orders.executed(row), order_id, instrument, contract_of(self._exchange, symbol))


class Recent:
    """The last ids seen."""

    def __init__(self, capacity: int = 1_000) -> None:
        self._ids: dict[object, None] = {}
        self._capacity = capacity

    def is_new(self, one: object) -> bool:
        if one in self._ids:
            return False
        self._ids[one] = None
        if len(self._ids) > self._capacity:
            del self._ids[next(iter(self._ids))]
        return True


def news_in(result: Any, symbol: str | None) -> list[dict[str, Any]]:
    """Copies of the rows that are new since the last time: ccxt changes its own in place."""
    count = result.getLimit(symbol, None) if hasattr(result, "getLimit") else len(result)
    return [dict(row) for row in result[-count:]] if count else []
