"""What the account holds."""

from __future__ import annotations

from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.pairs import FEE
from twinstar.sim.wires.binance_common.desk import Answer, Call, Route
from twinstar.sim.wires.spelling import money

COMMISSION = int(FEE * 10_000)
ACCOUNT_NUMBER = 354_937


def account(desk: Desk, call: Call) -> Answer:
    leave_out_empty = call.params.flag("omitZeroBalances")
    held = [each for each in desk.exchange.balances(call.account) if each.total or not leave_out_empty]
    return {
        "makerCommission": COMMISSION,
        "takerCommission": COMMISSION,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": money(FEE), "taker": money(FEE), "buyer": "0.00000000", "seller": "0.00000000"},
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": desk.exchange.clock.now_ms(),
        "accountType": "SPOT",
        "balances": [{"asset": each.asset, "free": money(each.free), "locked": money(each.locked)} for each in held],
        "permissions": ["SPOT"],
        "uid": ACCOUNT_NUMBER,
    }


ROUTES = (Route(method="GET", path="/api/v3/account", answer=account, weight=20, signed=True),)
