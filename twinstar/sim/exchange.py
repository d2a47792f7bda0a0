"""One simulated venue as its wire sees it: the parts put together, and nothing decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from twinstar.sim import margin
from twinstar.sim.accounts import Account
from twinstar.sim.candles import as_it_began
from twinstar.sim.clerk import Clerk, Told
from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.desk import Desk
from twinstar.sim.feed import Feed
from twinstar.sim.ledger import Ledger, Opened
from twinstar.sim.listeners import Listeners
from twinstar.sim.market import Market
from twinstar.sim.model import (
    AccountChanged,
    AccountEvent,
    Balance,
    Book,
    Candle,
    Execution,
    Listing,
    Order,
    Payment,
    Position,
    Reason,
    Refusal,
    Request,
    Tick,
    Ticker,
)
from twinstar.sim.pit import Pit
from twinstar.sim.ports import Keys, VenueClock
from twinstar.sim.record import Record
from twinstar.sim.rows import Row
from twinstar.sim.settlement import unrealized
from twinstar.sim.treasury import Treasury


class SimExchange:
    """Implements `ports.Exchange`; `step` lets the market take its next step."""

    def __init__(
        self,
        markets: Mapping[str, Market],
        pits: Mapping[str, Pit],
        accounts: Mapping[str, Account],
        *,
        keys: Sequence[Keys],
        clock: VenueClock,
        feed: Feed,
        ledger: Ledger | None,
        seed: int,
    ) -> None:
        self.clock = clock
        self.feed = feed
        self.listings: Mapping[str, Listing] = {symbol: pit.listing for symbol, pit in pits.items()}
        self.accounts = accounts
        self._markets = markets
        self._pits = pits
        self._keys = {each.api_key: each for each in keys}
        self.record = Record(ledger, clock, pits)
        self._ticks: dict[str, Listeners[Tick]] = {symbol: Listeners() for symbol in pits}
        self._candles: dict[str, Listeners[Candle]] = {symbol: Listeners() for symbol in pits}
        self._news: dict[str, Listeners[AccountEvent]] = {name: Listeners() for name in accounts}
        self._late_ms = 0
        clerk = Clerk(clock, self._commit, pits)
        self._desk = Desk(pits, accounts, clerk)
        self.treasury = Treasury(pits, accounts, clerk, self._desk, seed)

    @property
    def keys(self) -> Sequence[Keys]:
        return tuple(self._keys.values())

    def account_of(self, api_key: str) -> Keys | None:
        return self._keys.get(api_key)

    # The market.

    def step(self) -> None:
        """The next thing happens: a tick; or a minute ends, and then in all markets at once."""
        while True:
            symbol, (at_ms, what) = self.feed.take()
            self.happen(symbol, what)
            if isinstance(what, Tick) or not self.feed.ends_minute_at(at_ms):
                return

    def happen(self, symbol: str, what: Tick | Row) -> None:
        """A tick, or the end of the minute that a row describes."""
        pit, market, listeners = self._pits[symbol], self._markets[symbol], self._candles[symbol]
        if not isinstance(what, Tick):
            listeners.tell(market.close(what))
            return
        market.trade(what)
        self._desk.on_tick(what)
        if not pit.listing.is_spot:
            self.treasury.liquidate()
        self._ticks[symbol].tell(what)
        if listeners and (forming := market.forming()):
            listeners.tell(forming)

    def is_heard(self, symbol: str) -> bool:
        return bool(self._ticks[symbol] or self._candles[symbol])

    def ticker(self, symbol: str) -> Ticker:
        pit = self._pit(symbol)
        book = pit.book(1)
        nobody = (pit.last, Decimal(0))
        bid, ask = next(iter(book.bids), nobody), next(iter(book.asks), nobody)
        return self._market(symbol).ticker(self.clock.market_ms(), bid, ask)

    def book(self, symbol: str, depth: int) -> Book:
        return self._pit(symbol).book(depth)

    def ticks(self, symbol: str, limit: int) -> Sequence[Tick]:
        return self._market(symbol).ticks(limit)

    def candles(
        self,
        symbol: str,
        step_ms: int,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> Sequence[Candle]:
        if step_ms <= 0 or step_ms % MINUTE_MS:
            raise Refusal(Reason.NOT_SUPPORTED, f"candles of {step_ms} ms")
        market = self._market(symbol)
        if not self._late_ms:
            return market.candles(step_ms, start_ms=start_ms, end_ms=end_ms, limit=limit)
        then_ms = self.clock.market_ms() - self._late_ms
        end_ms = then_ms if end_ms is None else min(end_ms, then_ms)
        found = market.candles(step_ms, start_ms=start_ms, end_ms=end_ms, limit=limit)
        return [as_it_began(each, market.listing) if each.open_ms + step_ms > then_ms else each for each in found]

    @contextmanager
    def candles_of_before(self, late_ms: int) -> Iterator[None]:
        """Inside, candles are as they were so long ago in market time; the one that formed then, as it began."""
        self._late_ms = late_ms
        try:
            yield
        finally:
            self._late_ms = 0

    def mark_price(self, symbol: str) -> Decimal:
        return self._pit(symbol).last

    def funding(self, symbol: str) -> tuple[Decimal, int]:
        self._pit(symbol)
        return self.treasury.funding(symbol)

    # The account.

    def balances(self, account: str) -> Sequence[Balance]:
        owner = self.accounts[account]
        return [margin.shown(owner, self.listings, balance) for balance in owner.balances()]

    def positions(self, account: str) -> Sequence[Position]:
        owner = self.accounts[account]
        return [owner.position(each.symbol) for each in self.listings.values() if not each.is_spot]

    def unrealized(self, account: str, symbol: str) -> Decimal:
        return unrealized(self.accounts[account].position(symbol), self._pit(symbol).last)

    def orders(self, account: str, *, symbol: str | None = None, open_only: bool = False) -> Sequence[Order]:
        owner = self.accounts[account]
        found = sorted(owner.open.values(), key=lambda order: order.id) if open_only else owner.orders.values()
        return [order for order in found if symbol in (None, order.request.symbol)]

    def order(self, account: str, *, order_id: int | None = None, client_id: str | None = None) -> Order:
        owner = self.accounts[account]
        if order_id is not None:
            order = owner.orders.get(order_id)
        else:
            order = owner.order_of(client_id) if client_id is not None else None
        if order is None:
            raise Refusal(Reason.UNKNOWN_ORDER, str(client_id if order_id is None else order_id))
        return order

    def executions(
        self, account: str, *, symbol: str | None = None, since_ms: int = 0, from_id: int = 0
    ) -> Sequence[Execution]:
        return [
            each
            for each in self.accounts[account].executions
            if each.time_ms >= since_ms and each.id >= from_id and symbol in (None, each.symbol)
        ]

    def payments(self, account: str, *, symbol: str | None = None, since_ms: int = 0) -> Sequence[Payment]:
        found = self.accounts[account].payments
        return [each for each in found if each.time_ms >= since_ms and symbol in (None, each.symbol)]

    # Trading.

    def place(self, account: str, request: Request) -> Order:
        with self.record.refusals(account, "place", request=request):
            return self._desk.place(account, request)

    def cancel(self, account: str, order_id: int) -> Order:
        with self.record.refusals(account, "cancel", order_id=order_id):
            return self._desk.cancel(account, order_id)

    def amend(
        self,
        account: str,
        order_id: int,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        trigger_price: Decimal | None = None,
    ) -> Order:
        with self.record.refusals(account, "amend", order_id=order_id):
            return self._desk.amend(account, order_id, quantity=quantity, price=price, trigger_price=trigger_price)

    def set_leverage(self, account: str, symbol: str, leverage: int) -> Position:
        with self.record.refusals(account, "leverage"):
            return self.treasury.set_leverage(account, symbol, leverage)

    def set_margin_mode(self, account: str, symbol: str, mode: str) -> Position:
        with self.record.refusals(account, "margin_mode"):
            return self.treasury.set_margin_mode(account, symbol, mode)

    # News.

    def on_tick(self, symbol: str, listener: Callable[[Tick], None]) -> Callable[[], None]:
        self._pit(symbol)
        return self._ticks[symbol].add(listener)

    def on_candle(self, symbol: str, listener: Callable[[Candle], None]) -> Callable[[], None]:
        self._pit(symbol)
        return self._candles[symbol].add(listener)

    def on_account(self, account: str, listener: Callable[[AccountEvent], None]) -> Callable[[], None]:
        return self._news[account].add(listener)

    # Its life.

    def open(self, opened: Opened | None, balances: Mapping[str, Decimal]) -> None:
        """``opened`` is None where the ledger's markets go on; who has never had anything gets ``balances``."""
        if opened is not None:
            self.record.opened(opened)
        for name, account in self.accounts.items():
            if balances and not account.balances():
                self.treasury.deposit(name, balances)

    def close(self) -> None:
        self.record.close()

    def _commit(self, told: Sequence[Told]) -> None:
        """It is on disk before anybody hears of it."""
        self.record.told(told)
        for account, event in told:
            self._news[account.name].tell(self._shown(account, event))

    def _shown(self, account: Account, event: AccountEvent) -> AccountEvent:
        """Owners see the margin of perpetuals as locked, the record does not."""
        if not isinstance(event, AccountChanged):
            return event
        balances = tuple(margin.shown(account, self.listings, each) for each in event.balances)
        return AccountChanged(event.why, event.time_ms, balances, event.positions, event.realized)

    def _pit(self, symbol: str) -> Pit:
        if symbol not in self._pits:
            raise Refusal(Reason.UNKNOWN_SYMBOL, symbol)
        return self._pits[symbol]

    def _market(self, symbol: str) -> Market:
        self._pit(symbol)
        return self._markets[symbol]
