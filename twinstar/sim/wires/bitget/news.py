"""Private channels: what becomes of orders, plans, executions, positions and balance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

from twinstar.sim.model import AccountChanged, AccountEvent, OrderChanged
from twinstar.sim.wires.bitget import account as accounts
from twinstar.sim.wires.bitget import views, words
from twinstar.sim.wires.bitget.desk import Desk, Json

Send = Callable[[str, list[Any]], None]  # the action, and the rows
Stop = Callable[[], None]
SNAPSHOT = "snapshot"


class News:
    """Of one account, in some markets."""

    def __init__(self, desk: Desk, account: str, symbols: set[str]) -> None:
        self._desk, self._account, self._symbols = desk, account, symbols

    def start(self, name: str, send: Send) -> Stop:
        say, first = CHANNELS[name]
        if beginning := list(first(self)):
            send(SNAPSHOT, beginning)

        def on_event(event: AccountEvent) -> None:
            if rows := list(say(self, event)):
                send(SNAPSHOT, rows)

        return self._desk.exchange.on_account(self._account, on_event)

    def orders(self, event: AccountEvent) -> Iterator[Json]:
        if self._is_order(event) and words.is_plain(event.order):
            yield views.order_update(self._desk, self._account, event.order, event.execution)

    def plans(self, event: AccountEvent) -> Iterator[Json]:
        """Until it fires, and that it did; then it is an order."""
        if not self._is_order(event) or not words.is_plan(event.order):
            return
        if event.what == "triggered" or not event.order.triggered:
            yield views.plan_update(self._desk, event.order)

    def fills(self, event: AccountEvent) -> Iterator[Json]:
        if self._is_order(event) and event.execution is not None:
            yield views.fill_update(self._desk, event.order, event.execution)

    def _is_order(self, event: AccountEvent) -> TypeGuard[OrderChanged]:
        return isinstance(event, OrderChanged) and event.order.request.symbol in self._symbols

    def positions(self, event: AccountEvent) -> Iterator[Json]:
        """All that is held, whenever something of it changed; what is over is not in it."""
        if isinstance(event, AccountChanged) and event.positions:
            yield from self.every_position()

    def every_position(self) -> Iterator[Json]:
        wallet = self._desk.wallet(self._account)
        for each in wallet.exposures:
            if each.position.quantity and each.position.symbol in self._symbols:
                yield accounts.position_update(self._desk, self._account, each, wallet)

    def balance(self, event: AccountEvent) -> Iterator[Json]:
        if isinstance(event, AccountChanged):
            yield from self.whole_balance()

    def whole_balance(self) -> Iterator[Json]:
        yield accounts.balance_update(self._desk.wallet(self._account))


def _nothing(_: News) -> Iterator[Json]:
    return iter(())


CHANNELS: Mapping[str, tuple[Callable[[News, AccountEvent], Iterator[Json]], Callable[[News], Iterator[Json]]]] = {
    "orders": (News.orders, _nothing),
    "orders-algo": (News.plans, _nothing),
    "fill": (News.fills, _nothing),
    "positions": (News.positions, News.every_position),
    "account": (News.balance, News.whole_balance),
}
