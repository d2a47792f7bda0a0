"""The two sides of the simulated exchange: what a wire may ask of it, and what it asks of a wire.

A wire speaks one venue's protocol and decides nothing about money: it checks what that venue's gateway checks
(signature, timestamp, parameters), translates, calls `Exchange`, and words the answer or the refusal as the venue
would. Everything of `Exchange` is synchronous, so a request is one step for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from aiohttp import web
from msgspec import Struct

from twinstar.sim.model import (
    AccountEvent,
    Balance,
    Book,
    Candle,
    Execution,
    Listing,
    Order,
    Payment,
    Position,
    Request,
    Tick,
    Ticker,
)


class Keys(Struct, frozen=True, kw_only=True):
    """The credentials of one simulated account; made by the exchange, never a real venue's."""

    account: str
    api_key: str
    secret: str

    @property
    def passphrase(self) -> str:
        """Where a venue wants one: it is sent along as it is, like the key, and is no secret here."""
        return self.api_key

    def __repr__(self) -> str:
        return f"Keys(account={self.account!r})"


class VenueClock(Protocol):
    """Wall time for accounts and signatures, market time for candles and public trades."""

    def now_ms(self) -> int: ...
    def market_ms(self) -> int: ...


class Exchange(Protocol):
    """One simulated venue: markets, accounts, orders. Raises `Refusal`; a refused call changes nothing."""

    clock: VenueClock
    listings: Mapping[str, Listing]  # by unified symbol

    @property
    def keys(self) -> Sequence[Keys]:
        """Of all accounts, in an order that stays; for venues that give accounts a number."""
        ...

    def account_of(self, api_key: str) -> Keys | None: ...

    # Market data. Unknown symbol: Refusal(UNKNOWN_SYMBOL).
    def ticker(self, symbol: str) -> Ticker: ...
    def book(self, symbol: str, depth: int) -> Book: ...
    def ticks(self, symbol: str, limit: int) -> Sequence[Tick]:
        """The last public trades, oldest first."""
        ...

    def candles(
        self,
        symbol: str,
        step_ms: int,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> Sequence[Candle]:
        """Oldest first, both bounds inclusive on open time; the forming candle is the last, with closed=False.

        With ``start_ms`` the first ``limit`` from there on, else the last ``limit`` up to ``end_ms``. Minutes that
        the market does not have are not in it.
        """
        ...

    def mark_price(self, symbol: str) -> Decimal: ...
    def funding(self, symbol: str) -> tuple[Decimal, int]:
        """The current rate, and the wall time (ms) of the next funding."""
        ...

    # The account.
    def balances(self, account: str) -> Sequence[Balance]: ...
    def positions(self, account: str) -> Sequence[Position]:
        """Every perpetual listing of the venue, flat ones too."""
        ...

    def unrealized(self, account: str, symbol: str) -> Decimal: ...
    def orders(self, account: str, *, symbol: str | None = None, open_only: bool = False) -> Sequence[Order]:
        """Oldest first."""
        ...

    def order(self, account: str, *, order_id: int | None = None, client_id: str | None = None) -> Order:
        """By id, or the *newest* with that client id. Refusal(UNKNOWN_ORDER)."""
        ...

    def executions(
        self, account: str, *, symbol: str | None = None, since_ms: int = 0, from_id: int = 0
    ) -> Sequence[Execution]:
        """Oldest first, ``time_ms >= since_ms`` and ``id >= from_id``."""
        ...

    def payments(self, account: str, *, symbol: str | None = None, since_ms: int = 0) -> Sequence[Payment]:
        """Funding, oldest first."""
        ...

    # Trading.
    def place(self, account: str, request: Request) -> Order:
        """Validate, lock funds, match what can be matched now; the order as it stands after that.

        A client id that is in use by an open order of the account is refused (Binance); a wire whose venue keeps
        ids for ever asks `order` first.
        """
        ...

    def cancel(self, account: str, order_id: int) -> Order: ...
    def amend(
        self,
        account: str,
        order_id: int,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        trigger_price: Decimal | None = None,
    ) -> Order:
        """In place, the id stays; loses time priority. Refusal(NOT_OPEN | NO_CHANGE | BAD_TICK …)."""
        ...

    def set_leverage(self, account: str, symbol: str, leverage: int) -> Position: ...
    def set_margin_mode(self, account: str, symbol: str, mode: str) -> Position: ...

    # News. Listeners are called synchronously, in order, after the change; the returned call removes the listener.
    def on_tick(self, symbol: str, listener: Callable[[Tick], None]) -> Callable[[], None]: ...
    def on_candle(self, symbol: str, listener: Callable[[Candle], None]) -> Callable[[], None]:
        """The one-minute candle after each tick (closed=False), and once more when it is final (closed=True).

        A minute's closed candle comes before the first tick of the next minute.
        """
        ...

    def on_account(self, account: str, listener: Callable[[AccountEvent], None]) -> Callable[[], None]: ...


class Line(Protocol):
    """One WebSocket connection, as the server lends it to a wire: frames go through the faults and are bounded.

    ``send`` never waits; a reader that falls more than a bound behind is cut off, as a venue would. The market
    waits for its readers before it takes its next step, so an accelerated replay loses nobody.
    """

    def send(self, frame: str | bytes) -> None: ...
    def close(self, code: int = 1000) -> None: ...
    @property
    def closed(self) -> bool: ...


class Session(Protocol):
    """A wire's side of one WebSocket connection."""

    def on_frame(self, frame: str | bytes) -> None:
        """A client's frame (WS pings are answered by the server)."""
        ...

    def refuse(self, frame: str | bytes) -> None:
        """Answer it as the venue does when it will not have it; nothing else changes."""
        ...

    def on_close(self) -> None:
        """The line is gone: drop every listener."""
        ...


class RestRequest(Struct, frozen=True, kw_only=True):
    """An HTTP request after the host segment was taken off its path; ``query`` is the raw query string."""

    method: str
    host: str  # the venue's own host, kept as the first path segment: "fapi.binance.com"
    path: str  # "/fapi/v1/order"
    query: str
    body: str
    headers: Mapping[str, str]  # keys in lower case


class TurnedAway(Exception):
    """A WebSocket that is not let in, with this HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Wire(Protocol):
    """One venue's protocol."""

    ccxt_id: str

    def rest(self, request: RestRequest) -> web.Response:
        """Answer; never raises for what a client sent."""
        ...

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """A client opened a WebSocket at ``path`` (with the host segment); None: HTTP 404. Raises `TurnedAway`."""
        ...


MakeWire = Callable[[Exchange], Wire]
