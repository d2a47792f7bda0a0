"""Accounts, their keys, orders and trades over REST. What is held is public, orders and trades are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.deals import execution_view
from twinstar.sim.wires.lighter.desk import Call, Desk, Json, Route
from twinstar.sim.wires.lighter.errors import BAD_TOKEN, NO_ACCOUNT, ApiError, missing, wrong
from twinstar.sim.wires.lighter.limits import PREMIUM, STANDARD
from twinstar.sim.wires.lighter.params import whole
from twinstar.sim.wires.lighter.views import account_head, account_view, order_view

ALL_KEYS = 255
Row = TypeVar("Row")


def account(desk: Desk, call: Call) -> Json:
    by, value = call.params.one_of("by", ("index", "l1_address")), call.params.text("value")
    found = desk.accounts.of_address(value) if by == "l1_address" else [desk.accounts.find(_number(value, "value"))]
    if not found:
        raise ApiError(*NO_ACCOUNT)
    return {"total": len(found), "accounts": [account_view(desk, each) for each in found]}


def _number(text: str, name: str) -> int:
    number = whole(text)
    if number is None:
        raise wrong(name)
    return number


def accounts_by_address(desk: Desk, call: Call) -> Json:
    address = call.params.text("l1_address")
    found = desk.accounts.of_address(address)
    if not found:
        raise ApiError(*NO_ACCOUNT)
    return {"l1_address": address, "sub_accounts": [account_head(desk, each) for each in found]}


def api_keys(desk: Desk, call: Call) -> Json:
    index = call.params.integer("account_index")
    wanted = call.params.integer_or_none("api_key_index")
    desk.accounts.find(index)
    rows = [
        {
            "account_index": index,
            "api_key_index": key,
            "nonce": desk.nonces.next((index, key)),
            "public_key": public,
            "transaction_time": 0,
        }
        for key, public in desk.accounts.public_keys(index).items()
        if wanted in (None, ALL_KEYS, key)
    ]
    if not rows:
        desk.accounts.signed_in(index, wanted or 0)
    return {"api_keys": rows}


def next_nonce(desk: Desk, call: Call) -> Json:
    lane = call.params.integer("account_index"), call.params.integer("api_key_index")
    desk.accounts.signed_in(*lane)
    return {"nonce": desk.nonces.next(lane)}


def account_limits(desk: Desk, call: Call) -> Json:
    tier = desk.limits.tier(own(desk, call).index)
    return {
        "max_llp_percentage": 100,
        "max_llp_amount": "0.000000",
        "user_tier": tier,
        "can_create_public_pool": False,
        "user_tier_name": tier,
        "current_maker_fee_tick": 0,
        "current_taker_fee_tick": 0,
        "leased_lit": "0.00000000",
        "effective_lit_stakes": "0.00000000",
        "user_tier_last_update": 0,
    }


def change_tier(desk: Desk, call: Call) -> Json:
    """Fees stay as they are here."""
    desk.limits.set_tier(own(desk, call).index, call.params.one_of("new_tier", (STANDARD, PREMIUM)))
    return {"message": ""}


def active_orders(desk: Desk, call: Call) -> Json:
    account, symbol = own(desk, call), _symbol(desk, call)
    found = desk.blotter.orders(account.name, symbol=symbol, open_only=True)
    return {"orders": [order_view(desk, account, order) for order in reversed(found)], "next_cursor": ""}


def inactive_orders(desk: Desk, call: Call) -> Json:
    """Newest first."""
    account, symbol = own(desk, call), _symbol(desk, call)
    first, last = _between(call)
    found = [
        order
        for order in desk.blotter.orders(account.name, symbol=symbol)
        if not order.status.is_open and first <= order.created_ms <= last
    ]
    shown, cursor = _page(call, found[::-1], key=lambda order: str(order.id))
    return {"orders": [order_view(desk, account, order) for order in shown], "next_cursor": cursor}


def trades(desk: Desk, call: Call) -> Json:
    """Of the account, newest first."""
    account, symbol = own(desk, call), _symbol(desk, call)
    first, last = _between(call)
    index = call.params.integer_or_none("order_index")
    order = None if index is None else desk.blotter.find(account.name, index)
    found = [
        each
        for each in desk.exchange.executions(account.name, symbol=symbol)
        if first <= each.time_ms <= last and (order is None or each.order_id == order.id)
    ]
    shown, cursor = _page(call, found[::-1], key=lambda each: str(each.id))
    return {"trades": [execution_view(desk, account, each) for each in shown], "next_cursor": cursor}


def position_funding(desk: Desk, call: Call) -> Json:
    account, symbol = own(desk, call), _symbol(desk, call)
    markets = {market.symbol: market for market in desk.markets.values()}
    found = desk.exchange.payments(account.name, symbol=symbol)
    shown, cursor = _page(call, found[::-1], key=lambda each: str(each.id))
    rows = [
        {
            "timestamp": paid.time_ms // 1000,
            "market_id": markets[paid.symbol].id,
            "funding_id": paid.id,
            "change": f"{paid.amount:.6f}",
            "rate": f"{desk.exchange.funding(paid.symbol)[0]:f}",
            "position_size": "",  # not kept
            "position_side": "",
            "discount": "0.000000",
        }
        for paid in shown
    ]
    return {"position_fundings": rows, "next_cursor": cursor}


def own(desk: Desk, call: Call) -> Account:
    """The one that is named has to be the token's."""
    index = call.params.integer_or_none("account_index")
    if call.account is None or index not in (None, call.account.index):
        raise ApiError(*BAD_TOKEN)
    if index is None:
        raise missing("account_index")
    return call.account


def _symbol(desk: Desk, call: Call) -> str | None:
    market_id = call.params.integer_or_none("market_id")
    return None if market_id in (None, 255) else desk.find(int(market_id or 0)).symbol


def _between(call: Call) -> tuple[int, int]:
    value = call.params.get("between_timestamps", f"0-{10**15}")
    first, _, last = value.partition("-")
    return _number(first, "between_timestamps"), _number(last, "between_timestamps")


def _page(call: Call, rows: Sequence[Row], key: Callable[[Row], str]) -> tuple[Sequence[Row], str]:
    """A cursor names the last row that was shown."""
    keys, cursor = [key(row) for row in rows], call.params.get("cursor")
    if cursor and cursor not in keys:
        raise wrong("cursor")
    first = keys.index(cursor) + 1 if cursor else 0
    shown = rows[first : first + call.params.limit(100, 100)]
    return shown, keys[first + len(shown) - 1] if first + len(shown) < len(rows) else ""


ROUTES = (
    Route(path="account", answer=account),
    Route(path="accountsByL1Address", answer=accounts_by_address),
    Route(path="apikeys", answer=api_keys, weight=150),
    Route(path="nextNonce", answer=next_nonce, weight=6),
    Route(path="accountLimits", answer=account_limits, is_private=True),
    Route(path="accountActiveOrders", answer=active_orders, is_private=True),
    Route(path="accountInactiveOrders", answer=inactive_orders, weight=100, is_private=True),
    Route(path="trades", answer=trades, weight=600, is_private=True),
    Route(path="positionFunding", answer=position_funding, is_private=True),
    Route(path="changeAccountTier", answer=change_tier, weight=3_000, method="POST", is_private=True),
)
