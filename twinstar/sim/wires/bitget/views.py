"""How orders, plans and executions are spelt, over REST and over the private socket."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Execution, Order, Position
from twinstar.sim.wires.bitget import words
from twinstar.sim.wires.bitget.desk import ASSET, Desk, Json
from twinstar.sim.wires.spelling import text

PLACES = 12
ZERO = Decimal(0)
ONE_WAY = {"marginCoin": ASSET, "posMode": "one_way_mode", "posSide": "net", "enterPointSource": "API"}
NO_ATTACHED = dict.fromkeys(
    (
        "presetStopSurplusPrice",
        "presetStopSurplusType",
        "presetStopSurplusExecutePrice",
        "presetStopLossPrice",
        "presetStopLossType",
        "presetStopLossExecutePrice",
    ),
    "",
)
NO_STOPS = {
    **dict.fromkeys(
        ("stopSurplusTriggerPrice", "stopSurplusExecutePrice", "stopLossTriggerPrice", "stopLossExecutePrice"), ""
    ),
    **dict.fromkeys(("stopSurplusTriggerType", "stopLossTriggerType"), "fill_price"),
}


def brief(value: Decimal) -> str:
    return text(round(value, PLACES).normalize() + 0)  # a loss of nothing is no "-0"


def position_of(desk: Desk, account: str, symbol: str) -> Position:
    return next(each for each in desk.exchange.positions(account) if each.symbol == symbol)


def order_view(desk: Desk, account: str, order: Order, *, status: str = "status") -> Json:
    """As REST has it; what it calls its state depends on who asks."""
    request, told = order.request, _common(desk, account, order)
    return {
        **told,
        "symbol": desk.of(request.symbol).id,
        "price": text(request.price) if request.price else "",
        "priceAvg": brief(order.average_price) if order.filled else "",
        "baseVolume": text(order.filled),
        "quoteVolume": brief(order.filled_cost),
        "fee": brief(-order.fee),
        "orderSource": words.order_source(order),
        "reduceOnly": "YES" if words.reduces(request) else "NO",
        status: words.STATES[order.status],
    }


def order_update(desk: Desk, account: str, order: Order, execution: Execution | None) -> Json:
    """As the orders channel has it: with the execution that it tells of, if it does."""
    request, told = order.request, _common(desk, account, order)
    worth = (request.price or desk.exchange.mark_price(request.symbol)) * order.quantity
    return {
        **told,
        **(_filled(order, execution) if execution is not None else {}),
        "instId": desk.of(request.symbol).id,
        "price": text(request.price) if request.price else "0",
        "accBaseVolume": text(order.filled),
        "feeDetail": [{"feeCoin": ASSET, "fee": brief(-order.fee)}],
        "notionalUsd": brief(worth),
        "reduceOnly": "yes" if words.reduces(request) else "no",
        "status": words.STATES[order.status],
        "stpMode": "none",
    }


def _common(desk: Desk, account: str, order: Order) -> Json:
    request, position = order.request, position_of(desk, account, order.request.symbol)
    return {
        **ONE_WAY,
        **NO_ATTACHED,
        "orderId": words.order_id(order),
        "clientOid": words.client_id(order),
        "size": text(order.quantity),
        "side": request.side.value,
        "tradeSide": words.trade_side(order),
        "orderType": words.order_type(request),
        "force": words.FORCE_NAMES[request.time_in_force],
        "leverage": str(position.leverage),
        "marginMode": words.MODE_NAMES[position.margin_mode],
        "totalProfits": brief(sum((each.realized for each in order.executions), ZERO)),
        "cancelReason": words.cancel_reason(order),
        "cTime": str(order.created_ms),
        "uTime": str(order.updated_ms),
    }


def _filled(order: Order, execution: Execution) -> Json:
    return {
        "baseVolume": text(execution.quantity),
        "fillPrice": text(execution.price),
        "fillTime": str(execution.time_ms),
        "fillFee": brief(-execution.fee),
        "fillFeeCoin": execution.fee_asset,
        "fillNotionalUsd": brief(execution.price * execution.quantity),
        "pnl": brief(execution.realized),
        "priceAvg": brief(order.average_price),
        "tradeId": str(execution.id),
        "tradeScope": "M" if execution.maker else "T",
    }


def plan_view(desk: Desk, account: str, order: Order) -> Json:
    """As REST has it; what has fired names the order that it became."""
    told = {
        **_plan(desk, order),
        "planType": words.plan_type(order.request),
        "symbol": desk.of(order.request.symbol).id,
        "marginMode": words.MODE_NAMES[position_of(desk, account, order.request.symbol).margin_mode],
        "callbackRatio": "",
        "orderSource": words.order_source(order),
        "planStatus": words.plan_status(order),
        "stopSurplusExecutePrice": "",
        "feeDetail": None,
        "baseVolume": text(order.filled),
        "priceAvg": brief(order.average_price) if order.filled else "",
    }
    return {**told, "executeOrderId": words.order_id(order)} if order.triggered else told


def plan_update(desk: Desk, order: Order) -> Json:
    """As the channel of plans has it: of the order that one became nothing is said."""
    return {
        **_plan(desk, order),
        "planType": words.PLAN_NAMES[words.plan_type(order.request)],
        "instId": desk.of(order.request.symbol).id,
        "actualSize": text(order.filled),
        "status": words.plan_status(order),
        "triggerTime": str(order.updated_ms),
        "stpMode": "none",
    }


def _plan(desk: Desk, order: Order) -> Json:
    request = order.request
    price = text(request.price) if request.price else ""
    return {
        **ONE_WAY,
        **NO_STOPS,
        "orderId": words.plan_id(order),
        "clientOid": words.plan_client_id(order),
        "size": text(order.quantity or request.quantity or ZERO),
        "price": price,
        "executePrice": price,
        "triggerPrice": text(request.trigger_price),
        "triggerType": "fill_price",
        "side": request.side.value,
        "tradeSide": words.trade_side(order),
        "orderType": words.order_type(request),
        "cTime": str(order.created_ms),
        "uTime": str(order.updated_ms),
    }


def fill_view(desk: Desk, order: Order, execution: Execution) -> Json:
    """A row of the fills endpoints; the channel has a little more."""
    return {
        "tradeId": str(execution.id),
        "symbol": desk.of(execution.symbol).id,
        "orderId": words.order_id(order),
        "price": text(execution.price),
        "baseVolume": text(execution.quantity),
        "feeDetail": [
            {
                "deduction": "no",
                "feeCoin": execution.fee_asset,
                "totalDeductionFee": "0",
                "totalFee": brief(-execution.fee),
            }
        ],
        "side": execution.side.value,
        "quoteVolume": brief(execution.price * execution.quantity),
        "profit": brief(execution.realized),
        "enterPointSource": "API",
        "tradeSide": words.trade_side(order),
        "posMode": "one_way_mode",
        "tradeScope": "maker" if execution.maker else "taker",
        "cTime": str(execution.time_ms),
    }


def fill_update(desk: Desk, order: Order, execution: Execution) -> Json:
    return {
        **fill_view(desk, order, execution),
        "clientOid": words.client_id(order),
        "orderType": words.order_type(order.request),
        "uTime": str(execution.time_ms),
    }
