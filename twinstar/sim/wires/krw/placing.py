"""An order request in the venues' terms, and put into the exchange's.

Four types: limit; price (a market buy by amount); market (a market sell); best (a limit order at the best opposite
price, which must be ioc or fok).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from msgspec import Struct

from twinstar.sim.model import Kind, Request, Side, TimeInForce
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw.errors import Denial, Denied, field_invalid
from twinstar.sim.wires.krw.markets import MIN_TOTAL, VOLUME_STEP
from twinstar.sim.wires.krw.params import Params

SIDES = {"bid": Side.BUY, "ask": Side.SELL}
TYPES = ("limit", "price", "market", "best")
TIMES_IN_FORCE: Mapping[str, Mapping[str | None, TimeInForce]] = {
    "limit": {
        None: TimeInForce.GTC,
        "ioc": TimeInForce.IOC,
        "fok": TimeInForce.FOK,
        "post_only": TimeInForce.POST_ONLY,
    },
    "price": {None: TimeInForce.GTC},
    "market": {None: TimeInForce.GTC},
    "best": {"ioc": TimeInForce.IOC, "fok": TimeInForce.FOK},
}


class Wish(Struct, frozen=True, kw_only=True):
    """What the client asked for, in the venue's words."""

    symbol: str
    side: str  # bid | ask
    ord_type: str
    price: Decimal | None
    volume: Decimal | None
    time_in_force: TimeInForce
    client_id: str | None


class Rules(Struct, frozen=True, kw_only=True):
    """``names``: by fields, volume, price, min_total and max_total, the venue's error, ``{side}`` in it."""

    on_tick: Callable[[Decimal], bool]
    max_total: Decimal
    names: Mapping[str, str]
    denied: Denied

    def deny(self, what: str, wish: Wish) -> Exception:
        return self.denied(self.names[what].format(side=wish.side))


def check(wish: Wish, exchange: Exchange, rules: Rules) -> None:
    """The fields that the type wants and no others; price step, volume step, smallest and largest total."""
    by_amount = wish.ord_type == "price" or (wish.ord_type == "best" and wish.side == "bid")
    wants_price = by_amount or wish.ord_type == "limit"
    one_way = {"price": "bid", "market": "ask"}.get(wish.ord_type, wish.side)
    if (wish.price is not None, wish.volume is not None, wish.side) != (wants_price, not by_amount, one_way):
        raise rules.deny("fields", wish)
    if wish.volume is not None and (wish.volume <= 0 or wish.volume % VOLUME_STEP):
        raise rules.deny("volume", wish)
    if wish.ord_type == "limit" and not rules.on_tick(wish.price or Decimal(0)):
        raise rules.deny("price", wish)
    total = _total(wish, exchange)
    if total < MIN_TOTAL:
        raise rules.deny("min_total", wish)
    if total > rules.max_total:
        raise rules.deny("max_total", wish)


def to_request(wish: Wish, exchange: Exchange, *, ends_if_taking: bool = False) -> Request:
    quantity, cost, price = wish.volume, None, None
    match wish.ord_type:
        case "limit":
            price = wish.price
        case "price":
            cost = wish.price
        case "best":
            now = exchange.ticker(wish.symbol)
            price = now.ask if wish.side == "bid" else now.bid
            if wish.price is not None:
                quantity = (wish.price / price).quantize(VOLUME_STEP, ROUND_DOWN)
    return Request(
        symbol=wish.symbol,
        side=SIDES[wish.side],
        kind=Kind.MARKET if price is None else Kind.LIMIT,
        quantity=quantity,
        cost=cost,
        price=price,
        time_in_force=wish.time_in_force,
        ends_if_taking=ends_if_taking,
        client_id=wish.client_id,
    )


def number(params: Params, name: str, invalid: Callable[[str], Denial] = field_invalid) -> Decimal | None:
    text = params.get(name)
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise invalid(name) from None
    if not value.is_finite() or abs(value.adjusted()) > 18:
        raise invalid(name)
    return value


def _total(wish: Wish, exchange: Exchange) -> Decimal:
    if wish.volume is None:
        return wish.price or Decimal(0)
    price = wish.price or exchange.ticker(wish.symbol).bid
    return price * wish.volume
