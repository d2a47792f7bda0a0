"""What perpetuals bind of a wallet, and when that is too little. Pure.

The initial margin goes by entry prices, so that it changes only with positions and orders, not with every tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from twinstar.sim.accounts import Account
from twinstar.sim.model import Balance, Listing, Order, Position, Status
from twinstar.sim.settlement import unrealized

ZERO = Decimal(0)

Marks = Mapping[str, Decimal]
"""Mark prices by symbol."""


def initial(position: Position, orders: Iterable[Order]) -> Decimal:
    """For the worse of both sides: all buys filled, or all sells."""
    bought = sold = position.cost
    for order in orders:
        if order.status is Status.UNTRIGGERED or order.request.reduce_only or order.request.price is None:
            continue
        worth = order.remaining * order.request.price
        bought, sold = (bought + worth, sold) if order.request.side.sign > 0 else (bought, sold - worth)
    return max(abs(bought), abs(sold)) / position.leverage


def bound(account: Account, listings: Iterable[Listing], asset: str) -> Decimal:
    """The initial margin of everything that settles in the asset."""
    return sum(
        (initial(account.position(each.symbol), account.open_of(each.symbol)) for each in listings if each.settle == asset),
        ZERO,
    )


def shown(account: Account, listings: Iterable[Listing], balance: Balance) -> Balance:
    """As the owner sees it: margin is locked."""
    margin = bound(account, listings, balance.asset)
    if not margin:
        return balance
    return Balance(asset=balance.asset, free=balance.free - margin, locked=balance.locked + margin)


def available(account: Account, listings: Iterable[Listing], asset: str, marks: Marks) -> Decimal:
    """What new orders may bind; profits and losses of positions on cross margin count."""
    listings = tuple(listings)
    open_profit = sum(
        (
            unrealized(position, marks[position.symbol])
            for position in account.held()
            if position.margin_mode == "cross" and _settle(listings, position) == asset
        ),
        ZERO,
    )
    return account.balance(asset).free - bound(account, listings, asset) + open_profit


def doomed(account: Account, listings: Iterable[Listing], marks: Marks) -> list[Position]:
    """Positions that must be liquidated: an isolated one on its own, those on cross margin together."""
    by_symbol = {each.symbol: each for each in listings}
    held = [position for position in account.held() if position.symbol in by_symbol]
    isolated = [position for position in held if position.margin_mode == "isolated"]
    lost = [
        position
        for position in isolated
        if initial(position, ()) + unrealized(position, marks[position.symbol]) < _needed(position, by_symbol, marks)
    ]
    for asset in {by_symbol[position.symbol].settle for position in held} - {None}:
        cross = [each for each in held if each not in isolated and by_symbol[each.symbol].settle == asset]
        aside = sum((initial(each, ()) for each in isolated if by_symbol[each.symbol].settle == asset), ZERO)
        equity = account.balance(asset or "").free - aside
        equity += sum((unrealized(each, marks[each.symbol]) for each in cross), ZERO)
        if equity < sum((_needed(each, by_symbol, marks) for each in cross), ZERO):
            lost += cross
    return lost


def _needed(position: Position, listings: Mapping[str, Listing], marks: Marks) -> Decimal:
    return abs(position.quantity) * marks[position.symbol] * listings[position.symbol].maintenance_rate


def _settle(listings: Iterable[Listing], position: Position) -> str | None:
    return next((each.settle for each in listings if each.symbol == position.symbol), None)
