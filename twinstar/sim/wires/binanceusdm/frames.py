"""How orders, conditional orders and executions are spelt over REST and over the user data stream."""

from __future__ import annotations

from twinstar.sim.model import Execution, Order, Side
from twinstar.sim.wires.binance_common.desk import Json
from twinstar.sim.wires.binance_common.words import STATUS_NAMES, client_id
from twinstar.sim.wires.binanceusdm import contracts
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.words import (
    TIME_IN_FORCE_NAMES,
    TYPE_NAMES,
    algo_id,
    algo_status,
    working_type,
)
from twinstar.sim.wires.spelling import money, places, text

WORKING_PRICE = "CONTRACT_PRICE"  # triggers watch the last price
SELF_TRADE_PREVENTION = "EXPIRE_MAKER"


def contract_of(order: Order | Execution) -> Contract:
    symbol = order.request.symbol if isinstance(order, Order) else order.symbol
    return contracts.contract_of(symbol)


def average(order: Order) -> str:
    return places(order.average_price, contract_of(order).average_precision)


def order_view(order: Order) -> Json:
    request = order.request
    return {
        "orderId": order.id,
        "symbol": contract_of(order).id,
        "status": STATUS_NAMES[order.status],
        "clientOrderId": client_id(order),
        "price": text(request.price),
        "avgPrice": average(order),
        "origQty": text(order.quantity),
        "executedQty": text(order.filled),
        "cumQty": text(order.filled),
        "cumQuote": text(order.filled_cost),
        "timeInForce": TIME_IN_FORCE_NAMES[request.time_in_force],
        "type": working_type(order),
        "reduceOnly": request.reduce_only or request.close_position,
        "closePosition": request.close_position,
        "side": request.side.name,
        "positionSide": "BOTH",
        "stopPrice": text(request.trigger_price),
        "workingType": WORKING_PRICE,
        "priceProtect": False,
        "origType": TYPE_NAMES[request.kind],
        "priceMatch": "NONE",
        "selfTradePreventionMode": SELF_TRADE_PREVENTION,
        "goodTillDate": 0,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
    }


def algo_view(order: Order) -> Json:
    request = order.request
    return {
        "algoId": algo_id(order),
        "clientAlgoId": client_id(order),
        "algoType": "CONDITIONAL",
        "orderType": TYPE_NAMES[request.kind],
        "symbol": contract_of(order).id,
        "side": request.side.name,
        "positionSide": "BOTH",
        "timeInForce": TIME_IN_FORCE_NAMES[request.time_in_force],
        "quantity": text(request.quantity),
        "algoStatus": algo_status(order),
        "actualOrderId": str(order.id) if order.triggered else "",
        "actualPrice": average(order),
        "triggerPrice": text(request.trigger_price),
        "price": text(request.price),
        "icebergQuantity": None,
        "tpTriggerPrice": "0",
        "tpPrice": "0",
        "slTriggerPrice": "0",
        "slPrice": "0",
        "tpOrderType": "",
        "selfTradePreventionMode": SELF_TRADE_PREVENTION,
        "workingType": WORKING_PRICE,
        "priceMatch": "NONE",
        "closePosition": request.close_position,
        "priceProtect": False,
        "reduceOnly": request.reduce_only or request.close_position,
        "createTime": order.created_ms,
        "updateTime": order.updated_ms,
        "triggerTime": order.updated_ms if order.triggered else 0,
        "goodTillDate": 0,
    }


def trade_view(execution: Execution) -> Json:
    return {
        "symbol": contract_of(execution).id,
        "id": execution.id,
        "orderId": execution.order_id,
        "side": execution.side.name,
        "price": text(execution.price),
        "qty": text(execution.quantity),
        "realizedPnl": money(execution.realized),
        "marginAsset": execution.fee_asset,
        "quoteQty": text(execution.price * execution.quantity),
        "commission": money(execution.fee),
        "commissionAsset": execution.fee_asset,
        "time": execution.time_ms,
        "positionSide": "BOTH",
        "buyer": execution.side is Side.BUY,
        "maker": execution.maker,
    }


def order_update(order: Order, what: str, execution: Execution | None, now_ms: int) -> Json:
    """``what`` in the venue's words: NEW, TRADE, CANCELED, EXPIRED, AMENDMENT."""
    request = order.request
    return {
        "e": "ORDER_TRADE_UPDATE",
        "T": order.updated_ms,
        "E": now_ms,
        "o": {
            "s": contract_of(order).id,
            "c": client_id(order),
            "S": request.side.name,
            "o": working_type(order),
            "f": TIME_IN_FORCE_NAMES[request.time_in_force],
            "q": text(order.quantity),
            "p": text(request.price),
            "ap": average(order),
            "sp": text(request.trigger_price),
            "x": what,
            "X": STATUS_NAMES[order.status],
            "i": order.id,
            "l": text(execution.quantity if execution else None),
            "z": text(order.filled),
            "L": text(execution.price if execution else None),
            "N": execution.fee_asset if execution else "USDT",
            "n": money(execution.fee) if execution else "0",
            "T": order.updated_ms,
            "t": execution.id if execution else 0,
            "b": "0",
            "a": "0",
            "m": execution.maker if execution else False,
            "R": request.reduce_only or request.close_position,
            "wt": WORKING_PRICE,
            "ot": TYPE_NAMES[request.kind],
            "ps": "BOTH",
            "cp": request.close_position,
            "rp": money(execution.realized) if execution else "0",
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": SELF_TRADE_PREVENTION,
            "pm": "NONE",
            "gtd": 0,
        },
    }


def algo_update(order: Order, status: str, now_ms: int) -> Json:
    request = order.request
    return {
        "e": "ALGO_UPDATE",
        "T": order.updated_ms,
        "E": now_ms,
        "o": {
            "caid": client_id(order),
            "aid": algo_id(order),
            "at": "CONDITIONAL",
            "o": TYPE_NAMES[request.kind],
            "s": contract_of(order).id,
            "S": request.side.name,
            "ps": "BOTH",
            "f": TIME_IN_FORCE_NAMES[request.time_in_force],
            "q": text(request.quantity),
            "X": status,
            "ai": str(order.id) if order.triggered else "",
            "ap": average(order),
            "aq": text(order.filled),
            "act": working_type(order) if order.triggered else "0",
            "tp": text(request.trigger_price),
            "p": text(request.price),
            "V": SELF_TRADE_PREVENTION,
            "wt": WORKING_PRICE,
            "pm": "NONE",
            "cp": request.close_position,
            "pP": False,
            "R": request.reduce_only or request.close_position,
            "tt": order.updated_ms if order.triggered else 0,
            "gtd": 0,
            "rm": order.reason,
        },
    }
