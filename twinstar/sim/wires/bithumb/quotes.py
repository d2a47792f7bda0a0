"""The market in the words that only Bithumb has; the times are the market's."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Tick, Ticker
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bithumb import frames, messages
from twinstar.sim.wires.bithumb.spans import KST_SHIFT_MS
from twinstar.sim.wires.krw import quotes, times
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.messages import with_fields
from twinstar.sim.wires.krw.numbers import plain, text
from twinstar.sim.wires.krw.quotes import ask_bid, change, orderbook
from twinstar.sim.wires.krw.times import DAY, MINUTE

MICROSECONDS = 1000


def sequential_id(tick: Tick) -> int:
    """Rising with time and unique: the millisecond, and a number within it."""
    return tick.market_ms * 10_000 + tick.id % 10_000


class Quotes(quotes.Quotes):
    """A day begins at midnight in Korea."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange, day_shift_ms=KST_SHIFT_MS)
        self._closes: dict[str, tuple[int, Decimal]] = {}  # of the day before the one that began then

    def rest_trade(self, tick: Tick) -> messages.RestTrade:
        before = self._close_before(tick.symbol)
        moment = times.utc(tick.market_ms)
        return messages.RestTrade(
            market=market_id(tick.symbol),
            trade_date_utc=moment.strftime("%Y-%m-%d"),
            trade_time_utc=moment.strftime("%H:%M:%S"),
            timestamp=str(tick.market_ms),
            trade_price=text(tick.price),
            trade_volume=text(tick.quantity),
            prev_closing_price=text(before),
            change_price=text(tick.price - before),
            ask_bid=ask_bid(tick.taker),
            sequential_id=str(sequential_id(tick)),
        )

    def ws_ticker(self, symbol: str, stream_type: str) -> frames.WsTicker:
        """Its date and time are those of Korea."""
        now, day = self._exchange.ticker(symbol), self._today(symbol)
        volume, bought = (day.volume, day.taker_buy_volume) if day else (Decimal(0), Decimal(0))
        body = self._ticker(now, day)
        moment = times.kst(body.trade_timestamp)
        ticker: frames.WsTicker = with_fields(
            frames.WsTicker,
            body,
            code=market_id(symbol),
            ask_bid=ask_bid(now.last_side),
            acc_ask_volume=plain(volume - bought),
            acc_bid_volume=plain(bought),
            stream_type=stream_type,
            trade_date=moment.strftime("%Y%m%d"),
            trade_time=moment.strftime("%H%M%S"),
        )
        return ticker

    def ws_trade(self, tick: Tick, stream_type: str) -> frames.WsTrade:
        before = self._close_before(tick.symbol)
        word, difference = change(tick.price, before)
        moment = times.kst(tick.market_ms)
        return frames.WsTrade(
            code=market_id(tick.symbol),
            trade_price=plain(tick.price),
            trade_volume=plain(tick.quantity),
            ask_bid=ask_bid(tick.taker),
            prev_closing_price=plain(before),
            change=word,
            change_price=abs(difference),
            trade_date=moment.strftime("%Y-%m-%d"),
            trade_time=moment.strftime("%H:%M:%S"),
            trade_timestamp=tick.market_ms,
            sequential_id=str(sequential_id(tick)),
            timestamp=self._exchange.clock.market_ms(),
            stream_type=stream_type,
        )

    def ws_book(self, symbol: str, units: int, stream_type: str) -> frames.WsOrderbook:
        """Its timestamp is in microseconds, and text."""
        book = self._exchange.book(symbol, units)
        body = orderbook(book)
        return frames.WsOrderbook(
            code=market_id(symbol),
            total_ask_size=body.total_ask_size,
            total_bid_size=body.total_bid_size,
            orderbook_units=body.orderbook_units,
            timestamp=str(book.market_ms * MICROSECONDS + book.update_id % MICROSECONDS),
            stream_type=stream_type,
        )

    def _previous_close(self, now: Ticker) -> Decimal:
        return self._close_before(now.symbol)

    def _close_before(self, symbol: str) -> Decimal:
        """The last price of the day before in Korea; where the market is younger, what the exchange calls so."""
        midnight_ms = (self._exchange.clock.market_ms() + KST_SHIFT_MS) // DAY * DAY - KST_SHIFT_MS
        known = self._closes.get(symbol)
        if known is None or known[0] != midnight_ms:
            last = self._exchange.candles(symbol, MINUTE, end_ms=midnight_ms - 1, limit=1)
            close = last[-1].close if last else self._exchange.ticker(symbol).previous_close
            known = self._closes[symbol] = (midnight_ms, close)
        return known[1]
