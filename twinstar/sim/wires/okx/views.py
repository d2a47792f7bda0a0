"""How orders, algo orders and executions are spelt, over REST and over sockets."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Execution, Order, Side
from twinstar.sim.wires.okx.desk import ASSET, Desk, Json
from twinstar.sim.wires.okx.words import (
    STATES,
    algo_id,
    algo_state,
    algo_type,
    cancel_source,
    client_id,
    is_algo,
    is_trigger_type,
    order_id,
    order_type,
)
from twinstar.sim.wires.spelling import text

AT_MARKET = "-1"
FIRED = "7"  # the venue's number for an order that an algo order became
PLACES = 12
NO_ATTACHED = dict.fromkeys(
    ("slOrdPx", "slTriggerPx", "slTriggerPxType", "tpOrdPx", "tpTriggerPx", "tpTriggerPxType"), ""
)
NO_OPTION = dict.fromkeys(
    ("pxType", "pxUsd", "pxVol", "quickMgnType", "stpId", "tag", "tgtCcy", "attachAlgoClOrdId"), ""
)


def brief(value: Decimal) -> str:
    return text(round(value, PLACES).normalize() + 0)  # a loss of nothing is no "-0"


def or_nothing(value: Decimal | None) -> str:
    return "" if value is None else text(value)


def order_view(desk: Desk, account: str, order: Order) -> Json:
    """As REST has it; what it tells of a fill is the last one."""
    request, contract = order.request, desk.of(order.request.symbol)
    held = desk.exchange.positions(account)
    position = next(each for each in held if each.symbol == request.symbol)
    fired = is_algo(order)
    return {
        **NO_ATTACHED,
        **NO_OPTION,
        **fill_view(desk, order.executions[-1] if order.executions else None),
        "accFillSz": contract.contracts(order.filled),
        "algoClOrdId": client_id(order) if fired else "",
        "algoId": algo_id(order) if fired else "",
        "attachAlgoOrds": [],
        "avgPx": brief(order.average_price) if order.filled else "",
        "cTime": str(order.created_ms),
        "cancelSource": cancel_source(order),
        "cancelSourceReason": order.reason,
        "category": "normal",
        "ccy": "",
        "clOrdId": "" if fired else client_id(order),
        "fee": brief(-order.fee),
        "feeCcy": ASSET,
        "instId": contract.id,
        "instType": "SWAP",
        "isTpLimit": "false",
        "lever": str(position.leverage),
        "linkedAlgoOrd": {"algoId": ""},
        "ordId": order_id(order),
        "ordType": order_type(order),
        "pnl": brief(sum((each.realized for each in order.executions), Decimal(0))),
        "posSide": "net",
        "px": or_nothing(request.price),
        "rebate": "0",
        "rebateCcy": ASSET,
        "reduceOnly": flag(request.reduce_only or request.close_position),
        "side": request.side.value,
        "source": FIRED if fired else "",
        "state": STATES[order.status],
        "stpMode": "cancel_maker",
        "sz": contract.contracts(order.quantity),
        "tdMode": position.margin_mode,
        "uTime": str(order.updated_ms),
    }


def fill_view(desk: Desk, execution: Execution | None) -> Json:
    if execution is None:
        return {"fillPx": "", "fillSz": "0", "fillTime": "", "tradeId": ""}
    return {
        "fillPx": text(execution.price),
        "fillSz": desk.of(execution.symbol).contracts(execution.quantity),
        "fillTime": str(execution.time_ms),
        "tradeId": str(execution.id),
    }


def order_update(desk: Desk, account: str, order: Order, execution: Execution | None) -> Json:
    """As the orders channel has it: only what has just happened counts as a fill."""
    worth = (order.request.price or desk.exchange.mark_price(order.request.symbol)) * order.quantity
    told = {"execType": "", "fillFee": "0", "fillFeeCcy": "", "fillNotionalUsd": "", "fillPnl": "0"}
    if execution is not None:
        told = {
            "execType": exec_type(execution),
            "fillFee": brief(-execution.fee),
            "fillFeeCcy": execution.fee_asset,
            "fillNotionalUsd": brief(execution.price * execution.quantity),
            "fillPnl": brief(execution.realized),
        }
    return {
        **order_view(desk, account, order),
        **fill_view(desk, execution),
        **told,
        "amendResult": "",
        "amendSource": "",
        "code": "0",
        "lastPx": text(desk.exchange.ticker(order.request.symbol).last),
        "msg": "",
        "notionalUsd": brief(worth),
        "reqId": "",
    }


def algo_view(desk: Desk, account: str, order: Order) -> Json:
    request, contract = order.request, desk.of(order.request.symbol)
    held = desk.exchange.positions(account)
    position = next(each for each in held if each.symbol == request.symbol)
    last = desk.exchange.ticker(request.symbol).last
    quantity = order.quantity or request.quantity or Decimal(0)
    fired = order_id(order) if order.triggered else ""
    return {
        **NO_ATTACHED,
        **_trigger(order),
        **dict.fromkeys(("activePx", "activePxType", "amendPxOnTriggerType", "callbackRatio", "callbackSpread"), ""),
        **dict.fromkeys(("moveTriggerPx", "pxLimit", "pxSpread", "pxVar", "szLimit", "tag", "tgtCcy"), ""),
        "actualPx": brief(order.average_price) if order.filled else "",
        "actualSide": ("tp" if request.kind.is_take_profit else "sl") if order.triggered else "",
        "actualSz": contract.contracts(order.filled),
        "algoClOrdId": client_id(order),
        "algoId": algo_id(order),
        "cTime": str(order.created_ms),
        "ccy": "",
        "clOrdId": "",
        "closeFraction": "1" if request.close_position else "",
        "ctVal": text(contract.size),
        "failCode": "1" if algo_state(order) == "order_failed" else "0",
        "instId": contract.id,
        "instType": "SWAP",
        "last": text(last),
        "lever": str(position.leverage),
        "notionalUsd": brief(last * quantity),
        "ordId": fired,
        "ordIdList": [fired] if fired else [],
        "ordType": algo_type(order),
        "posSide": "net",
        "reduceOnly": flag(request.reduce_only or request.close_position),
        "side": request.side.value,
        "state": algo_state(order),
        "sz": "" if request.close_position else contract.contracts(quantity),
        "tdMode": position.margin_mode,
        "timeInterval": "",
        "triggerTime": str(order.updated_ms) if order.triggered else "",
        "uTime": str(order.updated_ms),
        "uly": contract.family,
    }


def _trigger(order: Order) -> Json:
    request = order.request
    price = text(request.price) if request.kind.is_limit else AT_MARKET
    if is_trigger_type(request):
        return {"ordPx": price, "triggerPx": text(request.trigger_price), "triggerPxType": "last"}
    name = "tp" if request.kind.is_take_profit else "sl"
    told = {f"{name}TriggerPx": text(request.trigger_price), f"{name}OrdPx": price, f"{name}TriggerPxType": "last"}
    return {"ordPx": "", "triggerPx": "", "triggerPxType": "", **told}


def trade_view(desk: Desk, order: Order, execution: Execution) -> Json:
    """A row of the fills endpoints."""
    return {
        **fill_view(desk, execution),
        "billId": str(execution.id),
        "clOrdId": "" if is_algo(order) else client_id(order),
        "execType": exec_type(execution),
        "fee": brief(-execution.fee),
        "feeCcy": execution.fee_asset,
        "feeRate": "",
        "fillFwdPx": "",
        "fillIdxPx": "",
        "fillMarkPx": "",
        "fillMarkVol": "",
        "fillPnl": brief(execution.realized),
        "fillPxUsd": "",
        "fillPxVol": "",
        "instId": desk.of(execution.symbol).id,
        "instType": "SWAP",
        "ordId": order_id(order),
        "posSide": "net",
        "side": "buy" if execution.side is Side.BUY else "sell",
        "subType": "",
        "tag": "",
        "ts": str(execution.time_ms),
    }


def exec_type(execution: Execution) -> str:
    return "M" if execution.maker else "T"


def flag(value: bool) -> str:
    return "true" if value else "false"
