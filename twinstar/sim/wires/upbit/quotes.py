"""The market in the words that only Upbit has; the times are the market's."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Candle, Tick
from twinstar.sim.wires.krw import quotes, times
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.messages import with_fields
from twinstar.sim.wires.krw.numbers import plain
from twinstar.sim.wires.krw.quotes import ask_bid, change, orderbook
from twinstar.sim.wires.upbit import frames, messages


def sequential_id(tick: Tick) -> int:
    """Rising with time and unique, as Upbit's: the millisecond, and a number within it."""
    return tick.market_ms * 1000 + tick.id % 1000


class Quotes(quotes.Quotes):
    def rest_trade(self, tick: Tick) -> messages.RestTrade:
        before = self._exchange.ticker(tick.symbol).previous_close
        moment = times.utc(tick.market_ms)
        return messages.RestTrade(
            market=market_id(tick.symbol),
            trade_date_utc=moment.strftime("%Y-%m-%d"),
            trade_time_utc=moment.strftime("%H:%M:%S"),
            timestamp=tick.market_ms,
            trade_price=plain(tick.price),
            trade_volume=plain(tick.quantity),
            prev_closing_price=plain(before),
            change_price=plain(tick.price - before),
            ask_bid=ask_bid(tick.taker),
            sequential_id=sequential_id(tick),
        )

    def ws_ticker(self, symbol: str, stream_type: str) -> frames.WsTicker:
        now, day = self._exchange.ticker(symbol), self._today(symbol)
        volume, bought = (day.volume, day.taker_buy_volume) if day else (Decimal(0), Decimal(0))
        ticker: frames.WsTicker = with_fields(
            frames.WsTicker,
            self._ticker(now, day),
            code=market_id(symbol),
            ask_bid=ask_bid(now.last_side),
            acc_ask_volume=plain(volume - bought),
            acc_bid_volume=plain(bought),
            stream_type=stream_type,
        )
        return ticker

    def ws_trade(self, tick: Tick, stream_type: str) -> frames.WsTrade:
        now = self._exchange.ticker(tick.symbol)
        word, difference = change(tick.price, now.previous_close)
        moment = times.utc(tick.market_ms)
        return frames.WsTrade(
            code=market_id(tick.symbol),
            timestamp=self._exchange.clock.market_ms(),
            trade_date=moment.strftime("%Y-%m-%d"),
            trade_time=moment.strftime("%H:%M:%S"),
            trade_timestamp=tick.market_ms,
            trade_price=plain(tick.price),
            trade_volume=plain(tick.quantity),
            ask_bid=ask_bid(tick.taker),
            prev_closing_price=plain(now.previous_close),
            change=word,
            change_price=abs(difference),
            sequential_id=sequential_id(tick),
            best_ask_price=plain(now.ask),
            best_ask_size=plain(now.ask_quantity),
            best_bid_price=plain(now.bid),
            best_bid_size=plain(now.bid_quantity),
            stream_type=stream_type,
        )

    def ws_book(self, symbol: str, units: int, stream_type: str) -> frames.WsOrderbook:
        body = orderbook(self._exchange.book(symbol, units))
        book: frames.WsOrderbook = with_fields(
            frames.WsOrderbook, body, code=market_id(symbol), stream_type=stream_type
        )
        return book

    def ws_candle(self, candle: Candle, kind: str, step_ms: int, stream_type: str) -> frames.WsCandle:
        return frames.WsCandle(
            type=kind,
            code=market_id(candle.symbol),
            candle_date_time_utc=times.naive(times.utc(candle.open_ms)),
            candle_date_time_kst=times.naive(times.kst(candle.open_ms)),
            opening_price=plain(candle.open),
            high_price=plain(candle.high),
            low_price=plain(candle.low),
            trade_price=plain(candle.close),
            candle_acc_trade_volume=plain(candle.volume),
            candle_acc_trade_price=plain(candle.quote_volume),
            timestamp=min(candle.open_ms + step_ms - 1, self._exchange.clock.market_ms()),
            stream_type=stream_type,
        )
