"""What the account holds, over REST and sockets: its balance and its positions."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.wires import margin
from twinstar.sim.wires.margin import Exposure
from twinstar.sim.wires.okx.desk import ASSET, Answer, Call, Desk, Json, private
from twinstar.sim.wires.okx.views import brief
from twinstar.sim.wires.spelling import text
from twinstar.sim.wires.wallet import Wallet

GREEKS = ("deltaBS", "deltaPA", "gammaBS", "gammaPA", "thetaBS", "thetaPA", "vegaBS", "vegaPA", "optVal", "usdPx")
BORROWED = ("baseBal", "quoteBal", "baseBorrowed", "quoteBorrowed", "baseInterest", "quoteInterest", "liab", "liabCcy")
NOT_OF_PERPETUALS = dict.fromkeys((*GREEKS, *BORROWED, "posCcy", "spotInUseAmt", "spotInUseCcy"), "")
POSITION_IDS = 3_000_000_000_000_000_000


def balance(desk: Desk, call: Call) -> Answer:
    return [balance_view(desk, call.account)]


def balance_view(desk: Desk, account: str) -> Json:
    wallet, now = desk.wallet(account), str(desk.now_ms())
    unknown = ("adjEq", "availEq", "borrowFroz", "imr", "mgnRatio", "mmr", "notionalUsd", "notionalUsdForBorrow")
    by_kind = ("notionalUsdForFutures", "notionalUsdForOption", "notionalUsdForSwap", "ordFroz", "upl")
    return {
        **dict.fromkeys((*unknown, *by_kind), ""),  # told in other account modes
        "details": [_asset(wallet, now)],
        "isoEq": brief(_isolated(wallet)),
        "totalEq": brief(wallet.balance + wallet.unrealized),
        "uTime": now,
    }


def _asset(wallet: Wallet, now: str) -> Json:
    empty = ("accAvgPx", "borrowFroz", "clSpotInUseAmt", "crossLiab", "interest", "isoLiab", "liab", "maxLoan")
    spot = ("maxSpotInUseAmt", "openAvgPx", "spotBal", "spotInUseAmt", "spotUpl", "spotUplRatio", "uplLiab")
    none = ("fixedBal", "rewardBal", "smtSyncEq", "spotCopyTradingEq", "spotIsoBal", "stgyEq", "twap")
    equity = wallet.balance + wallet.unrealized
    return {
        **dict.fromkeys((*empty, *spot, "totalPnl", "totalPnlRatio"), ""),
        **dict.fromkeys(none, "0"),
        "availBal": brief(wallet.available),
        "availEq": brief(wallet.available),
        "cashBal": brief(wallet.balance),
        "ccy": ASSET,
        "coinUsdPrice": "1",
        "colBorrAutoConversion": "0",
        "collateralEnabled": False,
        "collateralRestrict": False,
        "disEq": brief(equity),
        "eq": brief(equity),
        "eqUsd": brief(equity),
        "frozenBal": brief(wallet.margin),
        "imr": brief(wallet.margin),
        "isoEq": brief(_isolated(wallet)),
        "isoUpl": brief(sum((each.unrealized for each in wallet.exposures if each.is_isolated), Decimal(0))),
        "mgnRatio": brief(equity / wallet.maintenance) if wallet.maintenance else "",
        "mmr": brief(wallet.maintenance),
        "notionalLever": "0",
        "ordFrozen": brief(wallet.order_margin),
        "uTime": now,
        "upl": brief(wallet.unrealized),
    }


def _isolated(wallet: Wallet) -> Decimal:
    return sum((each.isolated_wallet + each.unrealized for each in wallet.exposures if each.is_isolated), Decimal(0))


def positions(desk: Desk, call: Call) -> Answer:
    """Only what is held."""
    if call.params.get("instType") not in ("", "SWAP"):
        return []
    ids = {each.id for each in desk.asked(call.params)}
    wallet = desk.wallet(call.account)
    return [
        position_view(desk, call.account, each, wallet)
        for each in wallet.exposures
        if each.position.quantity and desk.of(each.position.symbol).id in ids
    ]


def position_view(desk: Desk, account: str, held: Exposure, wallet: Wallet) -> Json:
    """What was realised and paid is of all that was traded in the market; the venue begins anew with each position."""
    position, contract = held.position, desk.of(held.position.symbol)
    equity = held.isolated_wallet if held.is_isolated else wallet.balance
    executions = desk.exchange.executions(account, symbol=position.symbol)
    realized = sum((each.realized for each in executions), Decimal(0))
    fees = sum((each.fee for each in executions), Decimal(0))
    count, mark = contract.contracts(position.quantity), text(held.mark)
    liquidation = margin.liquidation_price(held, wallet.exposures, wallet.balance)
    return {
        **NOT_OF_PERPETUALS,
        "adl": "1",
        "availPos": count,
        "avgPx": brief(position.entry_price) if position.quantity else "",
        "bePx": brief(margin.break_even(held)),
        "cTime": str(position.updated_ms),
        "ccy": ASSET,
        "closeOrderAlgo": [],
        "fee": brief(-fees),
        "fundingFee": "0",
        "idxPx": mark,
        "imr": "" if held.is_isolated else brief(held.initial),
        "instId": contract.id,
        "instType": "SWAP",
        "interest": "",
        "last": mark,
        "lever": str(position.leverage),
        "liqPenalty": "0",
        "liqPx": brief(liquidation) if liquidation else "",
        "margin": brief(held.isolated_wallet) if held.is_isolated else "",
        "markPx": mark,
        "mgnMode": position.margin_mode,
        "mgnRatio": brief((equity + held.unrealized) / held.maintenance) if held.maintenance else "",
        "mmr": brief(held.maintenance),
        "notionalUsd": brief(abs(held.notional)),
        "pTime": str(desk.now_ms()),
        "pendingCloseOrdLiabVal": "",
        "pnl": brief(realized),
        "pos": count,
        "posId": str(POSITION_IDS + contract.code),
        "posSide": "net",
        "realizedPnl": brief(realized - fees),
        "tradeId": str(executions[-1].id) if executions else "",
        "uTime": str(position.updated_ms),
        "upl": brief(held.unrealized),
        "uplLastPx": brief(held.unrealized),
        "uplRatio": brief(held.unrealized / held.initial) if held.initial else "",
        "uplRatioLastPx": brief(held.unrealized / held.initial) if held.initial else "",
    }


ROUTES = (private("account/balance", balance, 10), private("account/positions", positions, 10))
