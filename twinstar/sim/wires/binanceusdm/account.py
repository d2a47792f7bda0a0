"""The account as a whole over REST: balances, and the margin that positions and orders bind."""

from __future__ import annotations

from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route
from twinstar.sim.wires.binanceusdm.desk import ASSET, Desk
from twinstar.sim.wires.binanceusdm.positions import (
    NOTIONAL_CAP,
    contract_id,
    entry_price,
    isolated_margin,
)
from twinstar.sim.wires.margin import Exposure, break_even
from twinstar.sim.wires.spelling import money, text
from twinstar.sim.wires.wallet import Wallet


def account(desk: Desk, call: Call) -> Answer:
    wallet, now = desk.wallet(call), desk.exchange.clock.now_ms()
    totals = _figures(wallet)
    return {
        "feeTier": 0,
        "feeBurn": False,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
        "totalInitialMargin": totals["initialMargin"],
        "totalMaintMargin": totals["maintMargin"],
        "totalWalletBalance": totals["walletBalance"],
        "totalUnrealizedProfit": totals["unrealizedProfit"],
        "totalMarginBalance": totals["marginBalance"],
        "totalPositionInitialMargin": totals["positionInitialMargin"],
        "totalOpenOrderInitialMargin": totals["openOrderInitialMargin"],
        "totalCrossWalletBalance": totals["crossWalletBalance"],
        "totalCrossUnPnl": totals["crossUnPnl"],
        "availableBalance": totals["availableBalance"],
        "maxWithdrawAmount": totals["maxWithdrawAmount"],
        "assets": [{"asset": ASSET, **totals, "marginAvailable": True, "updateTime": now}],
        "positions": [_held(one) for one in wallet.exposures if one.position.quantity],
    }


def _figures(wallet: Wallet) -> Json:
    return {
        "walletBalance": money(wallet.balance),
        "unrealizedProfit": money(wallet.unrealized),
        "marginBalance": money(wallet.balance + wallet.unrealized),
        "maintMargin": money(wallet.maintenance),
        "initialMargin": money(wallet.margin),
        "positionInitialMargin": money(wallet.position_margin),
        "openOrderInitialMargin": money(wallet.order_margin),
        "crossWalletBalance": money(wallet.cross_balance),
        "crossUnPnl": money(wallet.cross_unrealized),
        "availableBalance": money(wallet.available),
        "maxWithdrawAmount": money(wallet.available),
    }


def _held(held: Exposure) -> Json:
    position = held.position
    return {
        "symbol": contract_id(position),
        "initialMargin": money(held.initial),
        "maintMargin": money(held.maintenance),
        "unrealizedProfit": money(held.unrealized),
        "positionInitialMargin": money(held.initial),
        "openOrderInitialMargin": "0",
        "leverage": str(position.leverage),
        "isolated": held.is_isolated,
        "entryPrice": entry_price(position),
        "breakEvenPrice": money(break_even(held)),
        "maxNotional": str(NOTIONAL_CAP),
        "bidNotional": "0",
        "askNotional": "0",
        "positionSide": "BOTH",
        "positionAmt": text(position.quantity),
        "notional": money(held.notional),
        "isolatedMargin": money(isolated_margin(held)),
        "isolatedWallet": money(held.isolated_wallet),
        "updateTime": position.updated_ms,
    }


def balance(desk: Desk, call: Call) -> Answer:
    wallet = desk.wallet(call)
    figures = _figures(wallet)
    shown = ("crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount")
    return [
        {
            "accountAlias": "SgsR",
            "asset": ASSET,
            "balance": figures["walletBalance"],
            **{name: figures[name] for name in shown},
            "marginAvailable": True,
            "updateTime": desk.exchange.clock.now_ms(),
        }
    ]


ROUTES = tuple(
    Route(method="GET", path=f"/fapi/{version}/{name}", answer=answer, weight=5, signed=True)
    for version in ("v2", "v3")
    for name, answer in (("account", account), ("balance", balance))
)
