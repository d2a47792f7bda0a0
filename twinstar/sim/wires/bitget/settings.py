"""The account's settings over REST: what its key may do, leverage, margin and position mode, and what it pays."""

from __future__ import annotations

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.wires.bitget import errors, placing, words
from twinstar.sim.wires.bitget.desk import ASSET, Call, Desk, Json, Route, post, private
from twinstar.sim.wires.bitget.errors import ApiError
from twinstar.sim.wires.bitget.views import ONE_WAY, position_of
from twinstar.sim.wires.spelling import text

UID = "7284915360"


def info(desk: Desk, call: Call) -> Json:
    """What the key may do. A simulated one never withdraws."""
    return {
        "userId": UID,
        "inviterId": "",
        "ips": "",
        "authorities": ["coor", "coow", "cpor", "cpow", "stor"],
        "parentId": int(UID),
        "traderType": "not_trader",
        "channelCode": "",
        "channel": "",
        "regisTime": "1577836800000",
    }


def set_leverage(desk: Desk, call: Call) -> Json:
    """The exchange keeps one leverage a market, for both sides and margin modes."""
    contract, leverage = desk.contract(call.params), call.params.decimal("leverage")
    if leverage != int(leverage):
        raise errors.wrong("leverage")
    try:
        desk.exchange.set_leverage(call.account, contract.symbol, int(leverage))
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:
            raise errors.worded(refusal, {Reason.NO_FUNDS: ("40893", "there is not enough margin!")}) from refusal
    return {**_market(desk, call), "crossMarginLeverage": text(leverage)}


def set_margin_mode(desk: Desk, call: Call) -> Json:
    placing.set_mode(desk, call.account, desk.contract(call.params).symbol, call.params)
    return _market(desk, call)


def _market(desk: Desk, call: Call) -> Json:
    contract = desk.contract(call.params)
    held = position_of(desk, call.account, contract.symbol)
    return {
        "symbol": contract.id,
        "marginCoin": ASSET,
        "longLeverage": str(held.leverage),
        "shortLeverage": str(held.leverage),
        "marginMode": words.MODE_NAMES[held.margin_mode],
    }


def set_position_mode(desk: Desk, call: Call) -> Json:
    """One-way is all there is here; the venue confirms what is already so."""
    desk.product(call.params)
    if call.params.one_of("posMode", ("one_way_mode", "hedge_mode")) != ONE_WAY["posMode"]:
        raise ApiError("40920", "Position or order exists, the position mode cannot be switched")
    return {"posMode": ONE_WAY["posMode"]}


def fee(desk: Desk, call: Call) -> Json:
    call.params.one_of("businessType", ("mix",))
    contract = desk.contracts.get(call.params.text("symbol").upper())
    if contract is None:
        raise errors.unknown_symbol()
    return {"makerFeeRate": text(contract.listing.maker_fee), "takerFeeRate": text(contract.listing.taker_fee)}


ROUTES: tuple[Route, ...] = (
    private("spot/account/info", info, 1),
    private("common/trade-rate", fee),
    post("mix/account/set-leverage", set_leverage, 5),
    post("mix/account/set-margin-mode", set_margin_mode, 5),
    post("mix/account/set-position-mode", set_position_mode, 5),
)
