"""How orders and executions are spelt over REST."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from twinstar.sim.model import Execution, Order
from twinstar.sim.wires.bingx import words
from twinstar.sim.wires.bingx.desk import Desk, Json
from twinstar.sim.wires.spelling import text

PLACES = 12
ZERO = Decimal(0)
HONG_KONG = timezone(timedelta(hours=8))
NO_GUARD = {"quantity": 0, "stopPrice": 0, "price": 0, "workingType": "", "stopGuaranteed": ""}


def brief(value: Decimal) -> str:
    return text(round(value, PLACES).normalize() + 0)  # a loss of nothing is no "-0"


def ack_view(desk: Desk, order: Order) -> Json:
    request = order.request
    return {
        "symbol": desk.of(request.symbol).id,
        "orderId": words.trigger_id(order) if words.is_trigger(order) else words.order_id(order),
        "side": request.side.value.upper(),
        "positionSide": "BOTH",
        "type": words.TYPE_NAMES[request.kind],
        "clientOrderID": words.client_id(order),
        "workingType": words.WORKING_TYPE if request.kind.is_trigger else "MARK_PRICE",
    }


def rows_of(desk: Desk, account: str, order: Order) -> list[Json]:
    """A trigger order is a row, and what it became is another."""
    rows = [trigger_view(desk, account, order)] if words.is_trigger(order) else []
    return [*rows, order_view(desk, account, order)] if order.triggered or not rows else rows


def order_view(desk: Desk, account: str, order: Order) -> Json:
    request, is_trigger = order.request, words.is_trigger(order)
    return {
        **_common(desk, account, order),
        "orderId": words.order_id(order),
        "type": words.became_type(request) if is_trigger else words.TYPE_NAMES[request.kind],
        "executedQty": text(order.filled),
        "avgPrice": brief(order.average_price),
        "cumQuote": brief(order.filled_cost),
        "profit": brief(sum((each.realized for each in order.executions), ZERO)),
        "commission": brief(-order.fee),
        "stopPrice": "",
        "status": words.STATES[order.status],
        "clientOrderId": words.client_id(order),
        "triggerOrderId": words.trigger_id(order) if is_trigger else 0,
    }


def trigger_view(desk: Desk, account: str, order: Order) -> Json:
    return {
        **_common(desk, account, order),
        "orderId": words.trigger_id(order),
        "type": words.TYPE_NAMES[order.request.kind],
        "executedQty": "0",
        "avgPrice": "0",
        "cumQuote": "",
        "profit": "",
        "commission": "",
        "stopPrice": text(order.request.trigger_price),
        "status": words.trigger_status(order),
        "clientOrderId": "",
        "triggerOrderId": 0,
    }


def _common(desk: Desk, account: str, order: Order) -> Json:
    request = order.request
    return {
        "symbol": desk.of(request.symbol).id,
        "side": request.side.value.upper(),
        "positionSide": "BOTH",
        "origQty": text(order.quantity or request.quantity),
        "price": text(request.price),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "leverage": f"{desk.position(account, request.symbol).leverage}X",
        "takeProfit": {"type": "TAKE_PROFIT", **NO_GUARD},
        "stopLoss": {"type": "STOP", **NO_GUARD},
        "advanceAttr": 0,
        "positionID": 0,
        "takeProfitEntrustPrice": 0,
        "stopLossEntrustPrice": 0,
        "orderType": "",
        "workingType": words.WORKING_TYPE if words.is_trigger(order) else "MARK_PRICE",
        "onlyOnePosition": True,
        "reduceOnly": words.reduces(request),
        "stopGuaranteed": False,
    }


def fill_view(desk: Desk, order: Order, execution: Execution) -> Json:
    """A row of ``fillHistory``: the only one that numbers its trades. Its ``Z`` is a slip of the venue's, not ours."""
    return {
        **_fill(desk, order, execution),
        "qty": text(execution.quantity),
        "quoteQty": brief(execution.price * execution.quantity),
        "commissionAsset": execution.fee_asset,
        "tradeId": str(execution.id),
        "role": "maker" if execution.maker else "taker",
        "side": execution.side.value,
        "positionSide": "both",
    }


def unnumbered_fill_view(desk: Desk, order: Order, execution: Execution) -> Json:
    """A row of ``allFillOrders``, which is what ccxt asks for."""
    return {
        **_fill(desk, order, execution),
        "amount": brief(execution.price * execution.quantity),
        "currency": execution.fee_asset,
        "liquidatedPrice": "0.00",
        "liquidatedMarginRatio": "0.00",
        "clientOrderID": words.client_id(order),
    }


def _fill(desk: Desk, order: Order, execution: Execution) -> Json:
    at = datetime.fromtimestamp(execution.time_ms / 1000, HONG_KONG)
    return {
        "filledTm": f"{at:%Y-%m-%dT%H:%M:%S}Z",
        "filledTime": f"{at:%Y-%m-%dT%H:%M:%S}.{execution.time_ms % 1000:03d}+0800",
        "volume": text(execution.quantity),
        "price": text(execution.price),
        "commission": brief(-execution.fee),
        "orderId": str(words.order_id(order)),
        "symbol": desk.of(execution.symbol).id,
    }
