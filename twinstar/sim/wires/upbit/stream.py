"""One WebSocket connection: what it subscribed to, and the frames that go out for it (binary JSON, as Upbit sends)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from twinstar.sim.model import AccountChanged, AccountEvent, Candle, OrderChanged, Status, Tick
from twinstar.sim.ports import Exchange, Keys, Line
from twinstar.sim.wires.upbit import candles, frames, ids, orders, subscription
from twinstar.sim.wires.upbit.desk import Desk
from twinstar.sim.wires.upbit.errors import Denial
from twinstar.sim.wires.upbit.gateway import authenticate
from twinstar.sim.wires.upbit.markets import market_id, symbol_of
from twinstar.sim.wires.upbit.numbers import NUMBERS, plain
from twinstar.sim.wires.upbit.quotes import MOST_UNITS, Quotes
from twinstar.sim.wires.upbit.short import shorten
from twinstar.sim.wires.upbit.subscription import Refused, Subscription, Wanted

BOOK_UNITS = {"1": 1, "5": 5, "15": 15, "30": 30}
UP = '{"status":"UP"}'


class Connection:
    """Both kinds of socket: answers pings, replaces the subscription at each request, words the errors."""

    def __init__(self, line: Line, *, private: bool) -> None:
        self._line = line
        self._private = private
        self._format = "DEFAULT"
        self._removals: list[Callable[[], None]] = []

    def read(self, frame: str | bytes) -> Subscription | None:
        """The subscription that replaces the one before; None when the frame was a ping or refused."""
        if frame in ("PING", b"PING"):
            self._line.send(UP)
            return None
        try:
            wanted = subscription.read(frame, private=self._private)
        except Refused as refused:
            self.refuse(refused)
            return None
        self.drop()
        self._format = wanted.format
        return wanted

    def refuse(self, refused: Refused) -> None:
        self._line.send(subscription.error_frame(refused))

    def send(self, message: frames.Frame) -> None:
        content = shorten(message) if self._format.startswith("SIMPLE") else message
        self._line.send(NUMBERS.encode([content] if self._format.endswith("LIST") else content))

    def listen(self, removal: Callable[[], None]) -> None:
        self._removals.append(removal)

    def drop(self) -> None:
        for removal in self._removals:
            removal()
        self._removals.clear()


class PublicSession:
    def __init__(self, exchange: Exchange, quotes: Quotes, line: Line) -> None:
        self._exchange = exchange
        self._quotes = quotes
        self._connection = Connection(line, private=False)

    def on_frame(self, frame: str | bytes) -> None:
        request = self._connection.read(frame)
        if request is None:
            return
        for wanted in request.wanted:
            for code in wanted.codes:
                market, _, depth = code.partition(".")
                if symbol_of(market) in self._exchange.listings:  # others are passed over in silence
                    self._open(wanted, symbol_of(market), depth)

    def refuse(self, frame: str | bytes) -> None:
        self._connection.refuse(Refused("WRONG_FORMAT"))

    def on_close(self) -> None:
        self._connection.drop()

    def _open(self, wanted: Wanted, symbol: str, depth: str) -> None:
        if wanted.snapshot:
            for message in self._snapshot(wanted.type, symbol, depth):
                self._connection.send(message)
        if wanted.realtime:
            listener = self._listener(wanted.type, symbol, depth)
            self._connection.listen(self._exchange.on_tick(symbol, listener))

    def _snapshot(self, kind: str, symbol: str, depth: str) -> Iterator[frames.Frame]:
        match kind:
            case "ticker":
                yield self._quotes.ws_ticker(symbol, "SNAPSHOT")
            case "trade":
                for tick in self._exchange.ticks(symbol, 1):
                    yield self._quotes.ws_trade(tick, "SNAPSHOT")
            case "orderbook":
                yield self._quotes.ws_book(symbol, _units(depth), "SNAPSHOT")
            case _:
                step_ms = subscription.CANDLES[kind]
                for candle in self._last_candle(symbol, step_ms):
                    yield self._quotes.ws_candle(candle, kind, step_ms, "SNAPSHOT")

    def _listener(self, kind: str, symbol: str, depth: str) -> Callable[[Tick], None]:
        send, quotes = self._connection.send, self._quotes
        match kind:
            case "ticker":
                return lambda _: send(quotes.ws_ticker(symbol, "REALTIME"))
            case "trade":
                return lambda tick: send(quotes.ws_trade(tick, "REALTIME"))
            case "orderbook":
                return lambda _: send(quotes.ws_book(symbol, _units(depth), "REALTIME"))
            case _:
                return self._candle_listener(kind, symbol)

    def _candle_listener(self, kind: str, symbol: str) -> Callable[[Tick], None]:
        """Each tick sends its candle as it stands: the last frame of a candle is the whole of it."""
        step_ms = subscription.CANDLES[kind]
        building: Candle | None = next(self._last_candle(symbol, step_ms), None)

        def on_tick(tick: Tick) -> None:
            nonlocal building
            building = candles.fold(building, tick, step_ms)
            self._connection.send(self._quotes.ws_candle(building, kind, step_ms, "REALTIME"))

        return on_tick

    def _last_candle(self, symbol: str, step_ms: int) -> Iterator[Candle]:
        span = next(span for span in candles.SPANS.values() if span.step_ms == step_ms)
        yield from candles.latest(self._exchange, symbol, span, 1)


class PrivateSession:
    """Who cannot prove who they are is told so at each request."""

    def __init__(self, exchange: Exchange, desk: Desk, headers: Mapping[str, str], line: Line) -> None:
        self._exchange = exchange
        self._desk = desk
        self._connection = Connection(line, private=True)
        self._keys: Keys | None = None
        try:
            self._keys, _ = authenticate(exchange, headers)
        except Denial:
            self._connection.refuse(Refused("INVALID_AUTH"))

    def on_frame(self, frame: str | bytes) -> None:
        if self._keys is None:
            self._connection.refuse(Refused("INVALID_AUTH"))
            return
        request = self._connection.read(frame)
        if request is None:
            return
        account = self._keys.account
        for wanted in request.wanted:
            self._connection.listen(self._exchange.on_account(account, self._listener(wanted)))

    def refuse(self, frame: str | bytes) -> None:
        self._connection.refuse(Refused("WRONG_FORMAT"))

    def on_close(self) -> None:
        self._connection.drop()

    def _listener(self, wanted: Wanted) -> Callable[[AccountEvent], None]:
        def on_order(event: AccountEvent) -> None:
            if isinstance(event, OrderChanged) and _covers(wanted, event):
                for message in self._orders(event):
                    self._connection.send(message)

        def on_asset(event: AccountEvent) -> None:
            if isinstance(event, AccountChanged) and event.balances:
                self._connection.send(self._assets(event))

        return on_order if wanted.type == "myOrder" else on_asset

    def _orders(self, event: OrderChanged) -> Iterator[frames.MyOrder]:
        """A fill is told as trade; the one that ends an order is followed by how it ended."""
        order, now_ms = event.order, self._exchange.clock.now_ms()
        best = self._desk.is_best(order)
        match event.what:
            case "trade":
                yield orders.frame(order, "trade", now_ms, fill=event.execution, best=best)
                if order.status is Status.FILLED:
                    yield orders.frame(order, orders.state_of(order), now_ms, best=best)
            case "new":
                yield orders.frame(order, "wait", now_ms, best=best)
            case _:
                yield orders.frame(order, orders.state_of(order), now_ms, best=best)

    def _assets(self, event: AccountChanged) -> frames.MyAsset:
        account = self._keys.account if self._keys else ""
        return frames.MyAsset(
            asset_uuid=ids.asset_uuid(account),
            assets=tuple(frames.Asset(each.asset, plain(each.free), plain(each.locked)) for each in event.balances),
            asset_timestamp=event.time_ms,
            timestamp=self._exchange.clock.now_ms(),
        )


def _units(depth: str) -> int:
    """Of ``KRW-BTC.5``; a depth that Upbit does not have gives the whole book."""
    return BOOK_UNITS.get(depth, MOST_UNITS)


def _covers(wanted: Wanted, event: OrderChanged) -> bool:
    return not wanted.codes or market_id(event.order.request.symbol) in wanted.codes
