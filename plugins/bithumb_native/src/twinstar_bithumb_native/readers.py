"""What frames become: public trades, the candles made of them, and the fate of our orders. No I/O."""

from __future__ import annotations

from typing import Final

import twinstar as ts
from twinstar_bithumb_native import facts
from twinstar_bithumb_native.messages import AskBid, MyOrder, Ticker, Trade, public_frame
from twinstar_bithumb_native.wishes import market_of, symbol_of

REMEMBERED: Final = 1_000  # orders
REPEATED: Final = 100  # trades: the snapshot repeats the last one
TAKERS: Final[dict[AskBid, ts.Side]] = {"BID": ts.Side.BUY, "ASK": ts.Side.SELL}


class Recent:
    """The ids seen last, so many of them at least and less than twice as many."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._newer: set[str] = set()
        self._older: set[str] = set()

    def is_new(self, one: str) -> bool:
        newer = self._newer
        if one in newer or one in self._older:
            return False
        newer.add(one)
        if len(newer) >= self._least:
            self._older, self._newer = newer, set()
        return True


class Tape:
    """One instrument's trades."""

    def __init__(self, instrument: ts.InstrumentId, timeframe: ts.Timeframe) -> None:
        self._instrument, self._timeframe = instrument, timeframe
        self._builder = ts.CandleBuilder(instrument, timeframe)
        self._seen = Recent(REPEATED)

    def read(self, trade: Trade) -> tuple[ts.Event, ...]:
        """Raise `ValueError` for what nobody can have traded."""
        price, quantity, time_ms = trade.trade_price, trade.trade_volume, trade.trade_timestamp
        facts.check(price, quantity, time_ms)
        if not self._seen.is_new(str(trade.sequential_id)):
            return ()
        side = TAKERS[trade.ask_bid]
        seen = ts.TradeSeen(time_ms=time_ms, instrument=self._instrument, price=price, quantity=quantity, side=side)
        candle = self._builder.see(seen)
        if candle is None:
            return (seen,)
        return ts.CandleClosed(time_ms=self._timeframe.after(candle.open_ms), candle=candle), seen

    def missed(self) -> None:
        self._builder.missed()

    def price(self, ticker: Ticker) -> ts.PriceSeen:
        price = facts.positive(ticker.trade_price)
        return ts.PriceSeen(time_ms=facts.in_ms(ticker.trade_timestamp), instrument=self._instrument, price=price)


class Market:
    """All that is wanted, by the venue's code."""

    def __init__(self, wanted: ts.Wanted) -> None:
        self._tapes = {market_of(each.symbol): Tape(each, wanted.timeframe) for each in wanted.instruments}

    def read(self, frame: bytes) -> tuple[ts.Event, ...]:
        """What was not asked for is no news. Raise `ValueError` or `msgspec.DecodeError`."""
        told = public_frame(frame)
        tape = self._tapes.get(told.code)
        if tape is None:
            return ()
        if isinstance(told, Trade):
            return tape.read(told)
        return (tape.price(told),) if isinstance(told, Ticker) else ()

    def missed(self) -> None:
        """A frame could not be read, and may have been any market's: no candle is made of the rest."""
        for tape in self._tapes.values():
            tape.missed()


class Orders:
    """The fate of our orders; those of others are passed over."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._accepted = Recent(REMEMBERED)

    def read(self, frame: MyOrder) -> tuple[ts.Event, ...]:
        """Raise `ValueError`."""
        order_id = frame.client_order_id
        if order_id is None or not ts.is_ours(order_id):
            return ()
        events: list[ts.Event] = []
        if self._accepted.is_new(order_id):
            events.append(ts.OrderAccepted(time_ms=frame.timestamp, order_id=order_id, venue_order_id=frame.order_id))
        if frame.state == "trade" or frame.trade_id:
            instrument = ts.InstrumentId(symbol_of(frame.code), self._venue)
            events.append(facts.fill_told(frame, order_id, instrument))
        over = facts.order_over(
            order_id,
            frame.timestamp,
            state=frame.state,
            filled=frame.executed_quantity,
            quantity=frame.order_quantity,
            cancel_type=frame.cancel_type,
        )
        return tuple(events) if over is None else (*events, over)
