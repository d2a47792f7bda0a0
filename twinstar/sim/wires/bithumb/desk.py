"""Orders placed and canceled, one at a time and in batches. What there is of them, `reading` tells."""

from __future__ import annotations

from twinstar.sim.model import Order, Refusal, Request
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bithumb import ids, messages, orders, placing
from twinstar.sim.wires.bithumb.errors import denied, invalid, of_refusal
from twinstar.sim.wires.bithumb.limits import Limits
from twinstar.sim.wires.krw.errors import Denial, parameter_missing
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.orders import side_of
from twinstar.sim.wires.krw.params import Params, of_body

MOST_OF_A_BATCH = 30


class Desk:
    """Remembers which orders were of type best, which are limit orders to the exchange."""

    def __init__(self, exchange: Exchange, limits: Limits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._best: set[int] = set()
        self._placing_best: Request | None = None

    def is_best(self, order: Order) -> bool:
        return order.id in self._best or order.request is self._placing_best

    def find(self, account: str, order_id: str | None, client_id: str | None) -> Order:
        if order_id is None and client_id is None:
            raise parameter_missing()
        try:
            if order_id is None:
                return self._exchange.order(account, client_id=client_id)
            return self._exchange.order(account, order_id=ids.order_number(order_id) or 0)
        except Refusal as refusal:
            raise denied("order_not_found") from refusal

    # -- one order

    def place(self, account: str, params: Params) -> messages.Placed:
        """A client order id that was used before gives the order that has it (Bithumb's AI trade kit says so)."""
        wish = placing.read(params, self._exchange)
        if wish.client_id is not None and (before := self._known(account, wish.client_id)):
            return orders.placed(before, best=self.is_best(before))
        self._limits.admit_coin(market_id(wish.symbol), self._exchange.clock.now_ms())
        request = placing.request_of(wish, self._exchange)
        best = wish.ord_type == "best"
        self._placing_best = request if best else None  # its frames leave before its number is known here
        try:
            order = self._exchange.place(account, request)
        except Refusal as refusal:
            raise of_refusal(refusal, wish.side) from refusal
        finally:
            self._placing_best = None
        if best:
            self._best.add(order.id)
        return orders.placed(order, best=best)

    def cancel(self, account: str, params: Params) -> messages.Canceled:
        return self._cancel(account, params.get("order_id"), params.get("client_order_id"))

    # -- batches

    def place_batch(self, account: str, params: Params) -> messages.PlacedBatch:
        bodies = _batch(params, "batch_orders")
        return messages.PlacedBatch(tuple(self._placed_or_failed(account, body) for body in bodies))

    def cancel_batch(self, account: str, params: Params) -> messages.CanceledBatch:
        by_client_id = bool(params.all("client_order_ids"))
        success, fail = [], []
        for each in _batch(params, "client_order_ids" if by_client_id else "order_ids"):
            named = {"client_order_id" if by_client_id else "order_id": each}
            try:
                success.append(self._cancel(account, named.get("order_id"), named.get("client_order_id")))
            except Denial as denial:
                fail.append(messages.Failed(name=denial.name, message=denial.message, **named))
        return messages.CanceledBatch(tuple(success), tuple(fail))

    # -- within

    def _known(self, account: str, client_id: str) -> Order | None:
        try:
            return self._exchange.order(account, client_id=client_id)
        except Refusal:
            return None

    def _cancel(self, account: str, order_id: str | None, client_id: str | None) -> messages.Canceled:
        order = self.find(account, order_id, client_id)
        self._limits.admit_coin(market_id(order.request.symbol), self._exchange.clock.now_ms())
        try:
            self._exchange.cancel(account, order.id)
        except Refusal as refusal:
            raise of_refusal(refusal, side_of(order)) from refusal
        return orders.canceled(order)

    def _placed_or_failed(self, account: str, body: str) -> messages.Placed | messages.Failed:
        try:
            return self.place(account, of_body(body))
        except Denial as denial:
            return messages.Failed(name=denial.name, message=denial.message)


def _batch(params: Params, name: str) -> tuple[str, ...]:
    given = params.all(name)
    if not given:
        raise parameter_missing()
    if len(given) > MOST_OF_A_BATCH:
        raise invalid(name)
    return given
