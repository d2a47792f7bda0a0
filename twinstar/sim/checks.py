"""What the exchange refuses before it looks at any money."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.accounts import Account
from twinstar.sim.grid import is_on
from twinstar.sim.model import Kind, Listing, Reason, Refusal, Request, Side

LARGEST = Decimal(10) ** 15  # of any number in a request
TRIGGERED_AT_MARKET = (Kind.STOP_MARKET, Kind.TAKE_PROFIT_MARKET)


def check(request: Request, listing: Listing, last: Decimal) -> None:
    _check_shape(request, listing)
    for price in (request.price, request.trigger_price):
        _check_price(price, listing)
    _check_quantity(request, listing)
    _check_notional(request, listing, last)


def check_client_id(request: Request, account: Account) -> None:
    before = account.order_of(request.client_id) if request.client_id is not None else None
    if before is not None and before.status.is_open:
        raise Refusal(Reason.DUPLICATE_CLIENT_ID, str(request.client_id))


def _check_shape(request: Request, listing: Listing) -> None:
    """Every kind has its own fields, and no others."""
    sizes = (request.quantity is not None) + (request.cost is not None) + request.close_position
    _demand(sizes == 1, Reason.BAD_VALUE, "give one of quantity, cost, close position")
    _demand((request.price is not None) is (request.kind.is_limit), Reason.BAD_VALUE, "price")
    _demand((request.trigger_price is not None) is request.kind.is_trigger, Reason.BAD_VALUE, "trigger price")
    reduces = request.reduce_only or request.close_position
    _demand(not (reduces and listing.is_spot), Reason.NOT_SUPPORTED, "there is nothing to reduce on spot")
    closes = not request.close_position or request.kind in TRIGGERED_AT_MARKET
    _demand(closes, Reason.NOT_SUPPORTED, "only a stop or take-profit at market closes a position")
    buys = request.cost is None or (request.kind is Kind.MARKET and request.side is Side.BUY and listing.is_spot)
    _demand(buys, Reason.NOT_SUPPORTED, "only a market buy on spot goes by cost")


def _check_price(price: Decimal | None, listing: Listing) -> None:
    if price is None:
        return
    _demand(_is_sane(price), Reason.BAD_VALUE, f"price {price}")
    _demand(is_on(price, listing.tick), Reason.BAD_TICK, f"{price} on steps of {listing.tick}")


def _check_quantity(request: Request, listing: Listing) -> None:
    cost, quantity = request.cost, request.quantity
    _demand(cost is None or _is_sane(cost), Reason.BAD_VALUE, f"cost {cost}")
    if quantity is None:
        return
    _demand(_is_sane(quantity), Reason.BAD_VALUE, f"quantity {quantity}")
    _demand(is_on(quantity, listing.lot), Reason.BAD_LOT, f"{quantity} in steps of {listing.lot}")
    _demand(quantity >= listing.min_quantity, Reason.TOO_SMALL, f"{quantity} < {listing.min_quantity}")


def _check_notional(request: Request, listing: Listing, last: Decimal) -> None:
    """Closing is allowed however little it is worth."""
    if request.reduce_only or request.close_position:
        return
    price = request.price or request.trigger_price or last
    worth = request.cost if request.quantity is None else request.quantity * price
    cheap = worth is not None and worth < listing.min_notional
    _demand(not cheap, Reason.TOO_CHEAP, f"{worth} < {listing.min_notional}")


def _is_sane(value: Decimal) -> bool:
    return value.is_finite() and 0 < value < LARGEST


def _demand(condition: bool, reason: Reason, detail: str) -> None:
    if not condition:
        raise Refusal(reason, detail)
