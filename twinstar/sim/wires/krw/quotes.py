"""The market as both venues word it; the times are the market's."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from twinstar.sim.model import Book, Candle, Side, Ticker
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw import messages, times
from twinstar.sim.wires.krw.candles import Span
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.messages import with_fields
from twinstar.sim.wires.krw.numbers import plain, rate
from twinstar.sim.wires.krw.tape import Tapes

MOST_UNITS = 30  # of an order book


def ask_bid(taker: Side) -> str:
    return "BID" if taker is Side.BUY else "ASK"


def change(price: Decimal, before: Decimal) -> tuple[str, Decimal]:
    difference = plain(price - before)
    word = "RISE" if difference > 0 else "FALL" if difference < 0 else "EVEN"
    return word, difference


class Quotes:
    """``day_shift_ms``: how long before 00:00 UTC the venue's day begins."""

    def __init__(self, exchange: Exchange, *, day_shift_ms: int = 0) -> None:
        self._exchange = exchange
        self._day_shift_ms = day_shift_ms
        self._tapes = Tapes(exchange, day_shift_ms)

    def rest_ticker(self, symbol: str) -> messages.RestTicker:
        body = self._ticker(self._exchange.ticker(symbol), self._today(symbol))
        moment = times.kst(body.trade_timestamp)
        ticker: messages.RestTicker = with_fields(
            messages.RestTicker,
            body,
            market=market_id(symbol),
            trade_date_kst=moment.strftime("%Y%m%d"),
            trade_time_kst=moment.strftime("%H%M%S"),
        )
        return ticker

    def rest_book(self, symbol: str, units: int) -> messages.RestOrderbook:
        body = orderbook(self._exchange.book(symbol, units))
        book: messages.RestOrderbook = with_fields(messages.RestOrderbook, body, market=market_id(symbol))
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

    def _previous_close(self, now: Ticker) -> Decimal:
        return now.previous_close

    def _date(self, day_ms: int) -> str:
        return times.utc(day_ms + self._day_shift_ms).strftime("%Y-%m-%d")

    def _today(self, symbol: str) -> Candle | None:
        return self._tapes.of(symbol).today()

    def _ticker(self, now: Ticker, day: Candle | None) -> messages.Ticker:
        tape = self._tapes.of(now.symbol)
        high, low = tape.year()
        before = self._previous_close(now)
        word, difference = change(now.last, before)
        change_rate = rate(difference, before)
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
            prev_closing_price=plain(before),
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
            highest_52_week_date=self._date(high.day_ms),
            lowest_52_week_price=plain(low.price),
            lowest_52_week_date=self._date(low.day_ms),
            timestamp=self._exchange.clock.market_ms(),
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
    by_days = span.starts_at is not None and span.unit is None and span.name != "days"
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
        first_day_of_period=opened.strftime("%Y-%m-%d") if by_days else msgspec.UNSET,
    )


def _against(before: Candle, candle: Candle, answer: messages.RestCandle) -> messages.RestCandle:
    base = candle.open if before is candle else before.close
    _, difference = change(candle.close, base)
    return msgspec.structs.replace(
        answer,
        prev_closing_price=plain(base),
        change_price=difference,
        change_rate=rate(difference, base),
    )
