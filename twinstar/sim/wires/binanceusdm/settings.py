"""What may be set for an account and its markets, and what applies to them."""

from __future__ import annotations

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binanceusdm.contracts import Contract, contract_of
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.binanceusdm.errors import MARGIN_MODE
from twinstar.sim.wires.binanceusdm.positions import NOTIONAL_CAP
from twinstar.sim.wires.spelling import text

MARGIN_MODES = {"ISOLATED": "isolated", "CROSSED": "cross"}
DONE: Answer = {"code": 200, "msg": "success"}


def leverage_brackets(desk: Desk, call: Call) -> Answer:
    return [_brackets(contract) for contract in desk.asked(call.params)]


def _brackets(contract: Contract) -> Json:
    bracket = {
        "bracket": 1,
        "initialLeverage": contract.listing.max_leverage,
        "notionalCap": NOTIONAL_CAP,
        "notionalFloor": 0,
        "maintMarginRatio": float(contract.listing.maintenance_rate),
        "cum": 0.0,
    }
    return {"symbol": contract.id, "brackets": [bracket]}


def commission_rate(desk: Desk, call: Call) -> Answer:
    contract = desk.market(call.params)
    return {
        "symbol": contract.id,
        "makerCommissionRate": text(contract.listing.maker_fee),
        "takerCommissionRate": text(contract.listing.taker_fee),
    }


def symbol_config(desk: Desk, call: Call) -> Answer:
    return [
        {
            "symbol": contract_of(held.position.symbol).id,
            "marginType": "ISOLATED" if held.is_isolated else "CROSSED",
            "isAutoAddMargin": False,
            "leverage": held.position.leverage,
            "maxNotionalValue": str(NOTIONAL_CAP),
        }
        for held, _ in desk.held(call)
    ]


def account_config(desk: Desk, call: Call) -> Answer:
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": False,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def position_mode(desk: Desk, call: Call) -> Answer:
    return {"dualSidePosition": False}


def set_position_mode(desk: Desk, call: Call) -> Answer:
    """One-way is all there is here."""
    call.params.text("dualSidePosition")
    if call.params.flag("dualSidePosition"):
        raise errors.not_supported()
    raise ApiError(-4059, "No need to change position side.")


def set_leverage(desk: Desk, call: Call) -> Answer:
    contract, leverage = desk.market(call.params), call.params.integer("leverage")
    try:
        desk.exchange.set_leverage(call.account, contract.listing.symbol, leverage)
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:  # the venue confirms what is already so
            raise
    return {
        "leverage": leverage,
        "maxNotionalValue": str(NOTIONAL_CAP),
        "symbol": contract.id,
    }


def set_margin_mode(desk: Desk, call: Call) -> Answer:
    contract, name = desk.market(call.params), call.params.text("marginType")
    if name not in MARGIN_MODES:
        raise errors.invalid("marginType")
    symbol = contract.listing.symbol
    if desk.exchange.orders(call.account, symbol=symbol, open_only=True):
        raise ApiError(-4047, "Margin type cannot be changed if there exists open orders.")
    desk.exchange.set_margin_mode(call.account, symbol, MARGIN_MODES[name])
    return DONE


ROUTES = (
    Route(method="GET", path="/fapi/v1/leverageBracket", answer=leverage_brackets, signed=True),
    Route(method="GET", path="/fapi/v1/commissionRate", answer=commission_rate, weight=20, signed=True),
    Route(method="GET", path="/fapi/v1/symbolConfig", answer=symbol_config, weight=5, signed=True),
    Route(method="GET", path="/fapi/v1/accountConfig", answer=account_config, weight=5, signed=True),
    Route(
        method="GET",
        path="/fapi/v1/positionSide/dual",
        answer=position_mode,
        weight=30,
        signed=True,
    ),
    Route(method="POST", path="/fapi/v1/positionSide/dual", answer=set_position_mode, signed=True),
    Route(method="POST", path="/fapi/v1/leverage", answer=set_leverage, signed=True),
    Route(
        method="POST",
        path="/fapi/v1/marginType",
        answer=set_margin_mode,
        signed=True,
        refusals=MARGIN_MODE,
    ),
)
