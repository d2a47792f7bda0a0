"""How the unified account's API spells markets, orders, executions, positions and assets."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Execution, Order
from twinstar.sim.wires import margin
from twinstar.sim.wires.bitget import market, words
from twinstar.sim.wires.bitget.contracts import Contract
from twinstar.sim.wires.bitget.desk import ASSET, PRODUCT, Desk, Json
from twinstar.sim.wires.bitget.views import brief, position_of
from twinstar.sim.wires.margin import Exposure
from twinstar.sim.wires.spelling import text
from twinstar.sim.wires.wallet import Wallet

ZERO = Decimal(0)
ONE_WAY = "one_way_mode"
NO_STRATEGY = dict.fromkeys(
    (
        "tpTriggerBy",
        "slTriggerBy",
        "takeProfit",
        "stopLoss",
        "tpOrderType",
        "slOrderType",
        "tpLimitPrice",
        "slLimitPrice",
    )
)


def instrument(contract: Contract) -> Json:
    told = market.definition(contract)
    same = (
        "symbol", "baseCoin", "quoteCoin", "buyLimitPriceRatio", "sellLimitPriceRatio", "feeRateUpRatio",
        "makerFeeRate", "takerFeeRate", "openCostUpRatio", "maxOrderQty", "maxSymbolOrderNum", "maxProductOrderNum",
        "maxPositionNum", "offTime", "limitOpenTime", "deliveryTime", "deliveryStartTime", "deliveryPeriod",
        "launchTime", "fundInterval", "maintainTime",
    )  # fmt: skip
    return {
        **{name: told[name] for name in same},
        "category": PRODUCT,
        "minOrderQty": told["minTradeNum"],
        "pricePrecision": told["pricePlace"],
        "quantityPrecision": told["volumePlace"],
        "quotePrecision": None,
        "priceMultiplier": text(contract.listing.tick),
        "quantityMultiplier": told["sizeMultiplier"],
        "type": told["symbolType"],
        "minOrderAmount": told["minTradeUSDT"],
        "status": "online",
        "minLeverage": told["minLever"],
        "maxLeverage": told["maxLever"],
    }


def ticker(desk: Desk, contract: Contract) -> Json:
    told = market.ticker_view(desk, contract)
    renamed = {
        "symbol": "symbol", "ts": "ts", "lastPrice": "lastPr", "openPrice24h": "open24h", "highPrice24h": "high24h",
        "lowPrice24h": "low24h", "ask1Price": "askPr", "bid1Price": "bidPr", "bid1Size": "bidSz", "ask1Size": "askSz",
        "price24hPcnt": "change24h", "volume24h": "baseVolume", "turnover24h": "quoteVolume",
        "indexPrice": "indexPrice", "markPrice": "markPrice", "fundingRate": "fundingRate",
        "openInterest": "holdingAmount",
    }  # fmt: skip
    return {
        "category": PRODUCT,
        **{name: told[before] for name, before in renamed.items()},
        **dict.fromkeys(("deliveryStartTime", "deliveryTime", "deliveryStatus"), ""),
    }


def order_view(desk: Desk, account: str, order: Order) -> Json:
    """As REST has it."""
    return {
        **_order(desk, order),
        "category": PRODUCT,
        "posSide": "net",
        "reduceOnly": "YES" if words.reduces(order.request) else "NO",
        "execType": "normal",
        **NO_STRATEGY,
    }


def order_update(desk: Desk, account: str, order: Order) -> Json:
    """As the channel has it."""
    held = position_of(desk, account, order.request.symbol)
    return {
        **_order(desk, order),
        "category": PRODUCT.lower(),
        "holdSide": "",
        "tradeSide": words.trade_side(order),
        "marginMode": words.MODE_NAMES[held.margin_mode],
        "marginCoin": ASSET,
        "reduceOnly": "yes" if words.reduces(order.request) else "no",
        "totalProfit": brief(sum((each.realized for each in order.executions), ZERO)),
        "leverage": str(held.leverage),
    }


def _order(desk: Desk, order: Order) -> Json:
    request, state = order.request, words.STATES[order.status]
    return {
        "orderId": words.order_id(order),
        "clientOid": words.client_id(order),
        "symbol": desk.of(request.symbol).id,
        "orderType": words.order_type(request),
        "side": request.side.value,
        "price": text(request.price) if request.price else "",
        "qty": text(order.quantity),
        "amount": "0",
        "cumExecQty": text(order.filled),
        "cumExecValue": brief(order.filled_cost),
        "avgPrice": brief(order.average_price),
        "timeInForce": words.FORCE_NAMES[request.time_in_force],
        "orderStatus": "cancelled" if state == "canceled" else state,
        "holdMode": ONE_WAY,
        "feeDetail": [{"feeCoin": ASSET, "fee": brief(order.fee)}],
        "cancelReason": words.cancel_reason(order),
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
        "stpMode": "none",
    }


def fill_view(desk: Desk, order: Order, execution: Execution) -> Json:
    """A fee that the account paid is above zero here."""
    return {
        "execId": str(execution.id),
        "orderId": words.order_id(order),
        "category": PRODUCT,
        "symbol": desk.of(execution.symbol).id,
        "orderType": words.order_type(order.request),
        "side": execution.side.value,
        "execPrice": text(execution.price),
        "execQty": text(execution.quantity),
        "execValue": brief(execution.price * execution.quantity),
        "tradeScope": "maker" if execution.maker else "taker",
        "feeDetail": [{"feeCoin": execution.fee_asset, "fee": brief(execution.fee)}],
        "createdTime": str(execution.time_ms),
        "updatedTime": str(execution.time_ms),
        "execPnl": brief(execution.realized),
    }


def fill_update(desk: Desk, order: Order, execution: Execution) -> Json:
    told = {name: value for name, value in fill_view(desk, order, execution).items() if name != "createdTime"}
    return {
        **told,
        "clientOid": words.client_id(order),
        "execTime": str(execution.time_ms),
        "execLinkId": str(execution.id),
        "tradeSide": words.trade_side(order),
        "holdSide": "",
    }


def position_view(desk: Desk, account: str, held: Exposure) -> Json:
    position, size = held.position, brief(abs(held.position.quantity))
    fees = sum((each.fee for each in desk.exchange.executions(account, symbol=position.symbol)), ZERO)
    return {
        "category": PRODUCT,
        "symbol": desk.of(position.symbol).id,
        "marginCoin": ASSET,
        "holdMode": ONE_WAY,
        "posSide": "long" if position.quantity > 0 else "short",
        "marginMode": words.MODE_NAMES[position.margin_mode],
        "positionBalance": brief(held.initial),
        "available": size,
        "frozen": "0",
        "total": size,
        "leverage": str(position.leverage),
        "curRealisedPnl": "0",
        "avgPrice": brief(position.entry_price),
        "positionStatus": "normal",
        "unrealisedPnl": brief(held.unrealized),
        "liquidationPrice": "0",
        "mmr": brief(held.listing.maintenance_rate),
        "profitRate": brief(held.unrealized / held.initial) if held.initial else "0",
        "markPrice": brief(held.mark),
        "breakEvenPrice": brief(margin.break_even(held)),
        "totalFunding": "0",
        "openFeeTotal": brief(-fees),
        "closeFeeTotal": "0",
        "createdTime": str(position.updated_ms),
        "updatedTime": str(position.updated_ms),
    }


def position_update(desk: Desk, account: str, held: Exposure) -> Json:
    """As the channel has it, under other names."""
    told = position_view(desk, account, held)
    renamed = {
        "size": "total",
        "marginSize": "positionBalance",
        "liqPrice": "liquidationPrice",
        "totalFundingFee": "totalFunding",
    }
    rest = {name: value for name, value in told.items() if name not in renamed.values() and name != "category"}
    return {**rest, **{name: told[before] for name, before in renamed.items()}}


def assets_view(wallet: Wallet) -> Json:
    equity = brief(wallet.balance + wallet.unrealized)
    coin = {
        "coin": ASSET,
        "equity": equity,
        "usdValue": equity,
        "balance": brief(wallet.balance),
        "available": brief(wallet.available),
        "debt": "0",
        "locked": brief(wallet.order_margin),
        "bonus": "0",
    }
    return {
        "accountEquity": equity,
        "usdtEquity": equity,
        "btcEquity": "0",
        "unrealisedPnl": brief(wallet.unrealized),
        "usdtUnrealisedPnl": brief(wallet.unrealized),
        "btcUnrealizedPnl": "0",
        "effEquity": equity,
        "mmr": brief(wallet.maintenance),
        "imr": brief(wallet.margin),
        "mgnRatio": "0",
        "positionMgnRatio": "0",
        "assets": [coin],
    }


def assets_update(wallet: Wallet) -> Json:
    """As the channel has it, under other names."""
    told = assets_view(wallet)
    same = ("effEquity", "mmr", "imr", "mgnRatio", "positionMgnRatio")
    (coin,) = told["assets"]
    return {
        **{name: told[name] for name in same},
        "totalEquity": told["accountEquity"],
        "unrealisedPnL": told["unrealisedPnl"],
        "coin": [{**coin, "debts": coin["debt"], "borrow": "0"}],
    }
