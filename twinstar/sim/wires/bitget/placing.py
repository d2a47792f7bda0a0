"""From the parameters of a new order to the exchange's request, with the checks the venue makes on the way."""

from __future__ import annotations

import re
from decimal import Decimal

from twinstar.sim.model import Kind, Reason, Refusal, Request, Side, TimeInForce
from twinstar.sim.wires.bitget import errors, words
from twinstar.sim.wires.bitget.contracts import Contract
from twinstar.sim.wires.bitget.desk import ASSET, Call, Desk
from twinstar.sim.wires.bitget.errors import ApiError
from twinstar.sim.wires.bitget.params import Params

CLIENT_ID = r"[0-9A-Za-z_:#\-+]{1,64}"
HELD = {"buy": Side.BUY, "sell": Side.SELL}
STOPS = (Kind.STOP_MARKET, Kind.STOP_LIMIT)
TAKE_PROFITS = (Kind.TAKE_PROFIT_MARKET, Kind.TAKE_PROFIT_LIMIT)
ORDER_TYPES = ("market", "limit")

# What the venue has and this simulation has not: refused rather than ignored, each with what may be sent.
BEYOND_US = {
    "callbackRatio": (),
    "presetStopLossPrice": (),
    "presetStopSurplusPrice": (),
    "rangeRate": (),
    "stopLossTriggerPrice": (),
    "stopSurplusTriggerPrice": (),
    "stpMode": ("none",),
    "triggerType": ("fill_price",),
    "newTriggerType": ("fill_price",),
}


def plain(contract: Contract, params: Params) -> Request:
    refuse_what_is_beyond_us(params)
    kind = Kind.LIMIT if params.one_of("orderType", ORDER_TYPES) == "limit" else Kind.MARKET
    return Request(
        symbol=contract.symbol,
        side=words.SIDES[params.one_of("side", words.SIDES)],
        kind=kind,
        quantity=_size(contract, params),
        price=params.positive("price") if kind is Kind.LIMIT else None,
        time_in_force=force_of(params) if kind is Kind.LIMIT else TimeInForce.GTC,
        ends_if_taking=True,
        reduce_only=params.flag("reduceOnly"),
        client_id=client_id(params, "clientOid"),
    )


def of_position(desk: Desk, call: Call, contract: Contract) -> Request:
    """A stop or take-profit for part of what is held; there must be something."""
    params = call.params
    refuse_what_is_beyond_us(params)
    plan = params.one_of("planType", (words.LOSS_PLAN, words.PROFIT_PLAN))
    held = HELD[params.one_of("holdSide", HELD)]
    if _held(desk, call.account, contract.symbol) * held.sign <= 0:
        raise ApiError(*errors.NO_POSITION)
    price = params.price("executePrice")
    return Request(
        symbol=contract.symbol,
        side=held.opposite,
        kind=(TAKE_PROFITS if plan == words.PROFIT_PLAN else STOPS)[price is not None],
        quantity=_size(contract, params),
        price=price,
        trigger_price=params.positive("triggerPrice"),
        reduce_only=True,
        client_id=client_id(params, "clientOid"),
    )


def trigger(desk: Desk, call: Call, contract: Contract) -> Request:
    """A trigger order goes off at its price from either side."""
    params = call.params
    refuse_what_is_beyond_us(params)
    params.one_of("planType", (words.NORMAL_PLAN,))
    params.one_of("triggerType", ("fill_price",))
    side, at = words.SIDES[params.one_of("side", words.SIDES)], params.positive("triggerPrice")
    upwards = at > desk.exchange.ticker(contract.symbol).last
    limited = params.one_of("orderType", ORDER_TYPES) == "limit"
    nameless = f"{words.NAMELESS}{len(desk.exchange.orders(call.account))}"
    given = client_id(params, "clientOid")
    return Request(
        symbol=contract.symbol,
        side=side,
        kind=(STOPS if upwards is (side is Side.BUY) else TAKE_PROFITS)[limited],
        quantity=_size(contract, params),
        price=params.positive("price") if limited else None,
        trigger_price=at,
        reduce_only=params.flag("reduceOnly"),
        client_id=nameless if given is None else words.NORMAL + given,
    )


def _held(desk: Desk, account: str, symbol: str) -> Decimal:
    return next(each.quantity for each in desk.exchange.positions(account) if each.symbol == symbol)


def force_of(params: Params) -> TimeInForce:
    name = params.get("force", "gtc").lower()
    if name not in words.FORCES:
        raise errors.wrong("force")
    return words.FORCES[name]


def _size(contract: Contract, params: Params) -> Decimal:
    size = params.decimal("size")
    if size > contract.most:
        raise ApiError("45112", "more than the maximum order quantity")
    return size


def client_id(params: Params, name: str) -> str | None:
    given = params.get(name)
    if given and not re.fullmatch(CLIENT_ID, given):
        raise ApiError("40305", "clientOid length cannot greater than 64, and cannot be Martian characters")
    return given or None


def refuse_what_is_beyond_us(params: Params) -> None:
    for name, allowed in BEYOND_US.items():
        if params.has(name) and params.text(name) not in allowed:
            raise errors.wrong(name)
    if params.get("marginCoin", ASSET) != ASSET:
        raise errors.wrong("marginCoin")


def set_mode(desk: Desk, account: str, symbol: str, params: Params) -> None:
    """The venue takes the margin mode with each order; the exchange keeps one a market."""
    mode = words.MODES[params.one_of("marginMode", words.MODES)]
    try:
        desk.exchange.set_margin_mode(account, symbol, mode)
    except Refusal as refusal:
        if refusal.reason is not Reason.NO_CHANGE:
            raise ApiError("45117", "Currently holding positions or orders, the margin mode cannot be adjusted") from (
                refusal
            )
