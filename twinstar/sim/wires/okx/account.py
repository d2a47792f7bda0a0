"""The account over REST: its balance, its positions, and its settings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.sim.model import Position, Reason, Refusal
from twinstar.sim.wires import margin
from twinstar.sim.wires.margin import Exposure
from twinstar.sim.wires.okx import errors, placing
from twinstar.sim.wires.okx.desk import ASSET, Answer, Call, Desk, Json, Route, private
from twinstar.sim.wires.okx.errors import ApiError
from twinstar.sim.wires.okx.views import brief
from twinstar.sim.wires.spelling import text
from twinstar.sim.wires.wallet import Wallet

POSITION_IDS = 3_000_000_000_000_000_000
NET = "net_mode"
UID = "44705892343619584"


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
    position, contract = held.position, desk.of(held.position.symbol)
    equity = held.isolated_wallet if held.is_isolated else wallet.balance
    greeks = ("deltaBS", "deltaPA", "gammaBS", "gammaPA", "thetaBS", "thetaPA", "vegaBS", "vegaPA", "optVal", "usdPx")
    borrowed = (
        "baseBal",
        "quoteBal",
        "baseBorrowed",
        "quoteBorrowed",
        "baseInterest",
        "quoteInterest",
        "liab",
        "liabCcy",
    )
    executions = desk.exchange.executions(account, symbol=position.symbol)
    realized = sum((each.realized for each in executions), Decimal(0))
    fees = sum((each.fee for each in executions), Decimal(0))
    count, mark = contract.contracts(position.quantity), text(held.mark)
    liquidation = margin.liquidation_price(held, wallet.exposures, wallet.balance)
    return {
        **dict.fromkeys((*greeks, *borrowed, "posCcy", "spotInUseAmt", "spotInUseCcy"), ""),
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


def config(desk: Desk, call: Call) -> Answer:
    """What the key may do, and how the account is set. A simulated key never withdraws."""
    return [
        {
            "acctLv": "2",
            "acctStpMode": "cancel_maker",
            "autoLoan": False,
            "ctIsoMode": "automatic",
            "enableSpotBorrow": False,
            "feeType": "0",
            "greeksType": "PA",
            "ip": "",
            "kycLv": "3",
            "label": "simulated",
            "level": "Lv1",
            "levelTmp": "",
            "liquidationGear": "-1",
            "mainUid": UID,
            "mgnIsoMode": "automatic",
            "opAuth": "0",
            "perm": "read_only,trade",
            "posMode": NET,
            "roleType": "0",
            "settleCcy": ASSET,
            "settleCcyList": [ASSET],
            "spotBorrowAutoRepay": False,
            "spotOffsetType": "",
            "spotRoleType": "0",
            "spotTraderInsts": [],
            "traderInsts": [],
            "type": "0",
            "uid": UID,
        }
    ]


def set_position_mode(desk: Desk, call: Call) -> Answer:
    """Net is all there is here; the venue confirms what is already so."""
    if call.params.one_of("posMode", (NET, "long_short_mode")) != NET:
        raise ApiError("59000", "Setting failed. Cancel any open orders, close positions, and stop trading bots first.")
    return [{"posMode": NET}]


def set_leverage(desk: Desk, call: Call) -> Answer:
    """Of one market in one margin mode; the exchange keeps one leverage a market."""
    contract, leverage = desk.contract(call.params), call.params.decimal("lever")
    mode = call.params.one_of("mgnMode", placing.MODES)
    placing.set_mode(desk, call.account, contract.listing.symbol, call.params, "mgnMode")
    if leverage != int(leverage):
        raise errors.wrong("lever")
    try:
        desk.exchange.set_leverage(call.account, contract.listing.symbol, int(leverage))
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:
            raise errors.worded(refusal, {Reason.NO_FUNDS: ("59108", "Your account leverage is too low.")}) from refusal
    return [{"instId": contract.id, "lever": text(leverage), "mgnMode": mode, "posSide": "net"}]


def leverage_info(desk: Desk, call: Call) -> Answer:
    mode = call.params.one_of("mgnMode", placing.MODES)
    ids = {each.id for each in desk.asked(call.params)}
    held: Sequence[Position] = desk.exchange.positions(call.account)
    return [
        {"ccy": "", "instId": desk.of(each.symbol).id, "lever": str(each.leverage), "mgnMode": mode, "posSide": "net"}
        for each in held
        if desk.of(each.symbol).id in ids
    ]


def trade_fee(desk: Desk, call: Call) -> Answer:
    """Negative is what the account pays; one level, the same for every market."""
    call.params.one_of("instType", ("SWAP",))
    listing = next(iter(desk.contracts.values())).listing
    nothing = ("delivery", "exercise", "maker", "makerUSDC", "taker", "takerUSDC", "uly")
    return [
        {
            **dict.fromkeys(nothing, ""),
            "category": "1",
            "instType": "SWAP",
            "level": "Lv1",
            "makerU": text(-listing.maker_fee),
            "takerU": text(-listing.taker_fee),
            "ts": str(desk.now_ms()),
        }
    ]


def currencies(desk: Desk, call: Call) -> Answer:
    """What could be deposited and withdrawn: nothing, here."""
    codes = [ASSET, *(each.listing.base for each in desk.contracts.values())]
    fees = dict.fromkeys(("fee", "maxFee", "minFee", "minWd", "minDep", "usedWdQuota"), "0")
    return [
        {
            **fees,
            "canDep": False,
            "canInternal": False,
            "canWd": False,
            "ccy": code,
            "chain": f"{code}-Simulated",
            "ctAddr": "",
            "logoLink": "",
            "mainNet": True,
            "maxWd": "0",
            "name": code,
            "wdQuota": "0",
            "wdTickSz": "8",
        }
        for code in codes
    ]


ROUTES = (
    private("account/balance", balance, 10),
    private("account/positions", positions, 10),
    private("account/config", config, 5),
    private("account/leverage-info", leverage_info, 20),
    private("account/trade-fee", trade_fee, 5),
    private("asset/currencies", currencies, 12),
    Route(method="POST", path="/api/v5/account/set-leverage", answer=set_leverage, cap=20),
    Route(method="POST", path="/api/v5/account/set-position-mode", answer=set_position_mode, cap=5),
)
