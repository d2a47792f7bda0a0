"""Writes down what happens to orders and money, tells it, and remembers which number comes next.

Everything between the begin and the end of a step happens together: it is one line of the ledger, and only
then are the owners told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from msgspec.structs import replace

from twinstar.sim import orders, settlement
from twinstar.sim.accounts import Account
from twinstar.sim.fees import fee_of
from twinstar.sim.model import (
    AccountChanged,
    AccountEvent,
    Balance,
    Execution,
    Listing,
    Order,
    OrderChanged,
    Position,
    Side,
    Status,
)
from twinstar.sim.pit import Pit
from twinstar.sim.ports import VenueClock

Told = tuple[Account, AccountEvent]


class Clerk:
    def __init__(self, clock: VenueClock, commit: Callable[[Sequence[Told]], None], pits: Mapping[str, Pit]) -> None:
        self.next_order = self.next_execution = self.next_priority = 1
        self._clock = clock
        self._commit = commit
        self._pits = pits
        self._told: list[Told] = []

    def number_after(self, account: Account) -> None:
        """Go on after what an account already has."""
        for order in account.orders.values():
            self.next_order = max(self.next_order, order.id + 1)
            self.next_priority = max(self.next_priority, order.priority + 1)
        for execution in account.executions[-1:]:
            self.next_execution = max(self.next_execution, execution.id + 1)

    def now_ms(self) -> int:
        return self._clock.now_ms()

    @contextmanager
    def step(self) -> Iterator[None]:
        """A refusal in it must come before anything is told."""
        yield
        told, self._told = self._told, []
        if told:
            self._commit(told)

    def tell(self, account: Account, event: AccountEvent) -> None:
        account.apply(event)
        self._told.append((account, event))

    def tell_account(
        self,
        account: Account,
        why: str,
        *,
        balances: tuple[Balance, ...] = (),
        positions: tuple[Position, ...] = (),
        realized: Decimal = Decimal(0),
    ) -> None:
        changed = AccountChanged(
            why=why, time_ms=self.now_ms(), balances=balances, positions=positions, realized=realized
        )
        self.tell(account, changed)

    def enter(self, account: Account, listing: Listing, order: Order, what: str) -> None:
        """A new, amended or fired order, with what it is to lock from now on."""
        self.next_order = max(self.next_order, order.id + 1)
        self.next_priority = max(self.next_priority, order.priority + 1)
        before = account.orders.get(order.id)
        self.tell(account, OrderChanged(order, what))
        self._lock(account, listing, order, order.locked - (before.locked if before else 0))

    def fill(
        self, pit: Pit, account: Account, order: Order, price: Decimal, quantity: Decimal, *, maker: bool
    ) -> Order:
        listing, request = pit.listing, order.request
        fee = fee_of(account, listing, self._pits, side=request.side, price=price, quantity=quantity, maker=maker)
        execution = Execution(
            id=self.next_execution,
            order_id=order.id,
            client_id=request.client_id,
            symbol=request.symbol,
            side=request.side,
            price=price,
            quantity=quantity,
            fee=fee.amount,
            fee_asset=fee.asset,
            maker=maker,
            realized=Decimal(0),
            time_ms=self.now_ms(),
            market_ms=self._clock.market_ms(),
        )
        self.next_execution += 1
        if listing.is_spot:
            settled = settlement.spot(account, listing, order, execution)
        else:
            settled = settlement.perpetual(account, listing, execution)
            execution = replace(execution, realized=settled.realized)
        after = orders.traded(order, execution, settled.locked)
        self.tell(account, OrderChanged(after, "trade", execution))
        self.tell_account(
            account,
            "order",
            balances=settled.balances,
            positions=settled.positions,
            realized=settled.realized,
        )
        self._keep_in_book(pit, account, order, after)
        return after

    def end(self, pit: Pit, account: Account, order: Order, status: Status, reason: str = "") -> Order:
        pit.resting.drop(order)
        pit.changed()
        after = orders.ended(order, status, self.now_ms(), reason)
        self.tell(account, OrderChanged(after, status.value))
        self._lock(account, pit.listing, order, -order.locked)
        return after

    def _lock(self, account: Account, listing: Listing, order: Order, amount: Decimal) -> None:
        if not amount:
            return
        asset = listing.quote if order.request.side is Side.BUY else listing.base
        balance = account.balance(asset)
        balance = replace(balance, free=balance.free - amount, locked=balance.locked + amount)
        self.tell_account(account, "order", balances=(balance,))

    @staticmethod
    def _keep_in_book(pit: Pit, account: Account, before: Order, after: Order) -> None:
        pit.changed()
        if not pit.resting.holds(before):
            return
        pit.resting.drop(before)
        if after.status.is_open:
            pit.resting.put(account.name, after)
