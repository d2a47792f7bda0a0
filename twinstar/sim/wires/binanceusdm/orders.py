"""Plain orders over REST: place, amend, cancel, look up, and their executions."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from twinstar.sim.model import Kind, Order, Reason, Refusal, Request, Side, Status
from twinstar.sim.wires.binance_common import errors, finding
from twinstar.sim.wires.binance_common.desk import Answer, Call, Route, by_symbol
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.finding import executions_asked, orders_asked
from twinstar.sim.wires.binance_common.placing import kind_of, side_of
from twinstar.sim.wires.binanceusdm import placing
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.binanceusdm.frames import order_view, trade_view
from twinstar.sim.wires.binanceusdm.words import PLAIN_TYPES, TRIGGER_TYPES, is_plain
from twinstar.sim.wires.spelling import text

MOST_OPEN = 200
PRICE_UP, PRICE_DOWN = Decimal("1.05"), Decimal("0.95")  # the PERCENT_PRICE filter
ALL_CANCELED: Answer = {"code": 200, "msg": "The operation of cancel all open order is done."}


def place(desk: Desk, call: Call) -> Answer:
    params = call.params
    contract = desk.market(params)
    if params.values.get("type") in TRIGGER_TYPES or params.values.get("type") == "TRAILING_STOP_MARKET":
        raise ApiError(
            -4120,
            "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
        )
    kind = kind_of(params, PLAIN_TYPES)
    request = placing.request_of(contract, params, kind, "newClientOrderId")
    shows_result = _shows_result(params.text_or_none("newOrderRespType"))
    if kind is Kind.LIMIT:
        _check_price_band(desk, request)
    if len(open_orders(desk, call, contract)) >= MOST_OPEN:
        raise ApiError(-2025, "Reach max open order limit.")
    order = desk.exchange.place(call.account, request)
    return order_view(order if shows_result else _as_accepted(order))


def _shows_result(response: str | None) -> bool:
    if response not in (None, "ACK", "RESULT"):
        raise ApiError(-1136, "Invalid newOrderRespType.")
    return response == "RESULT"


def _as_accepted(order: Order) -> Order:
    """An ACK is given before the order meets the book."""
    nothing = Decimal(0)
    return replace(order, status=Status.NEW, filled=nothing, filled_cost=nothing)


def _check_price_band(desk: Desk, request: Request) -> None:
    mark, price = desk.exchange.mark_price(request.symbol), request.price or Decimal(0)
    if request.side is Side.BUY and price > mark * PRICE_UP:
        raise ApiError(-4016, f"Limit price can't be higher than {text(mark * PRICE_UP)}.")
    if request.side is Side.SELL and price < mark * PRICE_DOWN:
        raise ApiError(-4024, f"Limit price can't be lower than {text(mark * PRICE_DOWN)}.")


def amend(desk: Desk, call: Call) -> Answer:
    contract = desk.market(call.params)
    side_of(call.params)
    quantity = placing.quantity_of(contract, call.params)
    price = placing.price_of(contract, call.params, "price")
    order = find(desk, call, contract)
    if order.request.kind is not Kind.LIMIT:
        raise ApiError(-5025, "Only limit order is supported.")
    return order_view(desk.exchange.amend(call.account, order.id, quantity=quantity, price=price))


def cancel(desk: Desk, call: Call) -> Answer:
    order = find(desk, call, desk.market(call.params))
    return order_view(desk.exchange.cancel(call.account, order.id))


def cancel_all(desk: Desk, call: Call) -> Answer:
    for order in open_orders(desk, call, desk.market(call.params)):
        desk.exchange.cancel(call.account, order.id)
    return ALL_CANCELED


def query(desk: Desk, call: Call) -> Answer:
    return order_view(find(desk, call, desk.market(call.params)))


def query_open(desk: Desk, call: Call) -> Answer:
    order = find(desk, call, desk.market(call.params))
    if not order.status.is_open:
        raise Refusal(Reason.UNKNOWN_ORDER)
    return order_view(order)


def query_all_open(desk: Desk, call: Call) -> Answer:
    contract = desk.market_or_none(call.params)
    return [order_view(order) for order in open_orders(desk, call, contract)]


def query_all(desk: Desk, call: Call) -> Answer:
    contract = desk.market_or_none(call.params)
    return [order_view(order) for order in orders_asked(_orders(desk, call, contract), call.params)]


def user_trades(desk: Desk, call: Call) -> Answer:
    contract = desk.market_or_none(call.params)
    symbol = contract.listing.symbol if contract else None
    found = desk.exchange.executions(call.account, symbol=symbol)
    return [trade_view(execution) for execution in executions_asked(found, call.params)]


def find(desk: Desk, call: Call, contract: Contract) -> Order:
    return finding.find(_orders(desk, call, contract), call.params)


def open_orders(desk: Desk, call: Call, contract: Contract | None) -> list[Order]:
    return _orders(desk, call, contract, open_only=True)


def _orders(desk: Desk, call: Call, contract: Contract | None, *, open_only: bool = False) -> list[Order]:
    symbol = contract.listing.symbol if contract else None
    found = desk.exchange.orders(call.account, symbol=symbol, open_only=open_only)
    return [order for order in found if is_plain(order)]


ROUTES = (
    Route(method="POST", path="/fapi/v1/order", answer=place, weight=0, signed=True, is_order=True),
    Route(method="PUT", path="/fapi/v1/order", answer=amend, signed=True, is_order=True),
    Route(
        method="DELETE",
        path="/fapi/v1/order",
        answer=cancel,
        signed=True,
        refusals=errors.CANCEL,
    ),
    Route(method="DELETE", path="/fapi/v1/allOpenOrders", answer=cancel_all, signed=True),
    Route(method="GET", path="/fapi/v1/order", answer=query, signed=True),
    Route(method="GET", path="/fapi/v1/openOrder", answer=query_open, signed=True),
    Route(
        method="GET",
        path="/fapi/v1/openOrders",
        answer=query_all_open,
        weight=by_symbol(1, 40),
        signed=True,
    ),
    Route(method="GET", path="/fapi/v1/allOrders", answer=query_all, weight=5, signed=True),
    Route(method="GET", path="/fapi/v1/userTrades", answer=user_trades, weight=5, signed=True),
)
