"""An order of ours in the venue's integers, exactly or not at all."""

from __future__ import annotations

import hashlib
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, assert_never

from msgspec import Struct

import twinstar as ts
from twinstar_lighter.signer import Change, OrderFields

LIMIT, MARKET, STOP, TAKE_PROFIT = 0, 1, 2, 4
IOC, GTT, POST_ONLY = 0, 1, 2
MOST_SIZE, MOST_PRICE, MOST_INDEX = 2**48 - 1, 2**32 - 1, 2**48 - 1
DAY_MS: Final = 86_400_000
STANDS_MS: Final = 28 * DAY_MS  # the venue takes up to 30 days; whatever is to stand longer is placed anew


class Unfit(Exception):
    """The venue has no way to say it: nothing was sent."""


class Market(Struct, frozen=True, kw_only=True):
    """An instrument, and how its numbers are scaled."""

    id: int
    instrument: ts.Instrument
    size_decimals: int
    price_decimals: int

    def size(self, quantity: Decimal) -> int:
        return integer(quantity, self.size_decimals, MOST_SIZE, "quantity")

    def price(self, price: Decimal) -> int:
        return integer(price, self.price_decimals, MOST_PRICE, "price")


def integer(value: Decimal, decimals: int, most: int, what: str) -> int:
    scaled = value.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise Unfit(f"{what} {value} has more than {decimals} decimals")
    if not 0 < scaled <= most:
        raise Unfit(f"{what} {value} is not in 0..{Decimal(most).scaleb(-decimals)}")
    return int(scaled)


def client_index(order_id: str) -> int:
    """Our order id has more bits than the 48 there are: a digest. 0 means none at the venue.

    That two of a million orders have the same is one chance in five hundred, and then the second is refused.
    """
    return 1 + int.from_bytes(hashlib.sha256(order_id.encode()).digest()[:8]) % (MOST_INDEX - 1)


class Slippage(Struct, frozen=True):
    """How much worse than what it is reckoned from an order may be filled, in percent.

    A stop has room of its own: its price is fixed long before it is filled, and it has one chance. An order at market
    that was not filled is placed anew from another book; a take-profit is there for its price.
    """

    usual: Decimal
    stop: Decimal

    def of(self, order: ts.Order) -> Decimal:
        return self.stop if order.kind is ts.OrderKind.STOP else self.usual

    @property
    def least(self) -> Slippage:
        return Slippage(self.usual, min(self.usual, self.stop))


def worst(reference: Decimal, side: ts.Side, slippage_percent: Decimal, market: Market) -> Decimal:
    """The price that a market order is not to pass: every order has one here."""
    price = reference * (1 + side.sign * slippage_percent / 100)
    step = market.instrument.price_step
    rounding = ROUND_FLOOR if side is ts.Side.BUY else ROUND_CEILING
    steps = (price / step).to_integral_value(rounding)
    return min(max(steps, Decimal(1)), Decimal(MOST_PRICE)) * step


def fields_of(order: ts.Order, market: Market, price: Decimal, now_ms: int) -> OrderFields:
    """``price``: the limit, or the worst that is acceptable. Raise `Unfit`."""
    kind, time_in_force, waits = _form(order)
    return OrderFields(
        market=market.id,
        client_index=client_index(order.order_id),
        size=market.size(order.quantity),
        price=market.price(price),
        is_ask=int(order.side is ts.Side.SELL),
        kind=kind,
        time_in_force=time_in_force,
        reduce_only=int(order.reduce_only or order.kind.is_trigger),
        trigger_price=_trigger(order, order, market),
        expiry=now_ms + STANDS_MS if waits else 0,
    )


def change_of(order: ts.Order, terms: ts.Terms, market: Market, price: Decimal, index: int) -> Change:
    """``price`` as of `fields_of`; ``index``: the venue's or ours. Raise `Unfit`."""
    return Change(
        market=market.id,
        index=index,
        size=market.size(terms.quantity),
        price=market.price(price),
        trigger_price=_trigger(order, terms, market),
    )


def _trigger(order: ts.Order, terms: ts.Order | ts.Terms, market: Market) -> int:
    return market.price(terms.stop_price) if order.kind.is_trigger and terms.stop_price else 0


def _form(order: ts.Order) -> tuple[int, int, bool]:
    """Type, time in force, and whether it may stand."""
    if order.time_in_force is ts.TimeInForce.POST_ONLY and order.kind is not ts.OrderKind.LIMIT:
        raise Unfit("only a limit order can be post-only")
    match order.kind:
        case ts.OrderKind.MARKET:
            return MARKET, IOC, False
        case ts.OrderKind.STOP:
            return STOP, IOC, True
        case ts.OrderKind.TAKE_PROFIT:
            return TAKE_PROFIT, IOC, True
        case ts.OrderKind.LIMIT:
            return _limit(order.time_in_force)
    assert_never(order.kind)


def _limit(time_in_force: ts.TimeInForce) -> tuple[int, int, bool]:
    match time_in_force:
        case ts.TimeInForce.GTC:
            return LIMIT, GTT, True
        case ts.TimeInForce.IOC:
            return LIMIT, IOC, False
        case ts.TimeInForce.POST_ONLY:
            return LIMIT, POST_ONLY, True
        case ts.TimeInForce.FOK:
            raise Unfit("Lighter has no fill-or-kill; use ioc")
    assert_never(time_in_force)
