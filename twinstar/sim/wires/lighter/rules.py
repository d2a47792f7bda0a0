"""What an order must say, field by field. How far a price may be off is not published: a factor of ten, here.

Source: the checks of elliottech/lighter-go (2026-08) and the error codes of apidocs.lighter.xyz.
"""

from __future__ import annotations

from collections.abc import Sequence

from twinstar.sim.wires.lighter import errors
from twinstar.sim.wires.lighter.errors import ApiError, Words
from twinstar.sim.wires.lighter.markets import Market
from twinstar.sim.wires.lighter.transactions import Asked

LIMIT, MARKET, STOP, STOP_LIMIT, PROFIT, PROFIT_LIMIT, TWAP = range(7)
IOC, GTT, POST_ONLY = range(3)
OTO, OCO, OTOCO = 1, 2, 3
STOPS, PROFITS = (STOP, STOP_LIMIT), (PROFIT, PROFIT_LIMIT)
AT_MARKET = (MARKET, STOP, PROFIT)
MINUTE_MS, DAY_MS = 60_000, 86_400_000
EXPIRY_MS = (5 * MINUTE_MS, 30 * DAY_MS)  # from now
MOST_SIZE, MOST_PRICE, MOST_CLIENT_INDEX = 2**48 - 1, 2**32 - 1, 2**48 - 1
FAR = 10


def check_order(asked: Asked, now_ms: int, mark_ticks: int) -> None:
    _demand(0 <= asked.client_order_index <= MOST_CLIENT_INDEX, errors.BAD_CLIENT_INDEX)
    _demand(asked.reduce_only in (0, 1), errors.BAD_REDUCE_ONLY)
    _demand(0 <= asked.base_amount <= MOST_SIZE, errors.BAD_SIZE)
    _demand(asked.base_amount > 0 or asked.reduce_only == 1, errors.BAD_SIZE)
    _demand(0 < asked.price <= MOST_PRICE, errors.BAD_PRICE)
    _demand(0 <= asked.trigger_price <= MOST_PRICE, errors.BAD_TRIGGER)
    _demand(asked.is_ask in (0, 1), errors.BAD_SIDE)
    _demand(asked.type in range(TWAP), errors.BAD_TYPE)
    _demand(asked.time_in_force in (IOC, GTT, POST_ONLY), errors.BAD_TIME_IN_FORCE)
    _demand(asked.type not in AT_MARKET or asked.time_in_force == IOC, errors.BAD_TIME_IN_FORCE)
    is_trigger = asked.type in STOPS + PROFITS
    _demand(is_trigger is (asked.trigger_price > 0), errors.BAD_TRIGGER)
    _check_expiry(asked, now_ms, waits=is_trigger or asked.time_in_force != IOC)
    if is_trigger:
        _demand(_is_near(asked.price, asked.trigger_price), errors.FAR_FROM_TRIGGER)
    else:
        _demand(_is_near(asked.price, mark_ticks), errors.FAR_FROM_MARK)


def check_size(asked: Asked, market: Market) -> None:
    """The least there may be of base and quote, save where an order only reduces."""
    if asked.reduce_only == 1:
        return
    size, price = market.size(asked.base_amount), market.price(asked.price)
    _demand(size >= market.listing.min_quantity, errors.TOO_SMALL)
    _demand(size * price >= market.listing.min_notional, errors.TOO_SMALL)


def _check_expiry(asked: Asked, now_ms: int, *, waits: bool) -> None:
    soonest, latest = (now_ms + each for each in EXPIRY_MS)
    fits = soonest <= asked.order_expiry <= latest if waits else asked.order_expiry == 0
    _demand(fits, errors.BAD_EXPIRY)


def check_group(kind: int, orders: Sequence[Asked]) -> None:
    _demand(kind in (OTO, OCO, OTOCO), errors.BAD_TX)
    _demand(len(orders) == (3 if kind == OTOCO else 2), errors.BAD_TX)
    first, siblings = orders[0], orders if kind == OCO else orders[1:]
    _demand(len({each.market_index for each in orders}) == 1, errors.BAD_MARKET)
    named = [each.client_order_index for each in orders if each.client_order_index]
    _demand(len(set(named)) == len(named), errors.DUPLICATE)
    _demand(all(each.reduce_only == 1 for each in siblings), errors.BAD_REDUCE_ONLY)
    _demand(all(each.type in STOPS + PROFITS for each in siblings), errors.BAD_TYPE)
    _demand(kind == OTO or len({each.type in STOPS for each in siblings}) == 2, errors.BAD_TYPE)
    _demand(len({each.is_ask for each in siblings}) == 1, errors.BAD_SIDE)
    _demand(len({each.order_expiry for each in siblings}) == 1, errors.BAD_EXPIRY)
    if kind == OCO:
        _demand(len({each.base_amount for each in siblings}) == 1, errors.BAD_SIZE)
        return
    _demand(first.type in (LIMIT, MARKET), errors.BAD_TYPE)
    _demand(all(each.base_amount == 0 for each in siblings), errors.BAD_SIZE)
    _demand(all(each.is_ask != first.is_ask for each in siblings), errors.BAD_SIDE)
    _demand(first.order_expiry in (0, siblings[0].order_expiry), errors.BAD_EXPIRY)


def _is_near(price: int, other: int) -> bool:
    return other <= price * FAR and price <= other * FAR


def _demand(condition: bool, words: Words) -> None:
    if not condition:
        raise ApiError(*words)
