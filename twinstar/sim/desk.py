"""Orders come in, wait, meet, fire and end here; the rules are elsewhere and pure, the order of things is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from twinstar.sim import matching, orders
from twinstar.sim.accounts import Account
from twinstar.sim.admission import check_margin, paid_on_spot
from twinstar.sim.checks import check, check_client_id
from twinstar.sim.clerk import Clerk
from twinstar.sim.grid import below
from twinstar.sim.matching import Offer, Serve, whole_once_passed
from twinstar.sim.model import Kind, Order, Reason, Refusal, Request, Side, Status, Tick, TimeInForce
from twinstar.sim.pit import Pit, house_of

NO_LIQUIDITY = "nobody offers more"
NOTHING_TO_REDUCE = "nothing is left to reduce"


class Desk:
    """``serve``: what a public trade brings to the orders that wait for it. Who adds a pit later opens it here."""

    def __init__(
        self,
        pits: Mapping[str, Pit],
        accounts: Mapping[str, Account],
        clerk: Clerk,
        serve: Serve = whole_once_passed,
    ) -> None:
        self._pits = pits
        self._accounts = accounts
        self._clerk = clerk
        self._serving = serve
        for account in accounts.values():
            clerk.number_after(account)
        for pit in pits.values():
            self.open(pit)

    def open(self, pit: Pit) -> None:
        """What waits for this market goes on waiting."""
        for account in self._accounts.values():
            for order in account.open_of(pit.listing.symbol):
                pit.resting.put(account.name, order)

    # What clients ask for.

    def place(self, name: str, request: Request) -> Order:
        account, pit = self._accounts[name], self._pit(request.symbol)
        check(request, pit.listing, pit.last)
        check_client_id(request, account)
        clerk = self._clerk
        order = orders.accepted(request, clerk.next_order, clerk.next_priority, clerk.now_ms())
        with clerk.step():
            self._enter(account, pit, order, "new")
        return account.orders[order.id]

    def cancel(self, name: str, order_id: int) -> Order:
        account, order = self._open(name, order_id)
        with self._clerk.step():
            return self._clerk.end(self._pit(order.request.symbol), account, order, Status.CANCELED)

    def amend(
        self,
        name: str,
        order_id: int,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        trigger_price: Decimal | None = None,
    ) -> Order:
        account, order = self._open(name, order_id)
        pit, before = self._pit(order.request.symbol), order.request
        request = replace(
            before,
            quantity=before.quantity if quantity is None else quantity,
            price=before.price if price is None else price,
            trigger_price=before.trigger_price if trigger_price is None else trigger_price,
        )
        _check_amendment(order, request, pit)
        changed = replace(
            order,
            request=request,
            quantity=request.quantity or order.quantity,
            priority=self._clerk.next_priority,
            updated_ms=self._clerk.now_ms(),
        )
        with self._clerk.step():
            self._enter(account, pit, changed, "amended")
        return account.orders[order_id]

    # What the market does to them.

    def on_tick(self, tick: Tick) -> None:
        pit = self._pits[tick.symbol]
        pit.renew()
        if pit.resting.is_empty:
            return
        with self._clerk.step():
            self._serve(pit, Side.BUY, tick)
            self._serve(pit, Side.SELL, tick)
            self._fire(pit, tick)
            self._sweep(pit)

    def close_by_force(self, account: Account, pit: Pit, quantity: Decimal, client_id: str) -> None:
        """Part of somebody else's step: cancel what is open there, and sell or buy back the position at any price."""
        for order in account.open_of(pit.listing.symbol):
            self._clerk.end(pit, account, order, Status.CANCELED, client_id)
        request = Request(
            symbol=pit.listing.symbol,
            side=Side.SELL if quantity > 0 else Side.BUY,
            kind=Kind.MARKET,
            quantity=abs(quantity),
            reduce_only=True,
            client_id=client_id,
        )
        clerk = self._clerk
        order = orders.accepted(request, clerk.next_order, clerk.next_priority, clerk.now_ms())
        self._enter(account, pit, order, "new")

    def _serve(self, pit: Pit, side: Side, tick: Tick) -> None:
        there = tick.quantity
        for waiting in pit.resting.side(side).reached_by(tick.price):
            account = self._accounts[waiting.account]
            order = account.orders[waiting.order.id]
            price, wanted = order.request.price or tick.price, _may_trade(account, order)
            served = self._serving(price, tick.price, wanted, below(there, pit.listing.lot))
            there = served.left
            if served.quantity > 0:
                self._clerk.fill(pit, account, order, price, served.quantity, maker=True)

    def _fire(self, pit: Pit, tick: Tick) -> None:
        reached = [*pit.resting.rising.reached_by(tick.price), *pit.resting.falling.reached_by(tick.price)]
        for waiting in sorted(reached, key=lambda each: each.order.priority):
            account, order = self._accounts[waiting.account], waiting.order
            quantity = account.reducible(order) if order.request.close_position else order.quantity
            fired = orders.triggered(order, quantity, self._clerk.next_priority, self._clerk.now_ms())
            try:
                self._enter(account, pit, fired, "triggered")
            except Refusal as refusal:
                self._clerk.end(pit, account, order, Status.EXPIRED, str(refusal))

    def _sweep(self, pit: Pit) -> None:
        """A reduce-only order that has nothing left to reduce is over."""
        if pit.listing.is_spot:
            return
        for account in self._accounts.values():
            for order in account.open_of(pit.listing.symbol):
                waits_for_trigger = order.status is Status.UNTRIGGERED
                if order.request.reduce_only and not waits_for_trigger and not account.reducible(order):
                    self._clerk.end(pit, account, order, Status.EXPIRED, NOTHING_TO_REDUCE)

    # An order's way in, the same for a new one, an amended one and one that fires.

    def _enter(self, account: Account, pit: Pit, order: Order, what: str) -> None:
        if order.status is Status.UNTRIGGERED:
            if orders.fires(order, pit.last):
                raise Refusal(Reason.WOULD_TRIGGER, f"{order.request.trigger_price} at a price of {pit.last}")
            if pit.listing.is_spot:  # it binds what it will sell, or pay, while it waits
                order = paid_on_spot(account, pit.listing, order, ())
            taken: Sequence[Offer] = ()
        else:
            order, taken = self._admitted(account, pit, order)
        before = account.orders.get(order.id)
        if before is not None:
            pit.resting.drop(before)
        self._clerk.enter(account, pit.listing, order, what)
        may_take = order.request.time_in_force is not TimeInForce.POST_ONLY
        order = self._trade(account, pit, order, taken if may_take else ())
        if taken and not may_take:
            self._clerk.end(pit, account, order, Status.EXPIRED, Reason.WOULD_TAKE.value)
        elif order.status is Status.UNTRIGGERED or (order.status.is_open and orders.may_rest(order)):
            pit.resting.put(account.name, order)
            pit.changed()
        elif order.status.is_open:
            self._clerk.end(pit, account, order, Status.EXPIRED, NO_LIQUIDITY)
        self._sweep(pit)

    def _admitted(self, account: Account, pit: Pit, order: Order) -> tuple[Order, Sequence[Offer]]:
        request, listing = order.request, pit.listing
        wanted = _may_trade(account, order)
        if wanted <= 0 and request.cost is None:
            raise Refusal(Reason.NOT_REDUCING)
        taken = matching.plan(
            pit.offers(request.side.opposite, order.id),
            request.side,
            orders.limit_of(order),
            quantity=wanted,
            cost=request.cost or Decimal(0),
            lot=listing.lot,
        )
        if taken and request.time_in_force is TimeInForce.POST_ONLY and not request.ends_if_taking:
            raise Refusal(Reason.WOULD_TAKE)
        if request.time_in_force is TimeInForce.FOK and not matching.covers(taken, order):
            taken = []
        if listing.is_spot:
            return paid_on_spot(account, listing, order, taken), taken
        check_margin(account, house_of(self._pits), order, taken)
        return order, taken

    def _trade(self, account: Account, pit: Pit, order: Order, taken: Sequence[Offer]) -> Order:
        for offer in taken:
            quantity = min(offer.quantity, _may_trade(account, order))
            if offer.client is None:
                pit.crowd.eat(offer.price, quantity)
            else:
                quantity = self._serve_client(pit, offer, quantity)
            if quantity > 0:
                order = self._clerk.fill(pit, account, order, offer.price, quantity, maker=False)
        return order

    def _serve_client(self, pit: Pit, offer: Offer, quantity: Decimal) -> Decimal:
        """The other side of a trade between clients; how much of it there was."""
        if offer.client is None:
            return Decimal(0)
        account = self._accounts[offer.client.account]
        order = account.orders[offer.client.order.id]
        quantity = min(quantity, _may_trade(account, order))
        if quantity > 0:
            self._clerk.fill(pit, account, order, offer.price, quantity, maker=True)
        return quantity

    def _pit(self, symbol: str) -> Pit:
        if symbol not in self._pits:
            raise Refusal(Reason.UNKNOWN_SYMBOL, symbol)
        return self._pits[symbol]

    def _open(self, name: str, order_id: int) -> tuple[Account, Order]:
        account = self._accounts[name]
        order = account.orders.get(order_id)
        if order is None:
            raise Refusal(Reason.UNKNOWN_ORDER, str(order_id))
        if not order.status.is_open:
            raise Refusal(Reason.NOT_OPEN, f"{order_id} is {order.status.value}")
        return account, order


def _may_trade(account: Account, order: Order) -> Decimal:
    """A reduce-only order never opens or turns a position."""
    if order.request.reduce_only or order.request.close_position:
        return min(order.remaining, account.reducible(order))
    return order.remaining


def _check_amendment(order: Order, request: Request, pit: Pit) -> None:
    if request == order.request:
        raise Refusal(Reason.NO_CHANGE, str(order.id))
    if order.triggered and request.trigger_price != order.request.trigger_price:
        raise Refusal(Reason.BAD_VALUE, "it has fired already")
    check(request, pit.listing, pit.last)
    if request.quantity is not None and request.quantity <= order.filled:
        raise Refusal(Reason.BAD_VALUE, f"quantity {request.quantity}, of which {order.filled} is filled")
