"""From the parameters of a new order to the exchange's request, with the checks the venue makes on the way."""

from __future__ import annotations

import re
from decimal import Decimal

from twinstar.sim.model import Kind, Request, Side, TimeInForce
from twinstar.sim.wires.bybit.contracts import Contract
from twinstar.sim.wires.bybit.errors import NO_TRIGGER, ApiError, invalid
from twinstar.sim.wires.bybit.params import Params
from twinstar.sim.wires.bybit.words import FALLING, RISING, SIDES, TIMES_IN_FORCE
from twinstar.sim.wires.spelling import text

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
ORDER_TYPES = ("Market", "Limit")
KINDS = {  # by whether it is a limit order, and whether it goes with the price
    (False, True): Kind.STOP_MARKET,
    (True, True): Kind.STOP_LIMIT,
    (False, False): Kind.TAKE_PROFIT_MARKET,
    (True, False): Kind.TAKE_PROFIT_LIMIT,
}

# What the venue has and this simulation has not: refused rather than ignored, each with what may be sent.
BEYOND_US = {
    "triggerBy": ("LastPrice",),
    "positionIdx": ("0",),
    "orderFilter": ("Order", "StopOrder"),
    **dict.fromkeys(("takeProfit", "stopLoss", "tpLimitPrice", "slLimitPrice", "orderIv", "smpType", "mmp"), ()),
}


def request_of(contract: Contract, params: Params, last: Decimal) -> Request:
    for name, allowed in BEYOND_US.items():
        if params.get(name) is not None and params.text(name) not in allowed:
            raise invalid(name)
    side, type_name = SIDES.get(params.text("side")), params.text("orderType")
    if side is None or type_name not in ORDER_TYPES:
        raise invalid("side" if side is None else "orderType")
    is_limit = type_name == "Limit"
    trigger = None if params.get("triggerPrice") is None else price_of(contract, params, "triggerPrice")
    kind = _kind(params, side, trigger, last, is_limit=is_limit)
    closes = trigger is not None and _closes_position(params)
    return Request(
        symbol=contract.symbol,
        side=side,
        kind=kind,
        quantity=None if closes else quantity_of(contract, params, is_market=not is_limit),
        price=price_of(contract, params, "price") if is_limit else None,
        trigger_price=trigger,
        time_in_force=_time_in_force(params) if is_limit else TimeInForce.GTC,
        ends_if_taking=True,
        reduce_only=params.flag("reduceOnly") and not closes,
        close_position=closes,
        client_id=_client_id(params),
    )


def _kind(params: Params, side: Side, trigger: Decimal | None, last: Decimal, *, is_limit: bool) -> Kind:
    """What fires it is said by the direction alone; the venue sees whether the price is there already."""
    if trigger is None:
        return Kind.LIMIT if is_limit else Kind.MARKET
    direction = params.integer_or_none("triggerDirection")
    if direction not in (RISING, FALLING):
        raise invalid("triggerDirection")
    check_trigger(direction, trigger, last)
    return KINDS[is_limit, (direction == RISING) is (side is Side.BUY)]


def check_trigger(direction: int, trigger: Decimal, last: Decimal) -> None:
    """The price must still have to come there."""
    told = {"trigger": text(trigger), "current": text(last)}
    if direction == RISING and trigger <= last:
        raise ApiError(110092, NO_TRIGGER.format(direction="Rising", sign="<=", **told))
    if direction == FALLING and trigger >= last:
        raise ApiError(110093, NO_TRIGGER.format(direction="Falling", sign=">=", **told))


def quantity_of(contract: Contract, params: Params, *, is_market: bool = False) -> Decimal:
    quantity = params.decimal("qty")
    if quantity <= 0:
        raise ApiError(10001, "Qty invalid")
    if quantity > (contract.max_market_quantity if is_market else contract.max_quantity):
        raise ApiError(10001, "The number of contracts exceeds maximum limit allowed: too large")
    return quantity


def price_of(contract: Contract, params: Params, name: str) -> Decimal:
    price = params.decimal(name)
    if not contract.min_price <= price <= contract.max_price:
        raise ApiError(110003, "Order price exceeds the allowable range.")
    return price


def _closes_position(params: Params) -> bool:
    """The whole of it, whatever it is by then."""
    return params.decimal("qty") == 0 and params.flag("reduceOnly") and params.flag("closeOnTrigger")


def _time_in_force(params: Params) -> TimeInForce:
    name = params.get("timeInForce") or "GTC"
    if name not in TIMES_IN_FORCE:
        raise invalid("timeInForce")
    return TIMES_IN_FORCE[name]


def _client_id(params: Params) -> str | None:
    client_id = params.get("orderLinkId")
    if client_id is not None and not CLIENT_ID.fullmatch(client_id):
        raise invalid("orderLinkId")
    return client_id
