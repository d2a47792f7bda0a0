"""From the parameters of a new order to the exchange's request, with the filters the venue checks on the way."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Kind, Request, Side, TimeInForce
from twinstar.sim.wires.binance.errors import failed
from twinstar.sim.wires.binance.pairs import Pair
from twinstar.sim.wires.binance.words import TYPES
from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.params import Params
from twinstar.sim.wires.binance_common.placing import client_id_of, kind_of, side_of
from twinstar.sim.wires.binance_common.words import TIMES_IN_FORCE

BAND_UP, BAND_DOWN = Decimal(5), Decimal("0.2")  # the PERCENT_PRICE_BY_SIDE filter

# What the venue has and this simulation has not: refused rather than ignored.
BEYOND_US = ("icebergQty", "trailingDelta", "strategyId", "pegPriceType")


def request_of(pair: Pair, params: Params) -> Request:
    if any(params.has(name) for name in BEYOND_US):
        raise errors.not_supported()
    kind = kind_of(params, TYPES)
    if params.has("price") and not kind.is_limit:
        raise errors.not_needed("price")
    cost = _cost(params, kind)
    return Request(
        symbol=pair.listing.symbol,
        side=side_of(params),
        kind=kind,
        quantity=None if cost is not None else _quantity(pair, params, kind),
        cost=cost,
        price=_price(pair, params, "price") if kind.is_limit else None,
        trigger_price=_price(pair, params, "stopPrice") if kind.is_trigger else None,
        time_in_force=_time_in_force(params, kind),
        client_id=client_id_of(params, "newClientOrderId"),
    )


def check_band(request: Request, last: Decimal) -> None:
    price = request.price
    if price is not None and not last * BAND_DOWN <= price <= last * BAND_UP:
        raise failed("PERCENT_PRICE_BY_SIDE")


def _cost(params: Params, kind: Kind) -> Decimal | None:
    cost = params.decimal_or_none("quoteOrderQty")
    if cost is None:
        return None
    if kind is not Kind.MARKET or params.has("quantity"):
        raise errors.not_needed("quoteOrderQty")
    if side_of(params) is Side.SELL:
        raise errors.not_supported()  # the venue sells for an amount too; this exchange does not
    return cost


def _quantity(pair: Pair, params: Params, kind: Kind) -> Decimal:
    quantity = params.decimal("quantity")
    if quantity <= 0:
        raise ApiError(-1013, "Invalid quantity.")
    if quantity > pair.max_quantity:
        raise failed("LOT_SIZE")
    if kind is Kind.MARKET and quantity > pair.max_market_quantity:
        raise failed("MARKET_LOT_SIZE")
    return quantity


def _price(pair: Pair, params: Params, name: str) -> Decimal:
    price = params.decimal(name)
    if price <= 0:
        raise ApiError(-1013, "Invalid price.")
    if not pair.listing.tick <= price <= pair.max_price:
        raise failed("PRICE_FILTER")
    return price


def _time_in_force(params: Params, kind: Kind) -> TimeInForce:
    name, is_maker = params.text_or_none("timeInForce"), params.text("type") == "LIMIT_MAKER"
    if not kind.is_limit or is_maker:
        if name is not None:
            raise errors.not_needed("timeInForce")
        return TimeInForce.POST_ONLY if is_maker else TimeInForce.GTC
    if name is None:
        raise errors.missing("timeInForce")
    if name not in TIMES_IN_FORCE:
        raise ApiError(-1115, "Invalid timeInForce.")
    return TIMES_IN_FORCE[name]
