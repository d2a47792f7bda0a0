"""The venue's markets as they are heard, one account, and the simulated exchange's matching engine between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from twinstar.builtin.paper import candle as candles
from twinstar.builtin.paper.books import NAME, opened
from twinstar.builtin.paper.clock import PaperTime
from twinstar.builtin.paper.pit import PaperPit, only_what_passed
from twinstar.config import PaperVenueConfig
from twinstar.domain import Candle
from twinstar.sim import margin
from twinstar.sim.clerk import Clerk, Told
from twinstar.sim.desk import Desk
from twinstar.sim.listeners import Listeners
from twinstar.sim.model import (
    AccountEvent,
    Balance,
    Listing,
    Order,
    Position,
    Reason,
    Refusal,
    Request,
    Side,
    Tick,
)
from twinstar.sim.pit import Pit
from twinstar.sim.record import Record
from twinstar.sim.treasury import Treasury

PERCENT = Decimal("0.01")


class PaperExchange:
    """Everything is synchronous. Raises `Refusal`, and `StateError` where the ledger is damaged."""

    def __init__(self, file: Path | None, clock: PaperTime, config: PaperVenueConfig) -> None:
        self._books, ledger = opened(file)
        self._account = self._books.account
        self._clock, self._config = clock, config
        clock.reach(self._books.market_ms)
        self._listings: dict[str, Listing] = {}
        self._pits: dict[str, PaperPit] = {}  # of the markets whose price is known
        self._news: Listeners[AccountEvent] = Listeners()
        self._record = Record(ledger, clock, self._pits)
        accounts = {NAME: self._account}
        clerk = Clerk(clock, self._commit, self._pits)
        self._desk = Desk(self._pits, accounts, clerk, only_what_passed)
        self._treasury = Treasury(self._pits, accounts, clerk, self._desk, seed=0)
        if not self._account.balances():
            self._treasury.deposit(NAME, config.balances)

    @property
    def is_listed(self) -> bool:
        return bool(self._listings)

    def admit(self, listing: Listing) -> None:
        """From now on what is heard of this market counts."""
        self._listings.setdefault(listing.symbol, listing)

    def close(self) -> None:
        self._record.close()

    # The markets.

    def knows_price_of(self, symbol: str) -> bool:
        return symbol in self._pits

    def trade(self, symbol: str, price: Decimal, quantity: Decimal, taker: Side) -> None:
        """Somebody traded at the venue."""
        if symbol in self._listings:
            self._happen(self._tick(symbol, price, quantity, taker))

    def judge(self, candle: Candle, end_ms: int) -> None:
        """Only a candle tells what happened then: it counts for the orders that had stood when it opened."""
        symbol = candle.instrument.symbol
        if symbol not in self._listings:
            return
        pit = self._pit(self._tick(symbol, candle.open, Decimal(0), Side.BUY))
        before = pit.tape.last
        with self._aside(pit, later_than_ms=candle.open_ms):
            for price, quantity in candles.path(candle, pit.resting):
                pit.tape.last = self._tick(symbol, price, quantity, Side.BUY)
                self._desk.on_tick(pit.tape.last)
        if before.market_ms > end_ms:
            pit.tape.last = before  # it is the past that was judged

    def waits_since_ms(self, symbol: str) -> int | None:
        """The market time since which the oldest of a market's open orders stands as it is."""
        return min((self._books.since_ms[order.id] for order in self._account.open_of(symbol)), default=None)

    # The account.

    def place(self, request: Request) -> Order:
        with self._record.refusals(NAME, "place", request=request):
            self._demand_price_of(request.symbol)
            if self._listings[request.symbol].is_spot:  # where nothing is short, every sale reduces
                request = replace(request, reduce_only=False)
            return self._desk.place(NAME, request)

    def cancel(self, client_id: str) -> None:
        with self._asked(client_id, "cancel") as order:
            self._desk.cancel(NAME, order.id)

    def amend(
        self, client_id: str, *, quantity: Decimal, price: Decimal | None, trigger_price: Decimal | None
    ) -> Order:
        """What is None stays as it is; so does an order that is asked for just as it stands."""
        with self._asked(client_id, "amend") as order:
            try:
                return self._desk.amend(NAME, order.id, quantity=quantity, price=price, trigger_price=trigger_price)
            except Refusal as refusal:
                if refusal.reason is not Reason.NO_CHANGE:
                    raise
                return order

    def order_of(self, client_id: str) -> Order | None:
        return self._account.order_of(client_id)

    def standing(self) -> Sequence[Order]:
        return list(self._account.open.values())

    def balances(self) -> Sequence[Balance]:
        return [margin.shown(self._account, self._listings, each) for each in self._account.balances()]

    def held(self) -> Sequence[Position]:
        return list(self._account.held())

    def on_news(self, listener: Callable[[AccountEvent], None]) -> Callable[[], None]:
        return self._news.add(listener)

    def _commit(self, told: Sequence[Told]) -> None:
        """It is written before anybody hears of it."""
        self._record.told(told)
        for _, event in told:
            self._books.note(event, self._clock.market_ms())
            self._news.tell(event)

    @contextmanager
    def _asked(self, client_id: str, action: str) -> Iterator[Order]:
        order = self.order_of(client_id)
        if order is None:
            raise Refusal(Reason.UNKNOWN_ORDER, client_id)
        with self._record.refusals(NAME, action, order_id=order.id):
            self._demand_price_of(order.request.symbol)
            yield order

    def _demand_price_of(self, symbol: str) -> None:
        if symbol not in self._pits:
            raise Refusal(Reason.UNKNOWN_SYMBOL, f"no price of {symbol} is known yet")

    def _happen(self, tick: Tick) -> None:
        pit = self._pit(tick)
        pit.tape.last = tick
        self._desk.on_tick(tick)
        if self._account.position(tick.symbol).quantity:
            self._treasury.liquidate()

    def _tick(self, symbol: str, price: Decimal, quantity: Decimal, taker: Side) -> Tick:
        pit = self._pits.get(symbol)
        return Tick(
            id=pit.tape.last.id + 1 if pit else 1,
            symbol=symbol,
            market_ms=self._clock.market_ms(),
            price=price,
            quantity=quantity,
            taker=taker,
        )

    def _pit(self, tick: Tick) -> PaperPit:
        """A market is opened by the first that is heard of its price."""
        symbol = tick.symbol
        if symbol in self._pits:
            return self._pits[symbol]
        pit = self._pits[symbol] = PaperPit(self._listings[symbol], tick, self._config.slippage_percent * PERCENT)
        self._desk.open(pit)
        is_in_use = self._account.position(symbol).quantity or self._account.open_of(symbol)
        if not pit.listing.is_spot and not is_in_use:
            self._treasury.set_leverage(NAME, symbol, self._config.leverage)
        return pit

    @contextmanager
    def _aside(self, pit: Pit, *, later_than_ms: int) -> Iterator[None]:
        """Inside, orders that came or changed later than that are not there."""
        symbol, since_ms = pit.listing.symbol, self._books.since_ms
        young = [order for order in self._account.open_of(symbol) if since_ms[order.id] > later_than_ms]
        for order in young:
            pit.resting.drop(order)
        yield
        for order in young:
            if order.id in self._account.open:
                pit.resting.put(NAME, self._account.open[order.id])
