"""What an account has and has asked for. It changes by the events that its owner is told, and in no other way.

So the ledger, which is those events on disk, gives back the account exactly.
Balances are kept raw: what spot orders lock is locked, while the margin of perpetuals is worked out when asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from twinstar.sim.model import (
    AccountChanged,
    AccountEvent,
    Balance,
    Execution,
    Order,
    OrderChanged,
    Payment,
    Position,
)


class Account:
    def __init__(self, name: str) -> None:
        self.name = name
        self.orders: dict[int, Order] = {}
        self.open: dict[int, Order] = {}
        self.executions: list[Execution] = []
        self.payments: list[Payment] = []
        self._newest: dict[str, int] = {}
        self._balances: dict[str, Balance] = {}
        self._positions: dict[str, Position] = {}

    def apply(self, event: AccountEvent) -> None:
        match event:
            case OrderChanged():
                self._take_order(event.order, event.execution)
            case AccountChanged():
                self._balances.update((balance.asset, balance) for balance in event.balances)
                self._positions.update((position.symbol, position) for position in event.positions)
                if event.why == "funding":
                    self._take_funding(event)

    def _take_order(self, order: Order, execution: Execution | None) -> None:
        if order.request.client_id is not None and order.id not in self.orders:
            self._newest[order.request.client_id] = order.id
        self.orders[order.id] = order
        if order.status.is_open:
            self.open[order.id] = order
        else:
            self.open.pop(order.id, None)
        if execution is not None:
            self.executions.append(execution)

    def _take_funding(self, event: AccountChanged) -> None:
        (position,) = event.positions
        payment = Payment(
            id=len(self.payments) + 1, symbol=position.symbol, amount=event.realized, time_ms=event.time_ms
        )
        self.payments.append(payment)

    def balance(self, asset: str) -> Balance:
        return self._balances.get(asset) or Balance(asset=asset)

    def balances(self) -> Collection[Balance]:
        return self._balances.values()

    def position(self, symbol: str) -> Position:
        return self._positions.get(symbol) or Position(symbol=symbol)

    def held(self) -> Iterable[Position]:
        return [position for position in self._positions.values() if position.quantity]

    def order_of(self, client_id: str) -> Order | None:
        """The newest with that client id."""
        order_id = self._newest.get(client_id)
        return None if order_id is None else self.orders[order_id]

    def open_of(self, symbol: str) -> list[Order]:
        return [order for order in self.open.values() if order.request.symbol == symbol]

    def reducible(self, order: Order) -> Decimal:
        """How much of the position the order could close at most."""
        return max(Decimal(0), -order.request.side.sign * self.position(order.request.symbol).quantity)
