"""How orders, executions and positions are spelt; over REST and over the private stream nearly the same."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Execution, Order, Reason, Refusal
from twinstar.sim.ports import Exchange
from twinstar.sim.wires import margin
from twinstar.sim.wires.bybit import words
from twinstar.sim.wires.bybit.contracts import BY_SYMBOL
from twinstar.sim.wires.bybit.desk import ASSET, Json
from twinstar.sim.wires.margin import ZERO, Exposure
from twinstar.sim.wires.spelling import money, text
from twinstar.sim.wires.wallet import Wallet

RISK_LIMIT = 500_000_000  # one tier: the exchange has one maintenance rate a market


def order_view(order: Order) -> Json:
    request = order.request
    left = order.remaining if order.status.is_open else ZERO
    return {
        "orderId": words.ORDERS.of(order.id),
        "orderLinkId": request.client_id or "",
        "blockTradeId": "",
        "symbol": BY_SYMBOL[request.symbol].id,
        "price": text(request.price),
        "qty": text(order.quantity),
        "side": words.SIDE_NAMES[request.side],
        "isLeverage": "",
        "positionIdx": 0,
        "orderStatus": words.status(order),
        "createType": words.create_type(order),
        "cancelType": words.cancel_type(order),
        "rejectReason": words.reject_reason(order),
        "avgPrice": text(order.average_price) if order.filled else "",
        "leavesQty": text(left),
        "leavesValue": text(left * (request.price or request.trigger_price or ZERO)),
        "cumExecQty": text(order.filled),
        "cumExecValue": text(order.filled_cost),
        "cumExecFee": text(order.fee),
        "cumFeeDetail": {ASSET: text(order.fee)} if order.filled else {},
        "timeInForce": words.TIME_IN_FORCE_NAMES[words.time_in_force(request)],
        "orderType": "Limit" if words.is_limit(request) else "Market",
        "stopOrderType": "Stop" if request.kind.is_trigger else "",
        "orderIv": "",
        "triggerPrice": text(request.trigger_price) if request.trigger_price else "",
        "takeProfit": "",
        "stopLoss": "",
        "tpslMode": "",
        "tpLimitPrice": "",
        "slLimitPrice": "",
        "tpTriggerBy": "",
        "slTriggerBy": "",
        "triggerDirection": words.direction(request),
        "triggerBy": "LastPrice" if request.kind.is_trigger else "",
        "lastPriceOnCreated": "",
        "reduceOnly": words.reduces(request),
        "closeOnTrigger": request.close_position,
        "placeType": "",
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "slippageToleranceType": "UNKNOWN",
        "slippageTolerance": "0",
        "extraFees": "",
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }


def execution_view(exchange: Exchange, account: str, execution: Execution) -> Json:
    order, contract = exchange.order(account, order_id=execution.order_id), BY_SYMBOL[execution.symbol]
    request, before = order.request, [each for each in order.executions if each.id <= execution.id]
    return {
        "symbol": contract.id,
        "orderId": words.ORDERS.of(order.id),
        "orderLinkId": request.client_id or "",
        "side": words.SIDE_NAMES[execution.side],
        "orderPrice": text(request.price),
        "orderQty": text(order.quantity),
        "leavesQty": text(order.quantity - sum((each.quantity for each in before), ZERO)),
        "createType": words.create_type(order),
        "orderType": "Limit" if words.is_limit(request) else "Market",
        "stopOrderType": "Stop" if request.kind.is_trigger else "UNKNOWN",
        "execFee": text(execution.fee),
        "execId": words.FILLS.of(execution.id),
        "execPrice": text(execution.price),
        "execQty": text(execution.quantity),
        "execType": "BustTrade" if words.create_type(order) == "CreateByLiq" else "Trade",
        "execValue": text(execution.price * execution.quantity),
        "execTime": str(execution.time_ms),
        "execPnl": text(execution.realized),
        "feeCurrency": execution.fee_asset,
        "isMaker": execution.maker,
        "feeRate": text(contract.listing.maker_fee if execution.maker else contract.listing.taker_fee),
        "tradeIv": "",
        "markIv": "",
        "markPrice": text(exchange.mark_price(execution.symbol)),
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": text(execution.quantity if execution.realized else ZERO),
        "marketUnit": "",
        "isLeverage": "0",
        "extraFees": [],
        "seq": execution.id,
    }


def position_view(exchange: Exchange, account: str, held: Exposure, wallet: Wallet) -> Json:
    """Without the entry price, whose name is another over the stream."""
    position, contract = held.position, BY_SYMBOL[held.position.symbol]
    history = exchange.executions(account, symbol=position.symbol)
    realized = money(sum((each.realized - each.fee for each in history), ZERO))
    liquidation = margin.liquidation_price(held, wallet.exposures, wallet.balance)
    initial, maintenance = money(held.initial), money(held.maintenance)
    since = history[0].time_ms if history else position.updated_ms
    return {
        "positionIdx": 0,
        "riskId": contract.number,
        "riskLimitValue": str(RISK_LIMIT),
        "symbol": contract.id,
        "side": _side(position.quantity),
        "size": text(abs(position.quantity)),
        "positionValue": text(abs(position.cost)),
        "tradeMode": 1 if held.is_isolated else 0,
        "autoAddMargin": 0,
        "positionStatus": "Normal",
        "leverage": str(position.leverage),
        "markPrice": text(held.mark),
        "liqPrice": money(liquidation) if liquidation else "",
        "bustPrice": "",
        "positionIM": initial,
        "positionIMByMp": initial,
        "positionMM": maintenance,
        "positionMMByMp": maintenance,
        "positionBalance": initial,
        "takeProfit": "",
        "stopLoss": "",
        "trailingStop": "0",
        "tpslMode": "Full",
        "sessionAvgPrice": "",
        "unrealisedPnl": money(held.unrealized) if position.quantity else "",
        "curRealisedPnl": realized,
        "cumRealisedPnl": realized,
        "adlRankIndicator": 2 if position.quantity else 0,
        "isReduceOnly": False,
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
        "createdTime": str(since),
        "updatedTime": str(position.updated_ms),
        "openTime": since,
        "seq": history[-1].id if history else -1,
    }


def entry_price(held: Exposure) -> str:
    return text(round(held.position.entry_price, 8).normalize() if held.position.quantity else ZERO)


def order_of(exchange: Exchange, account: str, order_id: str | None, client_id: str | None) -> Order | None:
    """By the venue's id, else by the client's; None where there is none."""
    number = words.ORDERS.number_of(order_id) if order_id is not None else None
    if order_id is not None and number is None:
        return None
    try:
        return exchange.order(account, order_id=number, client_id=client_id)
    except Refusal as refusal:
        if refusal.reason is not Reason.UNKNOWN_ORDER:
            raise
        return None


def _side(quantity: Decimal) -> str:
    if not quantity:
        return ""
    return "Buy" if quantity > 0 else "Sell"
