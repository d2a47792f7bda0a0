"""Public channels by name: what each listens to, how often it speaks, and its frames."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from twinstar.sim.model import Candle, Tick
from twinstar.sim.wires.bookfeed import BookFeed
from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.lighter.deals import tick_view
from twinstar.sim.wires.lighter.desk import Desk, Json
from twinstar.sim.wires.lighter.market import RESOLUTIONS, candle_view, day
from twinstar.sim.wires.lighter.markets import Market
from twinstar.sim.wires.lighter.params import whole
from twinstar.sim.wires.pace import Pace
from twinstar.sim.wires.spelling import places

Stop = Callable[[], None]

BOOK_MS, TICKER_MS, STATS_MS, CANDLE_MS = 50, 50, 500, 500
LEVELS = 100
SHOWN_TRADES = 50  # at first
OFFSETS = 10**6
STREAMED = RESOLUTIONS.keys() - {"1w"}


Tell = Callable[[Json], None]  # sends a frame; the first one says how everything stands
Start = Callable[[Tell], Stop]


def find(desk: Desk, kind: str, arguments: list[str]) -> Start | None:
    """None for a channel that there is not."""
    if (kind, arguments) == ("market_stats", ["all"]):
        return partial(_all_stats, desk)
    number = whole(arguments[0]) if arguments else None
    market = None if number is None else desk.markets.get(number)
    if market is None:
        return None
    if kind == "candle" and arguments[1:] and arguments[1] in STREAMED:
        return partial(_candles, desk, market, arguments[1])
    starts = {"order_book": _book, "ticker": _ticker, "trade": _trades, "market_stats": _stats}
    return partial(starts[kind], desk, market) if kind in starts and not arguments[1:] else None


def _book(desk: Desk, market: Market, tell: Tell) -> Stop:
    """Each change begins with the nonce that the one before it ended with."""
    feed, said = BookFeed(desk.exchange, market.symbol, LEVELS), 0

    def push() -> None:
        nonlocal said
        change = feed.change()
        if change is None:
            return
        begin, said = said, change.update_id
        numbers = {"offset": change.update_id % OFFSETS, "last_updated_at": change.market_ms * 1000}
        book = {
            "code": 0,
            "asks": [_level(market, *each) for each in change.asks],
            "bids": [_level(market, *each) for each in change.bids],
            "nonce": change.update_id,
            "begin_nonce": begin,
            **numbers,
        }
        tell({**numbers, "order_book": book, "timestamp": desk.exchange.clock.market_ms()})

    push()
    return _paced(desk, [market], BOOK_MS, push)


def _level(market: Market, price: str, size: str) -> Json:
    return {
        "price": places(Decimal(price), market.price_decimals),
        "size": places(Decimal(size), market.size_decimals),
    }


def _ticker(desk: Desk, market: Market, tell: Tell) -> Stop:
    said: Json = {}

    def push() -> None:
        nonlocal said
        book = desk.exchange.book(market.symbol, 1)
        best = {
            name: _level(market, *map(str, levels[0])) if levels else {"price": "", "size": ""}
            for name, levels in (("a", book.asks), ("b", book.bids))
        }
        if best == said:
            return
        said, updated = best, book.market_ms * 1000
        ticker = {"s": market.name, **best, "last_updated_at": updated}
        now = desk.exchange.clock.market_ms()
        tell({"last_updated_at": updated, "nonce": book.update_id, "ticker": ticker, "timestamp": now})

    push()
    return _paced(desk, [market], TICKER_MS, push)


def _trades(desk: Desk, market: Market, tell: Tell) -> Stop:
    """Newest first in a frame."""

    def say(ticks: list[Tick]) -> None:
        nonce = desk.exchange.book(market.symbol, 1).update_id
        rows = [tick_view(tick) for tick in reversed(ticks)]
        tell({"liquidation_trades": [], "nonce": nonce, "trades": rows})

    say(list(desk.exchange.ticks(market.symbol, SHOWN_TRADES)))
    return desk.exchange.on_tick(market.symbol, lambda tick: say([tick]))


def _stats(desk: Desk, market: Market, tell: Tell) -> Stop:
    def push() -> None:
        tell({"market_stats": stats(desk, market), "timestamp": desk.exchange.clock.market_ms()})

    push()
    return _paced(desk, [market], STATS_MS, push)


def _all_stats(desk: Desk, tell: Tell) -> Stop:
    markets = list(desk.markets.values())

    def push() -> None:
        told = {str(market.id): stats(desk, market) for market in markets}
        tell({"market_stats": told, "timestamp": desk.exchange.clock.market_ms()})

    push()
    return _paced(desk, markets, STATS_MS, push)


def stats(desk: Desk, market: Market) -> Json:
    """In percent, as far as rates go; there is no index of other venues, nor open interest: the crowd has none."""
    told = desk.exchange.ticker(market.symbol)
    mark = places(desk.exchange.mark_price(market.symbol), market.price_decimals)
    rate, due_ms = desk.exchange.funding(market.symbol)
    numbers = day(desk, market)
    return {
        "symbol": market.name,
        "market_id": market.id,
        "index_price": mark,
        "mark_price": mark,
        "mid_price": places((told.bid + told.ask) / 2, market.price_decimals + 1),
        "open_interest": "0.000000",
        "open_interest_limit": "72057594037927936.000000",
        "funding_clamp_small": "0.0500",
        "funding_clamp_big": "4.0000",
        "last_trade_price": places(told.last, market.price_decimals),
        "current_funding_rate": places(rate * 100, 4),
        "funding_rate": places(rate * 100, 4),
        "funding_timestamp": due_ms,
        **{name: value for name, value in numbers.items() if name != "daily_trades_count"},
    }


def _candles(desk: Desk, market: Market, resolution: str, tell: Tell) -> Stop:
    """That one is finished is not said: the next one begins."""

    def say(candle: Candle, _: bool = False) -> None:
        tell({"candles": [candle_view(candle)], "timestamp": desk.exchange.clock.market_ms()})

    interval = RESOLUTIONS[resolution]
    for candle in desk.exchange.candles(market.symbol, interval.step_ms, limit=1):
        say(candle)
    feed = CandleFeed(desk.exchange, market.symbol, interval, say, every_ms=CANDLE_MS)
    return feed.stop


def _paced(desk: Desk, markets: list[Market], every_ms: int, push: Callable[[], None]) -> Stop:
    pace = Pace(desk.exchange.clock, every_ms, push)
    unlisten = [desk.exchange.on_tick(market.symbol, lambda _: pace.changed()) for market in markets]

    def stop() -> None:
        for forget in unlisten:
            forget()
        pace.drop()

    return stop
