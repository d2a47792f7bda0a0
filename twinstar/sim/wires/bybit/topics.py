"""Public topics by name: what each listens to, how often it speaks, and its frames."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from twinstar.sim.model import Candle, Tick
from twinstar.sim.wires.bookfeed import BookFeed
from twinstar.sim.wires.bybit import words
from twinstar.sim.wires.bybit.contracts import Contract
from twinstar.sim.wires.bybit.desk import Desk, Json
from twinstar.sim.wires.bybit.market import INTERVALS, ticker
from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.pace import Pace
from twinstar.sim.wires.spelling import text

Send = Callable[[Json], None]
Stop = Callable[[], None]
Start = Callable[[Send], Stop]

KLINE_MS = 1_000
TICKER_MS = 100
DEPTH_MS = {"1": 10, "50": 20, "200": 100, "1000": 200}


def find(desk: Desk, topic: str) -> Start | None:
    """None for a topic that there is not."""
    kind, _, rest = topic.partition(".")
    detail, _, name = rest.rpartition(".")
    contract = desk.contracts.get(name)
    if contract is None:
        return None
    match kind:
        case "kline" if detail in INTERVALS:
            return partial(_klines, desk, contract, detail)
        case "orderbook" if detail in DEPTH_MS:
            return partial(_book, desk, contract, detail)
        case "publicTrade" if not detail:
            return partial(_trades, desk, contract)
        case "tickers" if not detail:
            return partial(_ticker, desk, contract)
        case _:
            return None


def _frame(desk: Desk, topic: str, kind: str, data: object) -> Json:
    return {"topic": topic, "type": kind, "ts": desk.exchange.clock.market_ms(), "data": data}


def _klines(desk: Desk, contract: Contract, name: str, send: Send) -> Stop:
    interval, topic = INTERVALS[name], f"kline.{name}.{contract.id}"

    def say(candle: Candle, closed: bool) -> None:
        spelt = {
            "start": candle.open_ms,
            "end": interval.closes(candle.open_ms) - 1,
            "interval": name,
            "open": text(candle.open),
            "close": text(candle.close),
            "high": text(candle.high),
            "low": text(candle.low),
            "volume": text(candle.volume),
            "turnover": text(candle.quote_volume),
            "confirm": closed,
            "timestamp": desk.exchange.clock.market_ms(),
        }
        send(_frame(desk, topic, "snapshot", [spelt]))

    return CandleFeed(desk.exchange, contract.symbol, interval, say, every_ms=KLINE_MS).stop


def _trades(desk: Desk, contract: Contract, send: Send) -> Stop:
    directions = TickDirections()

    def say(tick: Tick) -> None:
        spelt = {
            "T": tick.market_ms,
            "s": contract.id,
            "S": words.SIDE_NAMES[tick.taker],
            "v": text(tick.quantity),
            "p": text(tick.price),
            "L": directions.of(tick.price),
            "i": words.TICKS.of(tick.id),
            "BT": False,
            "RPI": False,
            "seq": tick.id,
        }
        send(_frame(desk, f"publicTrade.{contract.id}", "snapshot", [spelt]))

    return desk.exchange.on_tick(contract.symbol, say)


class TickDirections:
    """Whether the price rose or fell, and while it stays, what it did last."""

    def __init__(self) -> None:
        self._last: Decimal | None = None
        self._way = "Plus"

    def of(self, price: Decimal) -> str:
        stays = price == self._last
        if self._last is not None and not stays:
            self._way = "Plus" if price > self._last else "Minus"
        self._last = price
        return f"Zero{self._way}Tick" if stays else f"{self._way}Tick"


def _ticker(desk: Desk, contract: Contract, send: Send) -> Stop:
    """All of it at first, then what has changed."""
    topic, told, directions = f"tickers.{contract.id}", dict[str, object](), TickDirections()

    def push() -> None:
        kind = "delta" if told else "snapshot"
        now = {**ticker(desk, contract), "tickDirection": directions.of(desk.exchange.mark_price(contract.symbol))}
        changed = {name: value for name, value in now.items() if told.get(name) != value}
        told.update(now)
        cross_sequence = desk.exchange.book(contract.symbol, 1).update_id
        send({**_frame(desk, topic, kind, {"symbol": contract.id, **changed}), "cs": cross_sequence})

    push()
    return _paced(desk, contract, TICKER_MS, push)


def _book(desk: Desk, contract: Contract, depth: str, send: Send) -> Stop:
    """All of it at first, then each level that has changed; one that is gone has no quantity."""
    topic, feed = f"orderbook.{depth}.{contract.id}", BookFeed(desk.exchange, contract.symbol, int(depth))

    def push() -> None:
        change = feed.change()
        if change is None:
            return
        data = {"s": contract.id, "b": change.bids, "a": change.asks, "u": change.update_id, "seq": change.update_id}
        kind = "snapshot" if change.is_whole else "delta"
        send({**_frame(desk, topic, kind, data), "cts": change.market_ms})

    push()
    return _paced(desk, contract, DEPTH_MS[depth], push)


def _paced(desk: Desk, contract: Contract, every_ms: int, push: Callable[[], None]) -> Stop:
    pace = Pace(desk.exchange.clock, every_ms, push)
    unlisten = desk.exchange.on_tick(contract.symbol, lambda _: pace.changed())

    def stop() -> None:
        unlisten()
        pace.drop()

    return stop
