"""The account's settings over REST: what it may do, its leverage and position mode, and what it pays."""

from __future__ import annotations

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.wires.okx import errors, placing
from twinstar.sim.wires.okx.desk import ASSET, UID, Answer, Call, Desk, Route, private
from twinstar.sim.wires.okx.errors import ApiError
from twinstar.sim.wires.spelling import text

NET = "net_mode"


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
    return [
        {"ccy": "", "instId": desk.of(each.symbol).id, "lever": str(each.leverage), "mgnMode": mode, "posSide": "net"}
        for each in desk.exchange.positions(call.account)
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
    private("account/config", config, 5),
    private("account/leverage-info", leverage_info, 20),
    private("account/trade-fee", trade_fee, 5),
    private("asset/currencies", currencies, 12),
    Route(method="POST", path="/api/v5/account/set-leverage", answer=set_leverage, cap=20),
    Route(method="POST", path="/api/v5/account/set-position-mode", answer=set_position_mode, cap=5),
)
