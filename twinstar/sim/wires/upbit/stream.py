"""What Upbit streams, as binary JSON: beside what `krw.stream` has, candles, and orders in its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from twinstar.sim.model import AccountChanged, Candle, OrderChanged, Status, Tick
from twinstar.sim.ports import Exchange, Line
from twinstar.sim.wires.krw import candles, stream
from twinstar.sim.wires.krw.candles import MINUTE_UNITS
from twinstar.sim.wires.krw.numbers import plain
from twinstar.sim.wires.krw.orders import state_of
from twinstar.sim.wires.krw.stream import Manners
from twinstar.sim.wires.krw.subscription import Menu
from twinstar.sim.wires.krw.times import MINUTE, SECOND
from twinstar.sim.wires.upbit import frames, ids, orders
from twinstar.sim.wires.upbit.desk import Desk
from twinstar.sim.wires.upbit.quotes import Quotes
from twinstar.sim.wires.upbit.short import UPBIT_SHORT
from twinstar.sim.wires.upbit.spans import SPANS

CANDLES = {"candle.1s": SECOND, **{f"candle.{unit}m": unit * MINUTE for unit in MINUTE_UNITS}}
MENU = Menu(("ticker", "trade", "orderbook", *CANDLES), ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"))
MANNERS = Manners(MENU, UPBIT_SHORT, is_binary=True)


class PublicSession(stream.PublicSession):
    def __init__(self, exchange: Exchange, quotes: Quotes, line: Line) -> None:
        super().__init__(exchange, quotes, MANNERS, line)
        self._quotes = quotes

    def _snapshot(self, kind: str, symbol: str, depth: str) -> Iterator[Struct]:
        if kind not in CANDLES:
            yield from super()._snapshot(kind, symbol, depth)
            return
        for candle in self._last_candle(symbol, CANDLES[kind]):
            yield self._quotes.ws_candle(candle, kind, CANDLES[kind], "SNAPSHOT")

    def _listener(self, kind: str, symbol: str, depth: str) -> Callable[[Tick], None]:
        if kind in CANDLES:
            return self._candle_listener(kind, symbol)
        return super()._listener(kind, symbol, depth)

    def _candle_listener(self, kind: str, symbol: str) -> Callable[[Tick], None]:
        """Each tick sends its candle as it stands: the last frame of a candle is the whole of it."""
        step_ms = CANDLES[kind]
        building: Candle | None = next(self._last_candle(symbol, step_ms), None)

        def on_tick(tick: Tick) -> None:
            nonlocal building
            building = candles.fold(building, tick, step_ms)
            self._connection.send(self._quotes.ws_candle(building, kind, step_ms, "REALTIME"))

        return on_tick

    def _last_candle(self, symbol: str, step_ms: int) -> Iterator[Candle]:
        span = next(span for span in SPANS.values() if span.step_ms == step_ms)
        yield from candles.latest(self._exchange, symbol, span, 1)


class Words:
    manners = MANNERS

    def __init__(self, exchange: Exchange, desk: Desk) -> None:
        self._exchange = exchange
        self._desk = desk

    def orders(self, event: OrderChanged) -> Iterator[frames.MyOrder]:
        """A fill is told as trade; the one that ends an order is followed by how it ended."""
        order, now_ms = event.order, self._exchange.clock.now_ms()
        best = self._desk.is_best(order)
        match event.what:
            case "trade":
                yield orders.frame(order, "trade", now_ms, fill=event.execution, best=best)
                if order.status is Status.FILLED:
                    yield orders.frame(order, state_of(order), now_ms, best=best)
            case "new":
                yield orders.frame(order, "wait", now_ms, best=best)
            case _:
                yield orders.frame(order, state_of(order), now_ms, best=best)

    def assets(self, account: str, event: AccountChanged) -> frames.MyAsset:
        return frames.MyAsset(
            asset_uuid=ids.asset_uuid(account),
            assets=tuple(frames.Asset(each.asset, plain(each.free), plain(each.locked)) for each in event.balances),
            asset_timestamp=event.time_ms,
            timestamp=self._exchange.clock.now_ms(),
        )
