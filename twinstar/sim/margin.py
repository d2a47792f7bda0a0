"""What perpetuals bind of a wallet, and when that is too little. Pure.

The initial margin goes by entry prices, so that it changes only with positions and orders, not with every tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.accounts import Account
from twinstar.sim.model import Balance, Listing, Order, Position, Status
from twinstar.sim.settlement import unrealized

ZERO = Decimal(0)


class House(Struct, frozen=True):
    """The perpetuals that share wallets, and their mark prices, by symbol."""

    listings: Mapping[str, Listing]
    marks: Mapping[str, Decimal]

    def held(self, account: Account, asset: str) -> list[Position]:
        """Positions that settle in the asset."""
        return [each for each in account.held() if each.symbol in self._of(asset)]

    def _of(self, asset: str) -> set[str]:
        return {each.symbol for each in self.listings.values() if each.settle == asset}

    def profit(self, positions: Iterable[Position]) -> Decimal:
        return sum((unrealized(each, self.marks[each.symbol]) for each in positions), ZERO)

    def maintenance(self, positions: Iterable[Position]) -> Decimal:
        return sum((self._maintenance(each) for each in positions), ZERO)

    def _maintenance(self, position: Position) -> Decimal:
        rate = self.listings[position.symbol].maintenance_rate
        return abs(position.quantity) * self.marks[position.symbol] * rate


def initial(position: Position, orders: Iterable[Order]) -> Decimal:
    """For the worse of both sides: all buys filled, or all sells."""
    bought = sold = position.cost
    for order in orders:
        if order.status is Status.UNTRIGGERED or order.request.reduce_only or order.request.price is None:
            continue
        worth = order.remaining * order.request.price
        bought, sold = (bought + worth, sold) if order.request.side.sign > 0 else (bought, sold - worth)
    return max(abs(bought), abs(sold)) / position.leverage


def bound(account: Account, listings: Mapping[str, Listing], asset: str) -> Decimal:
    """The initial margin of everything that settles in the asset."""
    symbols = [each.symbol for each in listings.values() if each.settle == asset]
    return sum((initial(account.position(each), account.open_of(each)) for each in symbols), ZERO)


def shown(account: Account, listings: Mapping[str, Listing], balance: Balance) -> Balance:
    """As the owner sees it: margin is locked."""
    margin = bound(account, listings, balance.asset)
    if not margin:
        return balance
    return Balance(asset=balance.asset, free=balance.free - margin, locked=balance.locked + margin)


def available(account: Account, house: House, asset: str) -> Decimal:
    """What new orders may bind; profits and losses of positions on cross margin count."""
    cross = [each for each in house.held(account, asset) if each.margin_mode == "cross"]
    return account.balance(asset).free - bound(account, house.listings, asset) + house.profit(cross)


def doomed(account: Account, house: House) -> list[Position]:
    """Positions that must be liquidated: an isolated one on its own, those on cross margin together."""
    lost: list[Position] = []
    for asset in {each.settle for each in house.listings.values()} - {None}:
        held = house.held(account, str(asset))
        isolated = [each for each in held if each.margin_mode == "isolated"]
        cross = [each for each in held if each.margin_mode == "cross"]
        lost += [each for each in isolated if _is_short(initial(each, ()), [each], house)]
        aside = sum((initial(each, ()) for each in isolated), ZERO)
        if _is_short(account.balance(str(asset)).free - aside, cross, house):
            lost += cross
    return lost


def _is_short(money: Decimal, positions: list[Position], house: House) -> bool:
    return bool(positions) and money + house.profit(positions) < house.maintenance(positions)
