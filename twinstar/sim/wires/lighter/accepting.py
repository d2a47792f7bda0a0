"""What is looked at before a transaction is accepted. A refused one changes nothing and spends no nonce.

Source: the error code page of apidocs.lighter.xyz (2026-07) and the checks of elliottech/lighter-go (2026-08).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twinstar.sim.model import Order, Status
from twinstar.sim.wires.lighter import errors, rules, trading
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.blotter import FIRST_INDEX
from twinstar.sim.wires.lighter.desk import Desk
from twinstar.sim.wires.lighter.errors import ApiError, Words
from twinstar.sim.wires.lighter.markets import FRACTION, Market
from twinstar.sim.wires.lighter.transactions import (
    OF_MARKET,
    Asked,
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

SCHEDULE_MS = (5 * rules.MINUTE_MS, 15 * rules.DAY_MS)  # from now
PUBLIC_KEY_BYTES = 40
MOST_ACTIVE, MOST_ACTIVE_THERE = 1_500, 1_000
MOST_PENDING, MOST_PENDING_THERE = 500, 16


def accept(desk: Desk, tx: Tx) -> str:
    """Its hash; it is carried out later."""
    is_new_key = isinstance(tx, ChangePubKey)
    account = desk.accounts.find(tx.account_index) if is_new_key else desk.accounts.signed_in(*tx.lane)
    desk.nonces.check(tx.lane, tx.nonce, may_skip=tx.may_skip_nonce)
    CHECKS[type(tx)](desk, account, tx)
    desk.nonces.spend(tx.lane, tx.nonce)
    tx_hash = hash_of(tx)
    desk.engine.submit(tx, tx_hash, partial(trading.carry_out, desk, account, tx))
    return tx_hash


def _create(desk: Desk, account: Account, tx: CreateOrder) -> None:
    _check_orders(desk, account, [tx.order])


def _create_group(desk: Desk, account: Account, tx: CreateGroupedOrders) -> None:
    rules.check_group(tx.grouping_type, tx.orders)
    _check_orders(desk, account, tx.orders)


def _check_orders(desk: Desk, account: Account, orders: Sequence[Asked]) -> None:
    for asked in orders:
        market, index = desk.find(asked.market_index), asked.client_order_index
        rules.check_order(asked, desk.now_ms(), market.price_ticks(desk.exchange.mark_price(market.symbol)))
        rules.check_size(asked, market)
        if index and (desk.engine.is_coming(account.index, index) or desk.blotter.knows(account.name, index)):
            raise ApiError(*errors.DUPLICATE)
    _check_room(desk, account, desk.find(orders[0].market_index), orders)


def _check_room(desk: Desk, account: Account, market: Market, orders: Sequence[Asked]) -> None:
    more_pending = sum(asked.trigger_price > 0 for asked in orders)
    there_are = desk.blotter.orders(account.name, open_only=True)
    pending = [order for order in there_are if order.status is Status.UNTRIGGERED]
    active = [order for order in there_are if order.status is not Status.UNTRIGGERED]
    if len(orders) > more_pending:
        _demand(len(active) < MOST_ACTIVE, errors.MANY_ACTIVE)
        _demand(_count(active, market) < MOST_ACTIVE_THERE, errors.MANY_ACTIVE_THERE)
    if more_pending:
        _demand(len(pending) + more_pending <= MOST_PENDING, errors.MANY_PENDING)
        _demand(_count(pending, market) + more_pending <= MOST_PENDING_THERE, errors.MANY_PENDING_THERE)


def _count(orders: Sequence[Order], market: Market) -> int:
    return sum(order.request.symbol == market.symbol for order in orders)


def _cancel(desk: Desk, account: Account, tx: CancelOrder) -> None:
    _check_order_there(desk, account, tx)


def _modify(desk: Desk, account: Account, tx: ModifyOrder) -> None:
    _demand(tx.price > 0, errors.BAD_PRICE)
    _check_order_there(desk, account, tx)


def _check_order_there(desk: Desk, account: Account, tx: CancelOrder | ModifyOrder) -> None:
    """One that is on its way counts as there."""
    market = desk.find(tx.market_index)
    if tx.index < FIRST_INDEX and desk.engine.is_coming(account.index, tx.index):
        return
    order = desk.blotter.find(account.name, tx.index)
    _demand(order.request.symbol == market.symbol, errors.NO_ORDER)
    _demand(order.status.is_open, errors.INACTIVE)


def _cancel_all(desk: Desk, account: Account, tx: CancelAllOrders) -> None:
    _demand(tx.time_in_force in (trading.NOW, trading.SCHEDULED, trading.ABORTED), errors.BAD_CANCEL_ALL)
    soonest, latest = (desk.now_ms() + each for each in SCHEDULE_MS)
    fits = soonest <= tx.time <= latest if tx.time_in_force == trading.SCHEDULED else tx.time == 0
    _demand(fits, errors.BAD_CANCEL_TIME)
    if OF_MARKET in tx.attributes:
        desk.find(tx.attributes[OF_MARKET])


def _update_leverage(desk: Desk, account: Account, tx: UpdateLeverage) -> None:
    """Its mode stays as it is while anything is held or asked for there."""
    market, mode = desk.find(tx.market_index), trading.MARGIN_MODES.get(tx.margin_mode)
    _demand(mode is not None, errors.BAD_MARGIN_MODE)
    _demand(market.min_margin <= tx.initial_margin_fraction <= FRACTION, errors.BAD_MARGIN)
    held = next(each for each in desk.exchange.positions(account.name) if each.symbol == market.symbol)
    is_busy = held.quantity or desk.exchange.orders(account.name, symbol=market.symbol, open_only=True)
    _demand(held.margin_mode == mode or not is_busy, errors.BAD_MARGIN_MODE)


def _change_key(desk: Desk, account: Account, tx: ChangePubKey) -> None:
    _demand(len(tx.pub_key) == PUBLIC_KEY_BYTES, errors.BAD_PUBLIC_KEY)


def _demand(condition: bool, words: Words) -> None:
    if not condition:
        raise ApiError(*words)


CHECKS: dict[type[Tx], Callable[[Desk, Account, Any], None]] = {
    ChangePubKey: _change_key,
    CreateOrder: _create,
    CancelOrder: _cancel,
    CancelAllOrders: _cancel_all,
    ModifyOrder: _modify,
    UpdateLeverage: _update_leverage,
    CreateGroupedOrders: _create_group,
}
