"""The few endpoints of Binance's spot API that a futures client calls while it loads its markets."""

from __future__ import annotations

from twinstar.sim.wires.binanceusdm.desk import Answer, Call, Desk, Json, Route
from twinstar.sim.wires.spelling import text


def coins(desk: Desk, call: Call) -> Answer:
    """Every coin that a market is made of; none can be moved in or out of a simulation."""
    listed = [contract.listing for contract in desk.contracts.values()]
    names = dict.fromkeys([*(one.base for one in listed), *(one.quote for one in listed)])
    free = {one.asset: text(one.total) for one in desk.exchange.balances(call.account)}
    return [_coin(name, free.get(name, "0")) for name in names]


def _coin(name: str, free: str) -> Json:
    return {
        "coin": name,
        "depositAllEnable": False,
        "withdrawAllEnable": False,
        "name": name,
        "free": free,
        "locked": "0",
        "freeze": "0",
        "withdrawing": "0",
        "ipoing": "0",
        "ipoable": "0",
        "storage": "0",
        "isLegalMoney": False,
        "trading": True,
        "networkList": [_network(name)],
    }


def _network(coin: str) -> Json:
    """A chain of its own, closed in both directions."""
    return {
        "network": "SIM",
        "coin": coin,
        "withdrawIntegerMultiple": "0.00000001",
        "isDefault": True,
        "depositEnable": False,
        "withdrawEnable": False,
        "depositDesc": "",
        "withdrawDesc": "",
        "specialTips": "",
        "specialWithdrawTips": "",
        "name": "Simulation",
        "resetAddressStatus": False,
        "addressRegex": "",
        "addressRule": "",
        "memoRegex": "",
        "withdrawFee": "0",
        "withdrawMin": "0.00000001",
        "withdrawMax": "9999999999",
        "minConfirm": "1",
        "unLockConfirm": "0",
        "sameAddress": False,
        "estimatedArrivalTime": "0",
        "busy": False,
        "country": "",
    }


def no_margin_pairs(desk: Desk, call: Call) -> Answer:
    return []


def key_permissions(desk: Desk, call: Call) -> Answer:
    return {
        "ipRestrict": True,
        "createTime": 0,
        "enableReading": True,
        "enableFutures": True,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableVanillaOptions": False,
        "enableSpotAndMarginTrading": False,
        "permitsUniversalTransfer": False,
        "enablePortfolioMarginTrading": False,
    }


# These count against another budget than the futures API's: weight 0.
ROUTES = (
    Route(method="GET", path="/sapi/v1/capital/config/getall", answer=coins, weight=0, signed=True),
    Route(method="GET", path="/sapi/v1/account/apiRestrictions", answer=key_permissions, weight=0, signed=True),
    Route(method="GET", path="/sapi/v1/margin/allPairs", answer=no_margin_pairs, weight=0, signed=True),
    Route(
        method="GET",
        path="/sapi/v1/margin/isolated/allPairs",
        answer=no_margin_pairs,
        weight=0,
        signed=True,
    ),
)
