"""What hangs together: one order that triggers others, two that cancel each other, and those tied to a position.

Source: the circuits that prove what the venue did (elliottech/lighter-prover, 2026-09). Children come to life when
their parent is over by itself, with what it got: a parent that rests has none meanwhile, and one that is canceled takes
them along, however much of it was filled. Of two that cancel each other the second goes when the first fires, not when
that is canceled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace

from twinstar.sim.model import AccountChanged, AccountEvent, Order, Status
from twinstar.sim.wires.lighter import entering, rules
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.blotter import is_tied
from twinstar.sim.wires.lighter.desk import Desk
from twinstar.sim.wires.lighter.transactions import CreateGroupedOrders


def enter(desk: Desk, account: Account, tx: CreateGroupedOrders) -> None:
    entering.check_direction(desk, account, tx.orders[0])
    if tx.grouping_type == rules.OCO:
        placed = [entering.enter(desk, account, asked, tx.nonce) for asked in tx.orders]
        _tie(desk, *placed)
    else:
        placed = [entering.enter(desk, account, tx.orders[0], tx.nonce)]
        children = _children(desk, account, tx, placed[0])
        desk.blotter.change(placed[0], children=tuple(map(desk.blotter.index, children)))
        if tx.grouping_type == rules.OTOCO:
            _tie(desk, *children)
    for order in placed:  # it may be over already
        _settle(desk, account, desk.blotter.index(order))


def _children(desk: Desk, account: Account, tx: CreateGroupedOrders, parent: Order) -> list[Order]:
    """They wait outside the exchange until their parent has traded."""
    market, index = desk.find(tx.orders[0].market_index), desk.blotter.index(parent)
    size = market.size(tx.orders[0].base_amount)
    children = []
    for asked in tx.orders[1:]:
        request = entering.request_of(desk, account, market, asked, size=size)
        note = replace(entering.note_of(asked, tx.nonce), parent=index)
        child = desk.blotter.keep(account.name, replace(request, quantity=None), note, Status.UNTRIGGERED)
        entering.watch_expiry(desk, account, child)
        children.append(child)
    return children


def _tie(desk: Desk, one: Order, other: Order) -> None:
    desk.blotter.change(one, sibling=desk.blotter.index(other))
    desk.blotter.change(other, sibling=desk.blotter.index(one))


def watch(desk: Desk, account: Account) -> None:
    """For as long as there is the wire. What follows from an order's end comes after all have heard of it."""

    def hear(event: AccountEvent) -> None:
        for action in _consequences(desk, account, event):
            asyncio.get_running_loop().call_soon(action)

    desk.blotter.on_account(account.name, hear)


def _consequences(desk: Desk, account: Account, event: AccountEvent) -> Iterator[Callable[[], None]]:
    if isinstance(event, AccountChanged):
        yield from (partial(_untie, desk, account, held.symbol) for held in event.positions)
    elif not event.order.status.is_open:
        desk.deadlines.drop(event.order.id)
        note = desk.blotter.note(event.order)
        if note.children or note.sibling:
            yield partial(_settle, desk, account, desk.blotter.index(event.order))


def _untie(desk: Desk, account: Account, symbol: str) -> None:
    """What no longer reduces anything, since the position is closed or on the other side."""
    held = entering.held(desk, account, symbol)
    for order in desk.blotter.orders(account.name, symbol=symbol, open_only=True):
        if is_tied(order) and order.request.side.sign * held >= 0:
            sibling = desk.blotter.note(order).sibling
            by_sibling = sibling and _has_fired(desk.blotter.find(account.name, sibling))
            desk.blotter.end(account.name, order, "oco" if by_sibling else "reduce-only")


def _settle(desk: Desk, account: Account, index: int) -> None:
    order = desk.blotter.find(account.name, index)
    if order.status.is_open:
        return
    note = desk.blotter.note(order)
    if note.sibling and _has_fired(order):
        desk.blotter.end(account.name, desk.blotter.find(account.name, note.sibling), "oco")
    for child in [desk.blotter.find(account.name, each) for each in note.children]:
        if child.id > 0 or not child.status.is_open:
            continue
        if order.filled and order.status is not Status.CANCELED:
            _release(desk, account, child, order)
        else:
            desk.blotter.end(account.name, child, "child")


def _has_fired(order: Order) -> bool:
    """One whose price had been reached as it came has no trigger any more."""
    return order.triggered or not order.request.kind.is_trigger


def _release(desk: Desk, account: Account, child: Order, parent: Order) -> None:
    """Of the size that its parent got."""
    note = replace(desk.blotter.note(child), index=desk.blotter.index(child))
    desk.deadlines.drop(child.id)
    desk.blotter.forget(account.name, child)
    placed = entering.admit(desk, account, replace(child.request, quantity=parent.filled), note)
    entering.watch_expiry(desk, account, placed)
