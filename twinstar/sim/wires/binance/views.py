"""How orders, executions and the account are spelt over REST."""

from __future__ import annotations

from twinstar.sim.model import Execution, Order, Side
from twinstar.sim.wires.binance.pairs import pair_of
from twinstar.sim.wires.binance.words import in_force, is_working, type_name
from twinstar.sim.wires.binance_common.desk import Json
from twinstar.sim.wires.binance_common.words import STATUS_NAMES, client_id
from twinstar.sim.wires.spelling import money

NOTHING = "0.00000000"
NO_LIST = -1
SELF_TRADE_PREVENTION = "EXPIRE_MAKER"


def _terms(order: Order) -> Json:
    request = order.request
    return {
        "price": money(request.price) if request.price else NOTHING,
        "origQty": money(order.quantity),
        "executedQty": money(order.filled),
        "origQuoteOrderQty": money(request.cost) if request.cost else NOTHING,
        "cummulativeQuoteQty": money(order.filled_cost),
        "status": STATUS_NAMES[order.status],
        "timeInForce": in_force(order),
        "type": type_name(order),
        "side": request.side.name,
        **({"stopPrice": money(request.trigger_price)} if request.trigger_price else {}),
        "selfTradePreventionMode": SELF_TRADE_PREVENTION,
    }


def _working_ms(order: Order) -> int:
    return order.created_ms if is_working(order) else -1


def acknowledged(order: Order) -> Json:
    return {
        "symbol": pair_of(order.request.symbol).id,
        "orderId": order.id,
        "orderListId": NO_LIST,
        "clientOrderId": client_id(order),
        "transactTime": order.updated_ms,
    }


def result(order: Order) -> Json:
    return {**acknowledged(order), **_terms(order), "workingTime": _working_ms(order)}


def full(order: Order) -> Json:
    fills = [
        {
            "price": money(each.price),
            "qty": money(each.quantity),
            "commission": money(each.fee),
            "commissionAsset": each.fee_asset,
            "tradeId": each.id,
        }
        for each in order.executions
    ]
    return {**result(order), "fills": fills}


def canceled(order: Order, cancel_id: str) -> Json:
    """The id in the place of the order's own is that of the cancellation."""
    told = {**acknowledged(order), "clientOrderId": cancel_id, "origClientOrderId": client_id(order)}
    return {**told, **_terms(order)}


def order_view(order: Order) -> Json:
    return {
        "symbol": pair_of(order.request.symbol).id,
        "orderId": order.id,
        "orderListId": NO_LIST,
        "clientOrderId": client_id(order),
        "stopPrice": NOTHING,
        **_terms(order),
        "icebergQty": NOTHING,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": is_working(order),
        "workingTime": _working_ms(order),
    }


def trade_view(execution: Execution) -> Json:
    return {
        "symbol": pair_of(execution.symbol).id,
        "id": execution.id,
        "orderId": execution.order_id,
        "orderListId": NO_LIST,
        "price": money(execution.price),
        "qty": money(execution.quantity),
        "quoteQty": money(execution.price * execution.quantity),
        "commission": money(execution.fee),
        "commissionAsset": execution.fee_asset,
        "time": execution.time_ms,
        "isBuyer": execution.side is Side.BUY,
        "isMaker": execution.maker,
        "isBestMatch": True,
    }
