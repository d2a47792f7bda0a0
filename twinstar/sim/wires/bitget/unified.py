"""The unified account's API (v3) over REST: the same exchange in other words, and one account instead of several.

An account is unified or classic by what it first asks for, and the other API is closed to it from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twinstar.sim.model import Execution, Order, Payment
from twinstar.sim.wires.bitget import account as classic_account
from twinstar.sim.wires.bitget import errors, finding, market, orders, placing, settings, words
from twinstar.sim.wires.bitget.desk import ASSET, PRODUCT, Call, Desk, Json, Route
from twinstar.sim.wires.bitget.errors import ApiError
from twinstar.sim.wires.bitget.paging import in_time, page
from twinstar.sim.wires.bitget.params import Params
from twinstar.sim.wires.bitget.unified_views import (
    assets_view,
    fill_view,
    instrument,
    order_view,
    position_view,
    ticker,
)

PREFIX = "/api/v3/"
CLASSIC_NAMES = {
    "category": "productType",
    "qty": "size",
    "timeInForce": "force",
    "interval": "granularity",
    "cursor": "idLessThan",
}
STRATEGY = ("takeProfit", "stopLoss", "tpTriggerBy", "slTriggerBy")  # stops and take-profits, which are not simulated
HELD = "one_way_mode"
FUNDING_IN, FUNDING_OUT = "CONTRACT_MAIN_SETTLE_FEE_USER_IN", "CONTRACT_MAIN_SETTLE_FEE_USER_OUT"


def is_unified(path: str) -> bool:
    return path.startswith(PREFIX)


def classic(call: Call, **usual: str) -> Call:
    """The same request as the classic account's API would have it; ``usual`` is what need not be sent."""
    values = {**usual, **call.params.values}
    if not values.get("category"):
        raise errors.missing("category")
    return Call(Params({CLASSIC_NAMES.get(name, name): value for name, value in values.items()}), call.account)


# The market.


def instruments(desk: Desk, call: Call) -> list[Json]:
    if call.params.text("category") != PRODUCT:  # spot is one of them here
        return []
    return [instrument(each) for each in desk.asked(classic(call).params)]


def tickers(desk: Desk, call: Call) -> list[Json]:
    return [ticker(desk, each) for each in desk.asked(classic(call).params)]


def recent_candles(desk: Desk, call: Call) -> list[list[str]]:
    return market.recent_candles(desk, _in_hong_kong(call))


def past_candles(desk: Desk, call: Call) -> list[list[str]]:
    return market.past_candles(desk, _in_hong_kong(call))


def _in_hong_kong(call: Call) -> Call:
    """Here candles of six hours and more are said to open at midnight UTC without more ado."""
    told = classic(call)
    name = told.params.get("granularity")
    return Call(Params({**told.params.values, "granularity": name if name in market.GRANULARITIES else f"{name}utc"}))


def fills_of_market(desk: Desk, call: Call) -> list[Json]:
    rows = market.recent_trades(desk, classic(call))
    names = ("price", "size", "side", "ts")
    return [{"execId": row["tradeId"], **{name: row[name] for name in names}} for row in rows]


def order_book(desk: Desk, call: Call) -> Json:
    asked = classic(call).params
    book = desk.exchange.book(desk.contract(asked).symbol, min(asked.limit(200), 200))
    return {"a": market.levels(book.asks), "b": market.levels(book.bids), "ts": str(book.market_ms)}


# Orders.


def place(desk: Desk, call: Call) -> Json:
    asked = classic(call)
    for name in STRATEGY:
        if asked.params.has(name):
            raise errors.wrong(name)
    request = placing.plain(desk.contract(asked.params), asked.params)
    if finding.is_taken(desk, call.account, request.client_id):
        raise ApiError(*errors.DUPLICATE)
    return orders.named(orders.refused_in_words(lambda: desk.exchange.place(call.account, request)))


def cancel(desk: Desk, call: Call) -> Json:
    found = finding.order(desk, call.account, call.params, orders.NO_ORDER)
    return orders.named(orders.refused_in_words(lambda: desk.exchange.cancel(call.account, found.id)))


def order_info(desk: Desk, call: Call) -> Json:
    return order_view(desk, call.account, finding.order(desk, call.account, call.params, errors.NO_DATA))


def unfilled(desk: Desk, call: Call) -> Json:
    return _listed(desk, call, lambda order: order.status.is_open)


def history(desk: Desk, call: Call) -> Json:
    return _listed(desk, call, lambda order: not order.status.is_open)


def _listed(desk: Desk, call: Call, wanted: Callable[[Order], bool]) -> Json:
    asked = classic(call)
    found = [
        each
        for each in orders.asked_orders(desk, asked)
        if words.is_plain(each) and wanted(each) and in_time(asked.params, each.created_ms)
    ]
    rows, cursor = page(asked.params, found, key=words.order_id)
    return {"list": [order_view(desk, call.account, each) for each in rows], "cursor": cursor or None}


def fills(desk: Desk, call: Call) -> Json:
    asked = classic(call, category=PRODUCT)
    known = {each.id: each for each in orders.asked_orders(desk, asked)}

    def is_wanted(one: Execution) -> bool:
        of_order = asked.params.get("orderId") in ("", words.order_id(known[one.order_id]))
        return of_order and in_time(asked.params, one.time_ms)

    found = [one for one in desk.exchange.executions(call.account) if one.order_id in known and is_wanted(one)]
    rows, cursor = page(asked.params, found, key=lambda one: str(one.id))
    return {"list": [fill_view(desk, known[one.order_id], one) for one in rows], "cursor": cursor or None}


# The account.


def assets(desk: Desk, call: Call) -> Json:
    return assets_view(desk.wallet(call.account))


def positions(desk: Desk, call: Call) -> Json:
    wallet, asked = desk.wallet(call.account), {each.symbol for each in desk.asked(classic(call).params)}
    held = [each for each in wallet.exposures if each.position.quantity and each.position.symbol in asked]
    return {"list": [position_view(desk, call.account, each) for each in held] or None}


def records(desk: Desk, call: Call) -> Json:
    """Of all that came in and went out only funding is told."""
    asked, kind = classic(call, category=PRODUCT).params, call.params.get("type")
    found = [
        each
        for each in desk.exchange.payments(call.account)
        if kind in ("", _funding_type(each)) and in_time(asked, each.time_ms)
    ]
    rows, cursor = page(asked, found, key=lambda paid: str(paid.id))
    return {"list": [_record(desk, each) for each in rows], "cursor": cursor or None}


def _funding_type(paid: Payment) -> str:
    return FUNDING_IN if paid.amount >= 0 else FUNDING_OUT


def _record(desk: Desk, paid: Payment) -> Json:
    row = classic_account.bill_view(desk, paid)
    return {
        "category": PRODUCT,
        "id": row["billId"],
        "symbol": row["symbol"],
        "coin": ASSET,
        "type": _funding_type(paid),
        "positionType": "crossed",
        "fee": "0",
        "positionAmount": "0",
        "positionBalance": "0",
        "amount": row["amount"],
        "balance": row["balance"],
        "ts": row["cTime"],
    }


def account_settings(desk: Desk, call: Call) -> Json:
    if not desk.is_unified(call.account):
        raise ApiError(*errors.NOT_UNIFIED)
    return {"uid": settings.UID, "accountMode": "unified", "assetMode": "union", "holdMode": HELD, "stpMode": "none"}


def set_leverage(desk: Desk, call: Call) -> str:
    settings.set_leverage(desk, classic(call))
    return "success"


def set_hold_mode(desk: Desk, call: Call) -> str:
    if call.params.one_of("holdMode", (HELD, "hedge_mode")) != HELD:
        raise ApiError("40920", "Position or order exists, the position mode cannot be switched")
    return "success"


PUBLIC: Mapping[str, Callable[[Desk, Call], Any]] = {
    "market/instruments": instruments,
    "market/tickers": tickers,
    "market/candles": recent_candles,
    "market/history-candles": past_candles,
    "market/fills": fills_of_market,
    "market/orderbook": order_book,
}
PRIVATE: Mapping[str, Callable[[Desk, Call], Any]] = {
    "trade/order-info": order_info,
    "trade/unfilled-orders": unfilled,
    "trade/history-orders": history,
    "trade/fills": fills,
    "account/assets": assets,
    "account/settings": account_settings,
    "account/financial-records": records,
    "position/current-position": positions,
}
CHANGING: Mapping[str, Callable[[Desk, Call], Any]] = {
    "trade/place-order": place,
    "trade/cancel-order": cancel,
    "account/set-leverage": set_leverage,
    "account/set-hold-mode": set_hold_mode,
}
ROUTES: tuple[Route, ...] = (
    *(Route(method="GET", path=PREFIX + path, answer=it, cap=20, is_public=True) for path, it in PUBLIC.items()),
    *(Route(method="GET", path=PREFIX + path, answer=it, cap=20) for path, it in PRIVATE.items()),
    *(Route(method="POST", path=PREFIX + path, answer=it, cap=10) for path, it in CHANGING.items()),
)
