"""What an account holds, as both venues tell it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from twinstar.sim.model import Balance
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw import messages, orders
from twinstar.sim.wires.krw.numbers import text


def accounts(exchange: Exchange, account: str) -> list[messages.Account]:
    prices = orders.average_buy_prices(exchange.executions(account))
    return [
        _account(balance, prices.get(balance.asset, Decimal(0)))
        for balance in exchange.balances(account)
        if balance.total or balance.asset == "KRW"
    ]


def purses(exchange: Exchange, account: str, *assets: str) -> Mapping[str, messages.Account]:
    """Of these, empty ones too."""
    held = {each.currency: each for each in accounts(exchange, account)}
    return {asset: held.get(asset) or _account(Balance(asset=asset), Decimal(0)) for asset in assets}


def _account(balance: Balance, average_price: Decimal) -> messages.Account:
    return messages.Account(
        currency=balance.asset,
        balance=text(balance.free),
        locked=text(balance.locked),
        avg_buy_price=text(average_price),
        avg_buy_price_modified=balance.asset == "KRW",
        unit_currency="KRW",
    )
