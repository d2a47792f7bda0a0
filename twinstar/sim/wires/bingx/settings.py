"""The account's settings over REST: what its key may do, leverage, margin and position mode, what it pays; and the key
to its stream.
"""

from __future__ import annotations

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.wires.bingx import errors, words
from twinstar.sim.wires.bingx.contracts import Contract
from twinstar.sim.wires.bingx.desk import ASSET, Call, Desk, Json, Route, post, private
from twinstar.sim.wires.bingx.errors import ApiError
from twinstar.sim.wires.spelling import text

READ, SWAP = 2, 3  # of the venue's numbers of rights
NOT_FOUND = 404
STREAM = "/openApi/user/auth/userDataStream"
NO_VOLUME = {
    **dict.fromkeys(("availableLongVol", "availableShortVol"), "0.0000"),
    **dict.fromkeys(("availableLongVal", "availableShortVal", "maxPositionLongVal", "maxPositionShortVal"), "0.0"),
}


def permissions(desk: Desk, call: Call) -> Json:
    """A simulated key never withdraws."""
    return {"apiKey": "sim", "permissions": [READ, SWAP], "ipAddresses": [], "note": "simulated"}


def leverage(desk: Desk, call: Call) -> Json:
    contract = desk.contract(call.params)
    held, most = desk.position(call.account, contract.symbol), contract.listing.max_leverage
    both = {"longLeverage": held.leverage, "shortLeverage": held.leverage}
    return {**both, "maxLongLeverage": most, "maxShortLeverage": most, **NO_VOLUME}


def set_leverage(desk: Desk, call: Call) -> Json:
    """The exchange keeps one leverage a market, for both sides. That it was so already is no error."""
    contract, wanted = desk.contract(call.params), call.params.integer_or_none("leverage")
    call.params.one_of("side", ("BOTH", "LONG", "SHORT"))
    if wanted is None:
        raise errors.missing("leverage")
    try:
        desk.exchange.set_leverage(call.account, contract.symbol, wanted)
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:
            raise errors.worded(refusal) from refusal
    return {"leverage": wanted, "symbol": contract.id, **NO_VOLUME}


def margin_type(desk: Desk, call: Call) -> Json:
    held = desk.position(call.account, desk.contract(call.params).symbol)
    return {"marginType": words.MODE_NAMES[held.margin_mode]}


def set_margin_type(desk: Desk, call: Call) -> Json:
    contract, mode = desk.contract(call.params), words.MODES[call.params.one_of("marginType", words.MODES)]
    try:
        desk.exchange.set_margin_mode(call.account, contract.symbol, mode)
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:
            raise ApiError(*errors.HAS_ORDERS) from refusal
    return {}


def position_mode(desk: Desk, call: Call) -> Json:
    """One-way is all there is here; the venue confirms what is already so."""
    if call.params.get("dualSidePosition", "false") != "false":
        raise ApiError(*errors.HAS_ORDERS)
    return {"dualSidePosition": "false"}


def fee(desk: Desk, call: Call) -> Json:
    listing = next(iter(desk.contracts.values())).listing
    rates = {"takerCommissionRate": float(listing.taker_fee), "makerCommissionRate": float(listing.maker_fee)}
    return {"commission": rates}


def tiers(desk: Desk, call: Call) -> list[Json]:
    return [_tier(desk.contract(call.params))]


def _tier(contract: Contract) -> Json:
    return {
        "tier": "Tier 1",
        "symbol": contract.id,
        "minPositionVal": "0",
        "maxPositionVal": "1000000000",
        "maintMarginRatio": text(contract.listing.maintenance_rate),
        "maintAmount": "0.000000",
    }


def coins(desk: Desk, call: Call) -> list[Json]:
    """What could be deposited and withdrawn: nothing, here."""
    names = (ASSET, *(each.listing.base for each in desk.contracts.values()))
    return [{"coin": name, "name": name, "networkList": [_network(name)]} for name in names]


def _network(name: str) -> Json:
    return {
        "name": name,
        "network": f"{name}-SIMULATED",
        "isDefault": True,
        "minConfirm": "2",
        "withdrawEnable": False,
        "depositEnable": False,
        "withdrawFee": "0",
        "withdrawMax": "0",
        "withdrawMin": "0",
        "depositMin": "0",
        "withdrawPrecision": "8",
        "depositPrecision": "8",
        "contractAddress": "",
        "needTagOrMemo": "false",
        "displayName": name,
    }


def start_stream(desk: Desk, call: Call) -> Json:
    return {"listenKey": desk.listen_keys.start(call.account).text}


def extend_stream(desk: Desk, call: Call) -> None:
    """Confirmed by saying nothing."""
    key = desk.listen_keys.find(call.params.text("listenKey"))
    if key is None or key.account != call.account:
        raise ApiError(100404, "listenKey not found", status=NOT_FOUND)
    desk.listen_keys.extend(call.account)


def end_stream(desk: Desk, call: Call) -> None:
    desk.listen_keys.end(call.account)


ROUTES: tuple[Route, ...] = (
    private("wallets/v1/capital/config/getall", coins, 2),
    private("v1/account/apiPermissions", permissions, 2),
    private("swap/v2/trade/leverage", leverage),
    post("swap/v2/trade/leverage", set_leverage),
    private("swap/v2/trade/marginType", margin_type, 2),
    post("swap/v2/trade/marginType", set_margin_type, 2),
    private("swap/v1/positionSide/dual", position_mode, 2),
    post("swap/v1/positionSide/dual", position_mode, 2),
    private("swap/v2/user/commissionRate", fee),
    private("swap/v1/maintMarginRatio", tiers),
    Route(method="POST", path=STREAM, answer=start_stream, is_bare=True),
    Route(method="PUT", path=STREAM, answer=extend_stream, is_bare=True),
    Route(method="DELETE", path=STREAM, answer=end_stream, is_bare=True),
)
