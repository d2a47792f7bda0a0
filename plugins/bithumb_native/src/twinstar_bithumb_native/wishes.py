"""Our order in Bithumb's words. What the venue would not take as we mean it is refused here, unsent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import twinstar as ts
from twinstar_bithumb_native.signing import Params
from twinstar_bithumb_native.ticks import QUANTITY_STEP, price_step, rounded_down

SIDES: Final[Mapping[ts.Side, str]] = {ts.Side.BUY: "bid", ts.Side.SELL: "ask"}
IN_FORCE: Final[Mapping[ts.TimeInForce, str]] = {
    ts.TimeInForce.IOC: "ioc",
    ts.TimeInForce.FOK: "fok",
    ts.TimeInForce.POST_ONLY: "post_only",
}


class Unfit(ValueError):
    """The venue cannot do this as we mean it."""


def market_of(symbol: str) -> str:
    """BTC/KRW is KRW-BTC there."""
    base, _, quote = symbol.partition("/")
    return f"{quote}-{base}"


def symbol_of(market: str) -> str:
    quote, _, base = market.partition("-")
    return f"{base}/{quote}"


def quote_of(instrument: ts.InstrumentId) -> str:
    return instrument.symbol.partition("/")[2]


def needs_price(order: ts.Order) -> bool:
    """A market buy of ours names a quantity, the venue's own an amount of money: so it goes out with a limit."""
    return order.kind is ts.OrderKind.MARKET and order.side is ts.Side.BUY


def order_params(order: ts.Order, most: Decimal | None = None) -> Params:
    """``most``: what a market buy may cost at the highest. Raise `Unfit`."""
    _refuse(order)
    params = [("market", market_of(order.instrument.symbol)), ("side", SIDES[order.side])]
    if needs_price(order):
        params += _limit(order, rounded_down(quote_of(order.instrument), most or Decimal(0)), "ioc")
    elif order.kind is ts.OrderKind.MARKET:
        params += [("order_type", "market"), ("volume", f"{order.quantity:f}")]
    else:
        params += _limit(order, order.price or Decimal(0), IN_FORCE.get(order.time_in_force))
    return [*params, ("client_order_id", order.order_id)]


def purchase_params(market: str, cost: Decimal, client_order_id: str) -> Params:
    """The venue's own market buy, of so much money. Raise `Unfit`."""
    if cost <= 0 or (market.startswith("KRW-") and cost % 1):
        raise Unfit(f"an amount of {cost} cannot be spent")
    return [
        ("market", market),
        ("side", "bid"),
        ("order_type", "price"),
        ("price", f"{cost:f}"),
        ("client_order_id", client_order_id),
    ]


def _limit(order: ts.Order, price: Decimal, in_force: str | None) -> list[tuple[str, str]]:
    quote = quote_of(order.instrument)
    if price <= 0 or price % price_step(quote, price):
        raise Unfit(f"price {price} is not in steps of {price_step(quote, price)}")
    if in_force is not None and quote != "KRW":
        raise Unfit(f"{in_force} is for markets in KRW only")
    params = [("order_type", "limit"), ("price", f"{price:f}"), ("volume", f"{order.quantity:f}")]
    return params if in_force is None else [*params, ("time_in_force", in_force)]


def _refuse(order: ts.Order) -> None:
    if order.kind.is_trigger:
        raise Unfit("Bithumb holds no stop orders for us")
    if order.quantity <= 0 or order.quantity % QUANTITY_STEP:
        raise Unfit(f"quantity {order.quantity} is not in steps of {QUANTITY_STEP:f}")
    if order.kind is ts.OrderKind.MARKET and order.time_in_force is not ts.TimeInForce.GTC:
        raise Unfit(f"{order.time_in_force.value} is not for market orders")
    if order.reduce_only and order.side is ts.Side.BUY:
        raise Unfit("a purchase on spot cannot be reduce-only")
