"""Accepted transactions are carried out. Nobody waits for an answer any more: what becomes of orders the streams tell,
and what fails is nowhere but in the transaction's own record.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twinstar.sim.model import Order, Reason, Refusal
from twinstar.sim.wires.lighter import entering, errors, groups
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.desk import Desk
from twinstar.sim.wires.lighter.errors import ApiError
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
)

NOW, SCHEDULED, ABORTED = 0, 1, 2
MARGIN_MODES = {0: "cross", 1: "isolated"}


def carry_out(desk: Desk, account: Account, tx: Tx) -> None:
    DOINGS[type(tx)](desk, account, tx)


def create(desk: Desk, account: Account, tx: CreateOrder) -> None:
    entering.check_direction(desk, account, tx.order)
    entering.enter(desk, account, tx.order, tx.nonce)


def cancel(desk: Desk, account: Account, tx: CancelOrder) -> None:
    desk.blotter.end(account.name, _open(desk, account, tx))


def modify(desk: Desk, account: Account, tx: ModifyOrder) -> None:
    """The size is the whole new one; that nothing is different is fine."""
    market, order = desk.find(tx.market_index), _open(desk, account, tx)
    request, waits = order.request, order.request.kind.is_trigger and not order.triggered
    if order.id < 0 or waits is not (tx.trigger_price > 0):
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


def _open(desk: Desk, account: Account, tx: CancelOrder | ModifyOrder) -> Order:
    """It may have ended on the way."""
    order = desk.blotter.find(account.name, tx.index)
    if not order.status.is_open:
        raise ApiError(*errors.INACTIVE)
    return order


def cancel_all(desk: Desk, account: Account, tx: CancelAllOrders) -> None:
    name = ("cancel all", account.index)
    symbol = desk.find(tx.attributes[OF_MARKET]).symbol if OF_MARKET in tx.attributes else None
    if tx.time_in_force == NOW:
        _cancel_all(desk, account, symbol)
    elif tx.time_in_force == SCHEDULED:
        desk.deadlines.set(name, tx.time, partial(_cancel_all, desk, account, symbol))
    else:
        desk.deadlines.drop(name)


def _cancel_all(desk: Desk, account: Account, symbol: str | None) -> None:
    for order in desk.blotter.orders(account.name, symbol=symbol, open_only=True):
        desk.blotter.end(account.name, order)


def update_leverage(desk: Desk, account: Account, tx: UpdateLeverage) -> None:
    market, mode = desk.find(tx.market_index), MARGIN_MODES[tx.margin_mode]
    held = next(each for each in desk.exchange.positions(account.name) if each.symbol == market.symbol)
    leverage = round(FRACTION / tx.initial_margin_fraction)
    if held.margin_mode != mode:
        desk.exchange.set_margin_mode(account.name, market.symbol, mode)
    if held.leverage != leverage:
        desk.exchange.set_leverage(account.name, market.symbol, leverage)


def change_key(desk: Desk, account: Account, tx: ChangePubKey) -> None:
    desk.accounts.bind(account.index, tx.api_key_index, tx.pub_key)


DOINGS: dict[type[Tx], Callable[[Desk, Account, Any], None]] = {
    ChangePubKey: change_key,
    CreateOrder: create,
    CancelOrder: cancel,
    CancelAllOrders: cancel_all,
    ModifyOrder: modify,
    UpdateLeverage: update_leverage,
    CreateGroupedOrders: groups.enter,
}
