"""One WebSocket connection: what it subscribed to, and the frames that go out for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from twinstar.sim.model import AccountChanged, AccountEvent, OrderChanged, Tick
from twinstar.sim.ports import Exchange, Keys, Line
from twinstar.sim.wires.krw import subscription
from twinstar.sim.wires.krw.errors import Denial
from twinstar.sim.wires.krw.gateway import Gateway
from twinstar.sim.wires.krw.markets import market_id, symbol_of
from twinstar.sim.wires.krw.numbers import NUMBERS
from twinstar.sim.wires.krw.quotes import MOST_UNITS
from twinstar.sim.wires.krw.short import shorten
from twinstar.sim.wires.krw.subscription import Menu, Refused, Subscription, Wanted

BOOK_UNITS = {"1": 1, "5": 5, "15": 15, "30": 30}
UP = '{"status":"UP"}'
UP_EVERY_S = 10.0  # once a client has said PING


class Manners(Struct, frozen=True):
    """How a venue talks on its sockets."""

    menu: Menu
    short: Mapping[str, str]  # the names of ``format: SIMPLE``
    is_binary: bool


class Quoted(Protocol):
    def ws_ticker(self, symbol: str, stream_type: str) -> Struct: ...
    def ws_trade(self, tick: Tick, stream_type: str) -> Struct: ...
    def ws_book(self, symbol: str, units: int, stream_type: str) -> Struct: ...


class Connection:
    """Both kinds of socket: answers pings, replaces the subscription at each request, words the errors."""

    def __init__(self, line: Line, manners: Manners, *, private: bool) -> None:
        self._line = line
        self._manners = manners
        self._private = private
        self._format = "DEFAULT"
        self._removals: list[Callable[[], None]] = []
        self._heart: asyncio.TimerHandle | None = None

    def read(self, frame: str | bytes) -> Subscription | None:
        """The subscription that replaces the one before; None when the frame was a ping or refused."""
        if frame in ("PING", b"PING"):
            self._beat()
            return None
        try:
            wanted = subscription.read(frame, self._manners.menu, private=self._private)
        except Refused as refused:
            self.refuse(refused)
            return None
        self.drop()
        self._format = wanted.format
        return wanted

    def refuse(self, refused: Refused) -> None:
        self._line.send(subscription.error_frame(refused))

    def send(self, message: Struct) -> None:
        content = shorten(message, self._manners.short) if self._format.startswith("SIMPLE") else message
        frame = NUMBERS.encode([content] if self._format.endswith("LIST") else content)
        self._line.send(frame if self._manners.is_binary else frame.decode())

    def listen(self, removal: Callable[[], None]) -> None:
        self._removals.append(removal)

    def drop(self) -> None:
        for removal in self._removals:
            removal()
        self._removals.clear()

    def close(self) -> None:
        self.drop()
        if self._heart is not None:
            self._heart.cancel()

    def _beat(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
        self._line.send(UP)
        self._heart = asyncio.get_running_loop().call_later(UP_EVERY_S, self._beat)


class PublicSession:
    def __init__(self, exchange: Exchange, quotes: Quoted, manners: Manners, line: Line) -> None:
        self._exchange = exchange
        self._told = quotes
        self._connection = Connection(line, manners, private=False)

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
        self._connection.close()

    def _open(self, wanted: Wanted, symbol: str, depth: str) -> None:
        if wanted.snapshot:
            for message in self._snapshot(wanted.type, symbol, depth):
                self._connection.send(message)
        if wanted.realtime:
            listener = self._listener(wanted.type, symbol, depth)
            self._connection.listen(self._exchange.on_tick(symbol, listener))

    def _snapshot(self, kind: str, symbol: str, depth: str) -> Iterator[Struct]:
        match kind:
            case "ticker":
                yield self._told.ws_ticker(symbol, "SNAPSHOT")
            case "trade":
                for tick in self._exchange.ticks(symbol, 1):
                    yield self._told.ws_trade(tick, "SNAPSHOT")
            case _:
                yield self._told.ws_book(symbol, _units(depth), "SNAPSHOT")

    def _listener(self, kind: str, symbol: str, depth: str) -> Callable[[Tick], None]:
        send, quotes = self._connection.send, self._told
        match kind:
            case "ticker":
                return lambda _: send(quotes.ws_ticker(symbol, "REALTIME"))
            case "trade":
                return lambda tick: send(quotes.ws_trade(tick, "REALTIME"))
            case _:
                return lambda _: send(quotes.ws_book(symbol, _units(depth), "REALTIME"))


class Worded(Protocol):
    """A venue's words for what an account's owner is told."""

    manners: Manners

    def orders(self, event: OrderChanged) -> Iterator[Struct]: ...
    def assets(self, account: str, event: AccountChanged) -> Struct: ...


class PrivateSession:
    """Who cannot prove who they are is told so at each request."""

    def __init__(
        self,
        exchange: Exchange,
        words: Worded,
        gateway: Gateway,
        headers: Mapping[str, str],
        line: Line,
    ) -> None:
        self._exchange = exchange
        self._words = words
        self._connection = Connection(line, words.manners, private=True)
        self._keys: Keys | None = None
        try:
            self._keys, _ = gateway.identify(headers)
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
            self._connection.listen(self._exchange.on_account(account, self._listener(account, wanted)))

    def refuse(self, frame: str | bytes) -> None:
        self._connection.refuse(Refused("WRONG_FORMAT"))

    def on_close(self) -> None:
        self._connection.close()

    def _listener(self, account: str, wanted: Wanted) -> Callable[[AccountEvent], None]:
        def on_order(event: AccountEvent) -> None:
            if isinstance(event, OrderChanged) and _covers(wanted, event):
                for message in self._words.orders(event):
                    self._connection.send(message)

        def on_asset(event: AccountEvent) -> None:
            if isinstance(event, AccountChanged) and event.balances:
                self._connection.send(self._words.assets(account, event))

        return on_order if wanted.type == "myOrder" else on_asset


def _units(depth: str) -> int:
    """Of ``KRW-BTC.5``; a depth that there is not gives the whole book."""
    return BOOK_UNITS.get(depth, MOST_UNITS)


def _covers(wanted: Wanted, event: OrderChanged) -> bool:
    return not wanted.codes or market_id(event.order.request.symbol) in wanted.codes
