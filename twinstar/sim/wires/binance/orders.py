"""Orders over REST: place, cancel, look up, and their executions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twinstar.sim.model import Order
from twinstar.sim.wires.binance import views
from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.pairs import Pair
from twinstar.sim.wires.binance.placing import check_band, request_of
from twinstar.sim.wires.binance_common import errors, finding
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route, by_symbol
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.finding import executions_asked, orders_asked
from twinstar.sim.wires.binance_common.placing import client_id_of

MOST_OPEN, MOST_STOPS = 200, 5
ANSWERS: dict[str, Callable[[Order], Json]] = {
    "ACK": views.acknowledged,
    "RESULT": views.result,
    "FULL": views.full,
}
NEVER_FULL = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER")


def place(desk: Desk, call: Call) -> Answer:
    pair = desk.market(call.params)
    request, answer = request_of(pair, call.params), _answer_of(call)
    check_band(request, desk.exchange.mark_price(request.symbol))
    _check_room(desk, call, pair)
    return answer(desk.exchange.place(call.account, request))


def _answer_of(call: Call) -> Callable[[Order], Json]:
    usual = "ACK" if call.params.text("type") in NEVER_FULL else "FULL"
    name = call.params.text_or_none("newOrderRespType") or usual
    if name not in ANSWERS:
        raise ApiError(-1136, "Invalid newOrderRespType.")
    return ANSWERS[name]


def _check_room(desk: Desk, call: Call, pair: Pair) -> None:
    standing = _orders(desk, call, pair, open_only=True)
    if len(standing) >= MOST_OPEN:
        raise ApiError(-1013, "Filter failure: MAX_NUM_ORDERS")
    stops = [order for order in standing if order.request.kind.is_trigger and not order.triggered]
    if "stopPrice" in call.params.values and len(stops) >= MOST_STOPS:
        raise ApiError(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")


def cancel(desk: Desk, call: Call) -> Answer:
    order = find(desk, call)
    return _cancel(desk, call, order, client_id_of(call.params, "newClientOrderId"))


def cancel_all(desk: Desk, call: Call) -> Answer:
    standing = _orders(desk, call, desk.market(call.params), open_only=True)
    if not standing:
        raise ApiError(*errors.UNKNOWN_ON_CANCEL)
    return [_cancel(desk, call, order, None) for order in standing]


def _cancel(desk: Desk, call: Call, order: Order, cancel_id: str | None) -> Json:
    if order.status.is_open:
        desk.cancel_ids[order.id] = cancel_id or f"sim_c{order.id}"
    ended = desk.exchange.cancel(call.account, order.id)
    return views.canceled(ended, desk.cancel_ids[order.id])


def query(desk: Desk, call: Call) -> Answer:
    return views.order_view(find(desk, call))


def query_open(desk: Desk, call: Call) -> Answer:
    standing = _orders(desk, call, desk.market_or_none(call.params), open_only=True)
    return [views.order_view(order) for order in standing]


def query_all(desk: Desk, call: Call) -> Answer:
    found = _orders(desk, call, desk.market(call.params))
    return [views.order_view(order) for order in orders_asked(found, call.params)]


def my_trades(desk: Desk, call: Call) -> Answer:
    symbol = desk.market(call.params).listing.symbol
    found = desk.exchange.executions(call.account, symbol=symbol)
    return [views.trade_view(each) for each in executions_asked(found, call.params)]


def find(desk: Desk, call: Call) -> Order:
    return finding.find(_orders(desk, call, desk.market(call.params)), call.params)


def _orders(desk: Desk, call: Call, pair: Pair | None, *, open_only: bool = False) -> Sequence[Order]:
    symbol = pair.listing.symbol if pair else None
    return desk.exchange.orders(call.account, symbol=symbol, open_only=open_only)


ORDER = "/api/v3/order"
ROUTES = (
    Route(method="POST", path=ORDER, answer=place, signed=True, is_order=True),
    Route(method="DELETE", path=ORDER, answer=cancel, signed=True, refusals=errors.CANCEL),
    Route(method="GET", path=ORDER, answer=query, weight=4, signed=True),
    Route(method="GET", path="/api/v3/openOrders", answer=query_open, weight=by_symbol(6, 80), signed=True),
    Route(method="DELETE", path="/api/v3/openOrders", answer=cancel_all, signed=True),
    Route(method="GET", path="/api/v3/allOrders", answer=query_all, weight=20, signed=True),
    Route(method="GET", path="/api/v3/myTrades", answer=my_trades, weight=20, signed=True),
)
