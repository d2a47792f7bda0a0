"""Positions over REST."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Position
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route
from twinstar.sim.wires.binanceusdm.contracts import contract_of
from twinstar.sim.wires.binanceusdm.desk import ASSET, Desk
from twinstar.sim.wires.margin import ZERO, Exposure, break_even, liquidation_price
from twinstar.sim.wires.spelling import money, text
from twinstar.sim.wires.wallet import Wallet

NOTIONAL_CAP = 500_000_000  # one bracket: the exchange has one maintenance rate a market


def position_risk_v2(desk: Desk, call: Call) -> Answer:
    """Every market, with its settings."""
    return [_risk(held, wallet, _settings(held)) for held, wallet in desk.held(call)]


def position_risk_v3(desk: Desk, call: Call) -> Answer:
    """Only markets with a position or an open order."""
    busy = {order.request.symbol for order in desk.exchange.orders(call.account, open_only=True)}
    return [
        _risk(held, wallet, _margins(held))
        for held, wallet in desk.held(call)
        if held.position.quantity or held.position.symbol in busy
    ]


def _risk(held: Exposure, wallet: Wallet, more: Json) -> Json:
    position = held.position
    liquidation = liquidation_price(held, wallet.exposures, wallet.balance)
    return {
        "symbol": contract_id(position),
        "positionSide": "BOTH",
        "positionAmt": text(position.quantity),
        "entryPrice": entry_price(position),
        "breakEvenPrice": money(break_even(held)),
        "markPrice": money(held.mark),
        "unRealizedProfit": money(held.unrealized),
        "liquidationPrice": money(liquidation) if liquidation else "0",
        "isolatedMargin": money(isolated_margin(held)),
        "notional": money(held.notional),
        "isolatedWallet": money(held.isolated_wallet),
        "updateTime": position.updated_ms,
        **more,
    }


def _settings(held: Exposure) -> Json:
    return {
        "leverage": str(held.position.leverage),
        "maxNotionalValue": str(NOTIONAL_CAP),
        "marginType": held.position.margin_mode,
        "isAutoAddMargin": "false",
    }


def _margins(held: Exposure) -> Json:
    return {
        "marginAsset": ASSET,
        "initialMargin": money(held.initial),
        "maintMargin": money(held.maintenance),
        "positionInitialMargin": money(held.initial),
        "openOrderInitialMargin": "0",
        "adl": 1 if held.position.quantity else 0,
        "bidNotional": "0",
        "askNotional": "0",
    }


def contract_id(position: Position) -> str:
    return contract_of(position.symbol).id


def entry_price(position: Position) -> str:
    return f"{position.entry_price:.{contract_of(position.symbol).average_precision}f}"


def isolated_margin(held: Exposure) -> Decimal:
    return held.isolated_wallet + held.unrealized if held.is_isolated else ZERO


ROUTES = tuple(
    Route(method="GET", path=f"/fapi/{version}/positionRisk", answer=answer, weight=5, signed=True)
    for version, answer in (("v2", position_risk_v2), ("v3", position_risk_v3))
)
