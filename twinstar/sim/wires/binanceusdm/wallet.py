"""What an account holds: its balance, what is free of it, and its positions at the mark price."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Balance
from twinstar.sim.wires.binanceusdm.desk import Call, Desk
from twinstar.sim.wires.binanceusdm.margin import ZERO, Exposure, exposures

ASSET = "USDT"


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
    def maintenance(self) -> Decimal:
        return sum((one.maintenance for one in self.exposures), ZERO)

    @property
    def cross_balance(self) -> Decimal:
        return self.balance - sum((one.isolated_wallet for one in self.exposures), ZERO)


def wallet_of(desk: Desk, account: str) -> Wallet:
    balances = {one.asset: one for one in desk.exchange.balances(account)}
    held = balances.get(ASSET, Balance(asset=ASSET))
    return Wallet(balance=held.total, margin=held.locked, exposures=exposures(desk.exchange, account))


def asked(desk: Desk, call: Call) -> list[tuple[Exposure, Wallet]]:
    contract, wallet = desk.contract_or_none(call.params), wallet_of(desk, call.account)
    return [
        (held, wallet)
        for held in wallet.exposures
        if contract is None or held.position.symbol == contract.listing.symbol
    ]
