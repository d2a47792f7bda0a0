"""What a client asks of Binance's wallet service (sapi), whichever market it trades in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Markets, Route
from twinstar.sim.wires.spelling import text


def coins(desk: Markets[Any], call: Call) -> Answer:
    """Every coin that a market is made of; none can be moved in or out of a simulation."""
    listed = [market.listing for market in desk.markets.values()]
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


def no_margin_pairs(desk: Markets[Any], call: Call) -> Answer:
    return []


def key_permissions(_: Markets[Any], __: Call, *, futures: bool) -> Answer:
    return {
        "ipRestrict": True,
        "createTime": 0,
        "enableReading": True,
        "enableFutures": futures,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableVanillaOptions": False,
        "enableSpotAndMarginTrading": not futures,
        "permitsUniversalTransfer": False,
        "enablePortfolioMarginTrading": False,
    }


def routes(*, futures: bool) -> tuple[Route, ...]:
    """They count against a budget of their own: weight 0. ``futures``: what the key may trade in."""
    answers: dict[str, Callable[[Any, Call], Answer]] = {
        "capital/config/getall": coins,
        "account/apiRestrictions": partial(key_permissions, futures=futures),
        "margin/allPairs": no_margin_pairs,
        "margin/isolated/allPairs": no_margin_pairs,
    }
    return tuple(
        Route(method="GET", path=f"/sapi/v1/{path}", answer=answer, weight=0, signed=True)
        for path, answer in answers.items()
    )
