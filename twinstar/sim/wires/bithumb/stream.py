"""What Bithumb streams of an account, in its own words (myOrder v2 and myAsset); the times are wall time."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import UNSET, Struct

from twinstar.sim.model import AccountChanged, Execution, Order, OrderChanged, Side
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bithumb import frames, ids
from twinstar.sim.wires.bithumb.desk import Desk
from twinstar.sim.wires.bithumb.markets import FEE
from twinstar.sim.wires.bithumb.orders import cancel_type_of, state_of
from twinstar.sim.wires.bithumb.short import BITHUMB_SHORT
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.numbers import text
from twinstar.sim.wires.krw.orders import money_of, time_in_force_of, type_of
from twinstar.sim.wires.krw.stream import Manners
from twinstar.sim.wires.krw.subscription import Menu

MENU = Menu(("ticker", "trade", "orderbook"), ("DEFAULT", "SIMPLE"))
MANNERS = Manners(MENU, BITHUMB_SHORT, is_binary=True)


class Words:
    """As text frames; public ones are binary. Which it is, Bithumb does not say: a client must read both."""

    manners = Manners(MENU, BITHUMB_SHORT, is_binary=False)

    def __init__(self, exchange: Exchange, desk: Desk) -> None:
        self._exchange = exchange
        self._desk = desk

    def orders(self, event: OrderChanged) -> Iterator[Struct]:
        """A fill is told as trade; the one that ends an order is followed by how it ended."""
        order = event.order
        if event.what == "trade":
            yield self._frame(order, "trade", event.execution)
        if event.what != "trade" or not order.status.is_open:
            yield self._frame(order, "wait" if event.what == "new" else state_of(order))

    def assets(self, account: str, event: AccountChanged) -> Struct:
        return frames.MyAsset(
            assets=tuple(frames.Asset(each.asset, text(each.free), text(each.locked)) for each in event.balances),
            asset_timestamp=event.time_ms,
            timestamp=self._exchange.clock.now_ms(),
        )

    def _frame(self, order: Order, state: str, fill: Execution | None = None) -> frames.MyOrder:
        request = order.request
        order_type = type_of(order, self._desk.is_best(order))
        price = request.price if order_type == "limit" and request.price is not None else Decimal(0)
        return frames.MyOrder(
            code=market_id(request.symbol),
            order_id=ids.order_id(order.id),
            client_order_id=request.client_id or UNSET,
            side="buy" if request.side is Side.BUY else "sell",
            order_type=order_type,
            state=state,
            time_in_force=time_in_force_of(order) or UNSET,
            order_price=text(price),
            order_quantity=text(Decimal(0) if request.cost is not None else order.quantity),
            order_amount=text(request.cost if request.cost is not None else price * order.quantity),
            executed_quantity=text(order.filled),
            executed_amount=text(order.filled_cost),
            remaining_quantity=text(Decimal(0) if request.cost is not None else order.remaining),
            paid_fee=text(order.fee),
            remaining_fee=text(money_of(order, FEE).remaining),
            trade_id=ids.trade_id(fill.id) if fill else UNSET,
            trade_price=text(fill.price) if fill else UNSET,
            trade_quantity=text(fill.quantity) if fill else UNSET,
            trade_amount=text(fill.price * fill.quantity) if fill else UNSET,
            trade_fee=text(fill.fee) if fill else UNSET,
            trade_timestamp=fill.time_ms if fill else UNSET,
            cancel_type=(cancel_type_of(order) or UNSET) if state == "cancel" else UNSET,
            order_timestamp=order.created_ms,
            timestamp=self._exchange.clock.now_ms(),
        )
