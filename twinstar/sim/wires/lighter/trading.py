"""Transactions are carried out. Whoever gets an answer knows only that his was accepted: an order that the account
cannot pay for, or that would not reduce, is over as it comes, and its owner is told so by the streams.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.wires.lighter import entering, errors, groups, rules
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.desk import Desk
from twinstar.sim.wires.lighter.errors import ApiError, worded
from twinstar.sim.wires.lighter.markets import FRACTION
from twinstar.sim.wires.lighter.transactions import (
    OF_MARKET,
    CancelAllOrders,
    CancelOrder,
    ChangePubKey,
    CreateGroupedOrders,
    CreateOrder,
    ModifyOrder,
    Tx,
    UpdateLeverage,
    hash_of,
)

NOW, SCHEDULED, ABORTED = 0, 1, 2
SCHEDULE_MS = (5 * rules.MINUTE_MS, 15 * rules.DAY_MS)
MARGIN_MODES = {0: "cross", 1: "isolated"}
PUBLIC_KEY_BYTES = 40


def carry_out(desk: Desk, tx: Tx) -> str:
    """The hash of an accepted transaction. A refused one changes nothing and spends no nonce."""
    is_new_key = isinstance(tx, ChangePubKey)
    account = desk.accounts.find(tx.account_index) if is_new_key else desk.accounts.signed_in(*tx.lane)
    desk.nonces.check(tx.lane, tx.nonce, may_skip=tx.may_skip_nonce)
    try:
        DOINGS[type(tx)](desk, account, tx)
    except Refusal as refusal:
        raise worded(refusal) from refusal
    desk.nonces.spend(tx.lane, tx.nonce)
    return hash_of(tx)


def create(desk: Desk, account: Account, tx: CreateOrder) -> None:
    entering.check(desk, account, [tx.order])
    entering.enter(desk, account, tx.order, tx.nonce)


def create_group(desk: Desk, account: Account, tx: CreateGroupedOrders) -> None:
    rules.check_group(tx.grouping_type, tx.orders)
    entering.check(desk, account, tx.orders)
    groups.enter(desk, account, tx)


def cancel(desk: Desk, account: Account, tx: CancelOrder) -> None:
    market, order = desk.find(tx.market_index), desk.blotter.find(account.name, tx.index)
    if order.request.symbol != market.symbol:
        raise ApiError(*errors.NO_ORDER)
    if not order.status.is_open:
        raise ApiError(*errors.INACTIVE)
    desk.blotter.end(account.name, order)


def modify(desk: Desk, account: Account, tx: ModifyOrder) -> None:
    """The size is the whole new one; that nothing is different is fine."""
    market, order = desk.find(tx.market_index), desk.blotter.find(account.name, tx.index)
    if order.request.symbol != market.symbol:
        raise ApiError(*errors.NO_ORDER)
    if order.id < 0 or not order.status.is_open:
        raise ApiError(*errors.INACTIVE)
    if tx.price <= 0:
        raise ApiError(*errors.BAD_PRICE)
    request, waits = order.request, order.request.kind.is_trigger and not order.triggered
    if waits is not (tx.trigger_price > 0):
        raise ApiError(*errors.BAD_TRIGGER)
    try:
        desk.exchange.amend(
            account.name,
            order.id,
            quantity=None if request.close_position or not tx.base_amount else market.size(tx.base_amount),
            price=market.price(tx.price) if request.price is not None else None,
            trigger_price=market.price(tx.trigger_price) if waits else None,
        )
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:
            raise


def cancel_all(desk: Desk, account: Account, tx: CancelAllOrders) -> None:
    name, now = ("cancel all", account.index), desk.now_ms()
    if tx.time_in_force not in (NOW, SCHEDULED, ABORTED):
        raise ApiError(*errors.BAD_CANCEL_ALL)
    soonest, latest = (now + each for each in SCHEDULE_MS)
    fits = soonest <= tx.time <= latest if tx.time_in_force == SCHEDULED else tx.time == 0
    if not fits:
        raise ApiError(*errors.BAD_CANCEL_TIME)
    symbol = desk.find(tx.attributes[OF_MARKET]).symbol if OF_MARKET in tx.attributes else None
    match tx.time_in_force:
        case 0:
            _cancel_all(desk, account, symbol)
        case 1:
            desk.deadlines.set(name, tx.time, partial(_cancel_all, desk, account, symbol))
        case _:
            desk.deadlines.drop(name)


def _cancel_all(desk: Desk, account: Account, symbol: str | None) -> None:
    for order in desk.blotter.orders(account.name, symbol=symbol, open_only=True):
        desk.blotter.end(account.name, order)


def update_leverage(desk: Desk, account: Account, tx: UpdateLeverage) -> None:
    market, mode = desk.find(tx.market_index), MARGIN_MODES.get(tx.margin_mode)
    if mode is None:
        raise ApiError(*errors.BAD_MARGIN_MODE)
    if not market.min_margin <= tx.initial_margin_fraction <= FRACTION:
        raise ApiError(*errors.BAD_MARGIN)
    held = next(each for each in desk.exchange.positions(account.name) if each.symbol == market.symbol)
    leverage = round(FRACTION / tx.initial_margin_fraction)
    if held.margin_mode != mode:
        desk.exchange.set_margin_mode(account.name, market.symbol, mode)
    if held.leverage != leverage:
        desk.exchange.set_leverage(account.name, market.symbol, leverage)


def change_key(desk: Desk, account: Account, tx: ChangePubKey) -> None:
    if len(tx.pub_key) != PUBLIC_KEY_BYTES:
        raise ApiError(*errors.BAD_PUBLIC_KEY)
    desk.accounts.bind(account.index, tx.api_key_index, tx.pub_key)


DOINGS: dict[type[Tx], Callable[[Desk, Account, Any], None]] = {
    ChangePubKey: change_key,
    CreateOrder: create,
    CancelOrder: cancel,
    CancelAllOrders: cancel_all,
    ModifyOrder: modify,
    UpdateLeverage: update_leverage,
    CreateGroupedOrders: create_group,
}
