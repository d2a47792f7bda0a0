"""What an account of perpetuals holds: its balance, what is free of it, and its positions at the mark price."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Balance
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.margin import ZERO, Exposure, exposures


class Wallet(Struct, frozen=True, kw_only=True):
    balance: Decimal  # realised, margin included
    margin: Decimal  # bound by positions and orders
    exposures: list[Exposure]

    @property
    def available(self) -> Decimal:
        """What new orders may bind: profits and losses on cross margin count."""
        return max(self.balance - self.margin + self.cross_unrealized, ZERO)

    @property
    def cross_unrealized(self) -> Decimal:
        return sum((one.unrealized for one in self.exposures if not one.is_isolated), ZERO)

    @property
    def unrealized(self) -> Decimal:
        return sum((one.unrealized for one in self.exposures), ZERO)

    @property
    def position_margin(self) -> Decimal:
        return sum((one.initial for one in self.exposures), ZERO)

    @property
    def order_margin(self) -> Decimal:
        return max(self.margin - self.position_margin, ZERO)

    @property
    def maintenance(self) -> Decimal:
        return sum((one.maintenance for one in self.exposures), ZERO)

    @property
    def cross_balance(self) -> Decimal:
        return self.balance - sum((one.isolated_wallet for one in self.exposures), ZERO)


def wallet_of(exchange: Exchange, account: str, asset: str) -> Wallet:
    balances = {one.asset: one for one in exchange.balances(account)}
    held = balances.get(asset, Balance(asset=asset))
    return Wallet(balance=held.total, margin=held.locked, exposures=exposures(exchange, account))
