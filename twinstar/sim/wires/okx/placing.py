"""From the parameters of a new order to the exchange's request, with the checks the venue makes on the way."""

from __future__ import annotations

import re
from decimal import Decimal

from twinstar.sim.model import Kind, Reason, Refusal, Request, Side
from twinstar.sim.wires.okx import errors
from twinstar.sim.wires.okx.contracts import Contract
from twinstar.sim.wires.okx.desk import Call, Desk
from twinstar.sim.wires.okx.errors import ApiError
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.okx.views import AT_MARKET
from twinstar.sim.wires.okx.words import NAMELESS, SIDES, TRIGGER, TYPES

CLIENT_ID = r"[A-Za-z0-9]{1,32}"
MODES = ("cross", "isolated")
CONDITIONAL_KINDS = {"sl": (Kind.STOP_MARKET, Kind.STOP_LIMIT), "tp": (Kind.TAKE_PROFIT_MARKET, Kind.TAKE_PROFIT_LIMIT)}

# What the venue has and this simulation has not: refused rather than ignored, each with what may be sent.
BEYOND_US = {
    "posSide": ("net",),
    "triggerPxType": ("last",),
    "slTriggerPxType": ("last",),
    "tpTriggerPxType": ("last",),
    "tpOrdKind": ("condition",),
    "pxUsd": (),
    "pxVol": (),
    "callbackRatio": (),
    "callbackSpread": (),
    "cxlOnClosePos": ("false",),
    "stpMode": ("cancel_maker",),
}


def plain(contract: Contract, params: Params) -> Request:
    kind, time_in_force = TYPES[params.one_of("ordType", TYPES)]
    _refuse_what_is_beyond_us(params)
    return Request(
        symbol=contract.listing.symbol,
        side=side_of(params),
        kind=kind,
        quantity=_quantity(contract, params, at_market=kind is Kind.MARKET),
        price=params.positive("px") if kind is Kind.LIMIT else None,
        time_in_force=time_in_force,
        ends_if_taking=True,
        reduce_only=params.flag("reduceOnly"),
        client_id=client_id(params, "clOrdId"),
    )


def algo(desk: Desk, call: Call, contract: Contract) -> Request:
    """A stop or take-profit (``conditional``), or a ``trigger``, which goes off at its price from either side."""
    params = call.params
    ord_type = params.one_of("ordType", ("conditional", "trigger"))
    _refuse_what_is_beyond_us(params)
    side, given = side_of(params), client_id(params, "algoClOrdId")
    if ord_type == "trigger":
        kind, trigger, price = _trigger(desk, contract, params, side)
        nameless = f"{NAMELESS}{len(desk.exchange.orders(call.account))}"
        given = nameless if given is None else TRIGGER + given
    else:
        kind, trigger, price = _conditional(params)
    closes = params.get("closeFraction") == "1" and ord_type == "conditional"
    return Request(
        symbol=contract.listing.symbol,
        side=side,
        kind=kind,
        quantity=None if closes else _quantity(contract, params, at_market=price is None),
        price=price,
        trigger_price=trigger,
        # A trigger order ignores the wish to reduce only: the venue has that for take-profits and stops.
        reduce_only=ord_type == "conditional" and params.flag("reduceOnly") and not closes,
        close_position=closes,
        client_id=given,
    )


def _conditional(params: Params) -> tuple[Kind, Decimal, Decimal | None]:
    names = [name for name in CONDITIONAL_KINDS if params.has(f"{name}TriggerPx")]
    if len(names) != 1:  # both together are an OCO, which is not simulated
        raise errors.missing("slTriggerPx") if not names else errors.wrong("ordType")
    (name,) = names
    price = _order_price(params, f"{name}OrdPx")
    return CONDITIONAL_KINDS[name][price is not None], params.positive(f"{name}TriggerPx"), price


def _trigger(desk: Desk, contract: Contract, params: Params, side: Side) -> tuple[Kind, Decimal, Decimal | None]:
    trigger, price = params.positive("triggerPx"), _order_price(params, "orderPx")
    upwards = trigger > desk.exchange.ticker(contract.listing.symbol).last
    name = "sl" if upwards is (side is Side.BUY) else "tp"
    return CONDITIONAL_KINDS[name][price is not None], trigger, price


def _order_price(params: Params, name: str) -> Decimal | None:
    return None if params.text(name) == AT_MARKET else params.positive(name)


def side_of(params: Params) -> Side:
    return SIDES[params.one_of("side", SIDES)]


def _quantity(contract: Contract, params: Params, *, at_market: bool) -> Decimal:
    contracts = params.decimal("sz")
    if contracts > (contract.max_market if at_market else contract.max_limit):
        raise ApiError(*(errors.MOST_AT_MARKET if at_market else errors.MOST_AT_LIMIT))
    return contract.quantity(contracts)


def client_id(params: Params, name: str) -> str | None:
    given = params.get(name)
    if given and not re.fullmatch(CLIENT_ID, given):
        raise errors.wrong(name)
    return given or None


def _refuse_what_is_beyond_us(params: Params) -> None:
    for name, allowed in BEYOND_US.items():
        if params.has(name) and params.text(name) not in allowed:
            raise errors.wrong(name)


def set_mode(desk: Desk, account: str, symbol: str, params: Params, name: str) -> None:
    """The venue takes the margin mode with each order; the exchange keeps one a market."""
    mode = params.one_of(name, MODES)
    try:
        desk.exchange.set_margin_mode(account, symbol, mode)
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:
            raise errors.wrong(name) from refusal
