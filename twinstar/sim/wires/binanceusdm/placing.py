"""From the parameters of a new order to the exchange's request, with the checks the venue makes on the way."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Kind, Request, TimeInForce
from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.params import Params
from twinstar.sim.wires.binance_common.placing import client_id_of, side_of
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.words import TIMES_IN_FORCE

LONGEST_CLIENT_ID = 36

# What the venue has and this simulation has not: refused rather than ignored, each with what may be sent.
BEYOND_US = {
    "workingType": ("CONTRACT_PRICE",),
    "priceProtect": ("false", "FALSE"),
    "priceMatch": ("NONE",),
    "goodTillDate": ("0",),
}


def request_of(contract: Contract, params: Params, kind: Kind, id_name: str) -> Request:
    """``id_name`` is what the endpoint calls the client's id."""
    _refuse_what_is_beyond_us(params)
    side, is_limit = side_of(params), kind.is_limit
    if params.has("price") and not is_limit:
        raise errors.not_needed("price")
    closes = _closes_position(params, kind)
    quantity = None if closes else quantity_of(contract, params, is_market=not is_limit)
    return Request(
        symbol=contract.listing.symbol,
        side=side,
        kind=kind,
        quantity=quantity,
        price=price_of(contract, params, "price") if is_limit else None,
        trigger_price=price_of(contract, params, "triggerPrice") if kind.is_trigger else None,
        time_in_force=_time_in_force(params, kind),
        reduce_only=params.flag("reduceOnly"),
        close_position=closes,
        client_id=_client_id(params, id_name),
    )


def quantity_of(contract: Contract, params: Params, *, is_market: bool = False) -> Decimal:
    quantity = _written(params.decimal("quantity"), contract.quantity_precision)
    if quantity <= 0:
        raise ApiError(-4003, "Quantity less than or equal to zero.")
    if quantity > (contract.max_market_quantity if is_market else contract.max_quantity):
        raise ApiError(-4005, "Quantity greater than max quantity.")
    return quantity


def price_of(contract: Contract, params: Params, name: str) -> Decimal:
    price = _written(params.decimal(name), contract.price_precision)
    if price <= 0:
        raise ApiError(-4001, "Price less than 0.")
    if price > contract.max_price:
        raise ApiError(-4002, "Price greater than max price.")
    if price < contract.min_price:
        raise ApiError(-4013, "Price less than min price.")
    return price


def _written(value: Decimal, decimals: int) -> Decimal:
    if value != round(value, decimals):
        raise ApiError(-1111, "Precision is over the maximum defined for this asset.")
    return value


def _time_in_force(params: Params, kind: Kind) -> TimeInForce:
    name = params.text_or_none("timeInForce")
    if name is None:
        if kind is Kind.LIMIT:
            raise errors.missing("timeInForce")
        return TimeInForce.GTC
    if name not in TIMES_IN_FORCE:
        raise ApiError(-1115, "Invalid timeInForce.")
    if kind is Kind.MARKET:
        raise errors.not_needed("timeInForce")
    return TIMES_IN_FORCE[name]


def _closes_position(params: Params, kind: Kind) -> bool:
    if not params.flag("closePosition"):
        return False
    if kind not in (Kind.STOP_MARKET, Kind.TAKE_PROFIT_MARKET):
        name = params.text("type")
        raise ApiError(-4136, f"Target strategy invalid for orderType '{name}',closePosition 'true'")
    if params.has("quantity"):
        raise ApiError(-4137, "Quantity must be zero with closePosition equals true")
    if params.has("reduceOnly"):
        raise errors.not_needed("reduceOnly")
    return True


def _client_id(params: Params, name: str) -> str | None:
    if len(params.text_or_none(name) or "") > LONGEST_CLIENT_ID:
        raise ApiError(-4015, "Client order id length should not be more than 36 chars")
    return client_id_of(params, name)


def _refuse_what_is_beyond_us(params: Params) -> None:
    if params.values.get("positionSide", "BOTH") != "BOTH":
        raise ApiError(-4061, "Order's position side does not match user's setting.")
    for name, allowed in BEYOND_US.items():
        if params.has(name) and params.text(name) not in allowed:
            raise errors.not_supported()
