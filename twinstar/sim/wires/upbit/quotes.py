"""The market as Upbit words it; the times are the market's."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from twinstar.sim.model import Book, Candle, Side, Tick, Ticker
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.upbit import frames, messages, times
from twinstar.sim.wires.upbit.candles import Span
from twinstar.sim.wires.upbit.markets import market_id
from twinstar.sim.wires.upbit.messages import with_fields
from twinstar.sim.wires.upbit.numbers import plain, rate
from twinstar.sim.wires.upbit.tape import Tapes

MOST_UNITS = 30  # of an order book


def ask_bid(taker: Side) -> str:
    return "BID" if taker is Side.BUY else "ASK"


def sequential_id(tick: Tick) -> int:
    """Rising with time and unique, as Upbit's: the millisecond, and a number within it."""
    return tick.market_ms * 1000 + tick.id % 1000


def _change(price: Decimal, before: Decimal) -> tuple[str, Decimal]:
    difference = plain(price - before)
    word = "RISE" if difference > 0 else "FALL" if difference < 0 else "EVEN"
    return word, difference


class Quotes:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._tapes = Tapes(exchange)

    def rest_ticker(self, symbol: str) -> messages.RestTicker:
        body = self._ticker(self._exchange.ticker(symbol), self._tapes.of(symbol).today())
        moment = times.kst(body.trade_timestamp)
        ticker: messages.RestTicker = with_fields(
            messages.RestTicker,
            body,
            market=market_id(symbol),
            trade_date_kst=moment.strftime("%Y%m%d"),
            trade_time_kst=moment.strftime("%H%M%S"),
        )
        return ticker

    def ws_ticker(self, symbol: str, stream_type: str) -> frames.WsTicker:
        now, day = self._exchange.ticker(symbol), self._tapes.of(symbol).today()
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

    def _ticker(self, now: Ticker, day: Candle | None) -> messages.Ticker:
        tape = self._tapes.of(now.symbol)
        high, low = tape.year()
        word, difference = _change(now.last, now.previous_close)
        change_rate = rate(difference, now.previous_close)
        traded_ms = tape.traded_ms()
        moment = times.utc(traded_ms)
        return messages.Ticker(
            trade_date=moment.strftime("%Y%m%d"),
            trade_time=moment.strftime("%H%M%S"),
            trade_timestamp=traded_ms,
            opening_price=plain(day.open if day else now.last),
            high_price=plain(day.high if day else now.last),
            low_price=plain(day.low if day else now.last),
            trade_price=plain(now.last),
            prev_closing_price=plain(now.previous_close),
            change=word,
            change_price=abs(difference),
            change_rate=abs(change_rate),
            signed_change_price=difference,
            signed_change_rate=change_rate,
            trade_volume=plain(now.last_quantity),
            acc_trade_price=plain(day.quote_volume if day else Decimal(0)),
            acc_trade_price_24h=plain(now.quote_volume),
            acc_trade_volume=plain(day.volume if day else Decimal(0)),
            acc_trade_volume_24h=plain(now.volume),
            highest_52_week_price=plain(high.price),
            highest_52_week_date=times.utc(high.day_ms).strftime("%Y-%m-%d"),
            lowest_52_week_price=plain(low.price),
            lowest_52_week_date=times.utc(low.day_ms).strftime("%Y-%m-%d"),
            timestamp=self._exchange.clock.market_ms(),
        )

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

    def ws_trade(self, tick: Tick, stream_type: str) -> frames.WsTrade:
        now = self._exchange.ticker(tick.symbol)
        word, difference = _change(tick.price, now.previous_close)
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

    def rest_book(self, symbol: str, units: int) -> messages.RestOrderbook:
        body = orderbook(self._exchange.book(symbol, units))
        book: messages.RestOrderbook = with_fields(messages.RestOrderbook, body, market=market_id(symbol))
        return book

    def ws_book(self, symbol: str, units: int, stream_type: str) -> frames.WsOrderbook:
        body = orderbook(self._exchange.book(symbol, units))
        book: frames.WsOrderbook = with_fields(
            frames.WsOrderbook, body, code=market_id(symbol), stream_type=stream_type
        )
        return book

    def rest_candles(self, candles: Sequence[Candle], span: Span) -> list[messages.RestCandle]:
        """Newest first; a day is told with its change against the day before it."""
        market_ms = self._exchange.clock.market_ms()
        answers = [_rest_candle(candle, span, market_ms) for candle in candles]
        if span.name == "days":
            befores = [*candles[:1], *candles[:-1]]
            pairs = zip(befores, candles, answers, strict=True)
            answers = [_against(before, candle, answer) for before, candle, answer in pairs]
        return answers[::-1]

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


def orderbook(book: Book) -> messages.Orderbook:
    """Asks and bids side by side, as many rows as the shorter side has."""
    units = tuple(
        messages.BookUnit(plain(ask), plain(bid), plain(ask_size), plain(bid_size))
        for (ask, ask_size), (bid, bid_size) in zip(book.asks, book.bids, strict=False)
    )
    return messages.Orderbook(
        timestamp=book.market_ms,
        total_ask_size=plain(sum((unit.ask_size for unit in units), Decimal(0))),
        total_bid_size=plain(sum((unit.bid_size for unit in units), Decimal(0))),
        orderbook_units=units,
    )


def _rest_candle(candle: Candle, span: Span, market_ms: int) -> messages.RestCandle:
    opened = times.utc(candle.open_ms)
    first_day = opened.strftime("%Y-%m-%d") if span.starts_at else msgspec.UNSET
    return messages.RestCandle(
        market=market_id(candle.symbol),
        candle_date_time_utc=times.naive(opened),
        candle_date_time_kst=times.naive(times.kst(candle.open_ms)),
        opening_price=plain(candle.open),
        high_price=plain(candle.high),
        low_price=plain(candle.low),
        trade_price=plain(candle.close),
        timestamp=min(candle.open_ms + span.step_ms - 1, market_ms),
        candle_acc_trade_price=plain(candle.quote_volume),
        candle_acc_trade_volume=plain(candle.volume),
        unit=span.unit or msgspec.UNSET,
        first_day_of_period=first_day,
    )


def _against(before: Candle, candle: Candle, answer: messages.RestCandle) -> messages.RestCandle:
    base = candle.open if before is candle else before.close
    _, difference = _change(candle.close, base)
    return msgspec.structs.replace(
        answer,
        prev_closing_price=plain(base),
        change_price=difference,
        change_rate=rate(difference, base),
    )
