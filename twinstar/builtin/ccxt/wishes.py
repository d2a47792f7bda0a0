"""Our order in ccxt's words. What the venue would not take as we mean it is refused here: ccxt passes it through,
rounds it, or drops it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.habits.habit import Change, Unified
from twinstar.builtin.ccxt.markets import abilities, contract_of, price_step, quantity_step
from twinstar.domain import Order, OrderKind, Side, Terms, TimeInForce
from twinstar.errors import VenueRejected

MARKET_BUY_CAP = Decimal("0.02")

_IN_FORCE: Mapping[TimeInForce, tuple[str, Mapping[str, Any]]] = {  # ccxt's feature, and how ccxt wants it said
    TimeInForce.IOC: ("IOC", {"timeInForce": "IOC"}),
    TimeInForce.FOK: ("FOK", {"timeInForce": "FOK"}),
    TimeInForce.POST_ONLY: ("PO", {"postOnly": True}),
}


class Wish(Struct, frozen=True, kw_only=True):
    """The arguments of ccxt's ``create_order``; numbers are text, to the digit."""

    symbol: str
    type: str
    side: str
    amount: str
    price: str | None
    params: Mapping[str, Any]


def wish_of(exchange: TwinExchange, order: Order) -> Wish:
    """Raise `VenueRejected` for what this venue cannot do."""
    market = _market(exchange, order)
    return Wish(
        symbol=order.instrument.symbol,
        type="limit" if order.kind is OrderKind.LIMIT else "market",
        side=order.side.value,
        amount=_amount(exchange, market, order),
        price=_price(exchange, market, order.price) if order.kind is OrderKind.LIMIT else None,
        params={
            "clientOrderId": order.order_id,
            **_trigger(exchange, market, order),
            **_in_force(exchange, market, order),
            **_reduce_only(exchange, market, order),
        },
    )


def change_of(exchange: TwinExchange, order: Order, terms: Terms) -> Change:
    """Raise `VenueRejected` for terms that are not in the venue's steps."""
    market = _market(exchange, order)
    return Change(
        amount=_amount(exchange, market, msgspec.structs.replace(order, quantity=terms.quantity)),
        price=None if terms.price is None else _price(exchange, market, terms.price),
        trigger=None if terms.stop_price is None else _price(exchange, market, terms.stop_price),
    )


def cap_of(exchange: TwinExchange, order: Order) -> Decimal | None:
    """How far above the last price a market buy may go, where the venue's own would name an amount of money."""
    if order.kind is not OrderKind.MARKET or order.side is not Side.BUY:
        return None
    by_amount = abilities(exchange, _market(exchange, order)).get("marketBuyRequiresPrice")
    return exchange.habit.orders.market_buy_cap or (MARKET_BUY_CAP if by_amount else None)


def capped(exchange: TwinExchange, wish: Wish, most: Decimal) -> Wish:
    """A market buy as a limit order that ends at once."""
    step = price_step(exchange, exchange.market(wish.symbol), most)
    params = {**wish.params, "timeInForce": "IOC"}
    return msgspec.structs.replace(wish, type="limit", price=f"{most // step * step:f}", params=params)


def _market(exchange: TwinExchange, order: Order) -> Unified:
    market: Unified | None = exchange.markets.get(order.instrument.symbol)
    if market is None:
        raise VenueRejected(exchange.venue, f"not sent: it has no {order.instrument.symbol}")
    return market


def _amount(exchange: TwinExchange, market: Unified, order: Order) -> str:
    step = quantity_step(exchange, market)
    if order.quantity <= 0 or order.quantity % step:
        raise VenueRejected(exchange.venue, f"not sent: quantity {order.quantity} is not in steps of {step}")
    return f"{order.quantity / contract_of(exchange, market['symbol']):f}"


def _price(exchange: TwinExchange, market: Unified, price: Decimal | None) -> str:
    if price is None or price <= 0:
        raise VenueRejected(exchange.venue, f"not sent: a price is needed, not {price}")
    step = price_step(exchange, market, price)
    if price % step:
        raise VenueRejected(exchange.venue, f"not sent: price {price} is not in steps of {step}")
    return f"{price:f}"


def _trigger(exchange: TwinExchange, market: Unified, order: Order) -> Mapping[str, Any]:
    if not order.kind.is_trigger:
        return {}
    able = abilities(exchange, market)
    if not able.get("triggerPrice"):
        raise VenueRejected(exchange.venue, "not sent: this venue cannot hold stop orders")
    if order.kind is OrderKind.TAKE_PROFIT and not exchange.habit.orders.targets:
        raise VenueRejected(exchange.venue, "not sent: it is not known how this venue holds take-profits")
    rises = (order.side is Side.BUY) == (order.kind is OrderKind.STOP)
    direction = "ascending" if rises else "descending"
    return {
        **exchange.habit.orders.trigger(order, _price(exchange, market, order.stop_price)),
        **({"triggerDirection": direction} if able.get("triggerDirection") else {}),
        **exchange.habit.orders.stop_params,
    }


def _in_force(exchange: TwinExchange, market: Unified, order: Order) -> Mapping[str, Any]:
    if order.time_in_force is TimeInForce.GTC:
        return {}
    feature, params = _IN_FORCE[order.time_in_force]
    known = abilities(exchange, market).get("timeInForce") or {}
    if order.kind is not OrderKind.LIMIT or not known.get(feature):
        raise VenueRejected(
            exchange.venue, f"not sent: {order.time_in_force.value} is not for {order.kind.value} orders here"
        )
    return params


def _reduce_only(exchange: TwinExchange, market: Unified, order: Order) -> Mapping[str, Any]:
    """A spot sale only ever reduces; a spot purchase never does."""
    if not order.reduce_only:
        return {}
    if market["contract"]:
        return {"reduceOnly": True}
    if order.side is Side.BUY:
        raise VenueRejected(exchange.venue, "not sent: a purchase on spot cannot be reduce-only")
    return {}
