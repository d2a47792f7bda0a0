"""From the parameters of a new order to the exchange's request, with the checks the venue makes on the way."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Kind, Request, Side, TimeInForce
from twinstar.sim.wires.bingx import errors, words
from twinstar.sim.wires.bingx.contracts import Contract
from twinstar.sim.wires.bingx.desk import Call, Desk
from twinstar.sim.wires.bingx.errors import ApiError
from twinstar.sim.wires.bingx.params import Params

LONGEST_ID = 40

# What the venue has and this simulation has not: refused rather than ignored, each with what may be sent.
BEYOND_US = {
    "activationPrice": (),
    "positionSide": ("BOTH",),
    "priceRate": (),
    "quoteOrderQty": (),
    "stopGuaranteed": ("false",),
    "stopLoss": (),
    "takeProfit": (),
    "workingType": (words.WORKING_TYPE,),
}


def request_of(desk: Desk, call: Call, contract: Contract) -> Request:
    params = call.params
    _refuse_what_is_beyond_us(params)
    kind = words.TYPES[params.one_of("type", words.TYPES)]
    side, closes = words.SIDES[params.one_of("side", words.SIDES)], params.flag("closePosition")
    if kind.is_trigger:
        params.one_of("workingType", (words.WORKING_TYPE,))
        _check_is_held(desk.position(call.account, contract.symbol).quantity, side)
    return Request(
        symbol=contract.symbol,
        side=side,
        kind=kind,
        quantity=None if closes else params.positive("quantity"),
        price=params.positive("price") if kind.is_limit else None,
        trigger_price=params.positive("stopPrice") if kind.is_trigger else None,
        time_in_force=_force(params) if kind is Kind.LIMIT else TimeInForce.GTC,
        reduce_only=not closes and (kind.is_trigger or params.flag("reduceOnly")),
        close_position=closes,
        client_id=client_id(params),
    )


def _check_is_held(quantity: Decimal, side: Side) -> None:
    """Stops and take-profits are of a position that is there."""
    if quantity * side.sign >= 0:
        raise ApiError(*errors.NO_POSITION)


def _force(params: Params) -> TimeInForce:
    return words.FORCES[params.one_of("timeInForce", words.FORCES)] if params.has("timeInForce") else TimeInForce.GTC


def client_id(params: Params) -> str | None:
    """Under either of its names; kept in lower case."""
    given = (params.get("clientOrderId") or params.get("clientOrderID")).lower()
    if len(given) > LONGEST_ID:
        raise errors.wrong("clientOrderId")
    return given or None


def _refuse_what_is_beyond_us(params: Params) -> None:
    for name, allowed in BEYOND_US.items():
        if params.has(name) and params.text(name) not in allowed:
            raise errors.wrong(name)
