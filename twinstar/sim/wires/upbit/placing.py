"""An order request in Upbit's terms, checked as Upbit checks it, and put into the exchange's terms.

Source: docs.upbit.com/kr/reference/new-order (v1.6.4, 2026-11). Four types: limit; price (a market buy by amount);
market (a market sell); best (a limit order at the best opposite price, which must be ioc or fok).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from msgspec import Struct

from twinstar.sim.model import Kind, Request, Side, TimeInForce
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.upbit.errors import denied, field_invalid
from twinstar.sim.wires.upbit.markets import MAX_TOTAL, MIN_TOTAL, VOLUME_STEP, symbol_of
from twinstar.sim.wires.upbit.params import Params
from twinstar.sim.wires.upbit.ticks import on_tick

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
    """What the client asked for, in Upbit's words."""

    symbol: str
    side: str  # bid | ask
    ord_type: str
    price: Decimal | None
    volume: Decimal | None
    time_in_force: TimeInForce
    identifier: str | None


def read(params: Params, exchange: Exchange) -> Wish:
    symbol = symbol_of(params.field("market"))
    if symbol not in exchange.listings:
        raise denied("notfoundmarket")
    side = params.field("side")
    if side not in SIDES:
        raise field_invalid("side")
    wish = Wish(
        symbol=symbol,
        side=side,
        ord_type=_type(params, "ord_type"),
        price=number(params, "price"),
        volume=number(params, "volume"),
        time_in_force=_time_in_force(params, "ord_type", "time_in_force", "smp_type"),
        identifier=params.get("identifier"),
    )
    check(wish, exchange)
    return wish


def read_replacement(params: Params, exchange: Exchange, symbol: str, side: str, remaining: Decimal) -> Wish:
    """Of cancel_and_new: market and side are those of the order it replaces."""
    remain_only = params.get("new_volume") == "remain_only"
    wish = Wish(
        symbol=symbol,
        side=side,
        ord_type=_type(params, "new_ord_type"),
        price=number(params, "new_price"),
        volume=remaining if remain_only else number(params, "new_volume"),
        time_in_force=_time_in_force(params, "new_ord_type", "new_time_in_force", "new_smp_type"),
        identifier=params.get("new_identifier"),
    )
    check(wish, exchange)
    return wish


def check(wish: Wish, exchange: Exchange) -> None:
    """The fields that the type wants and no others; price step, volume step, smallest and largest total."""
    by_amount = wish.ord_type == "price" or (wish.ord_type == "best" and wish.side == "bid")
    wants_price = by_amount or wish.ord_type == "limit"
    one_way = {"price": "bid", "market": "ask"}.get(wish.ord_type, wish.side)
    if (wish.price is not None, wish.volume is not None, wish.side) != (wants_price, not by_amount, one_way):
        raise denied(f"create_{wish.side}_error")
    if wish.volume is not None and (wish.volume <= 0 or wish.volume % VOLUME_STEP):
        raise denied(f"invalid_volume_{wish.side}")
    if wish.ord_type == "limit" and not on_tick(wish.price or Decimal(0)):
        raise denied(f"invalid_price_{wish.side}")
    total = _total(wish, exchange)
    if total < MIN_TOTAL:
        raise denied(f"under_min_total_{wish.side}")
    if total > MAX_TOTAL:
        raise denied(f"over_krw_funds_{wish.side}")


def to_request(wish: Wish, exchange: Exchange) -> Request:
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
        client_id=wish.identifier,
    )


def number(params: Params, name: str) -> Decimal | None:
    text = params.get(name)
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise field_invalid(name) from None
    if not value.is_finite() or abs(value.adjusted()) > 18:
        raise field_invalid(name)
    return value


def _type(params: Params, name: str) -> str:
    ord_type = params.field(name)
    if ord_type not in TYPES:
        raise field_invalid(name)
    return ord_type


def _time_in_force(params: Params, ord_type: str, name: str, smp_type: str) -> TimeInForce:
    given = params.get(name)
    if given == "post_only" and params.get(smp_type) not in (None, "none"):
        raise denied("invalid_post_only")
    allowed = TIMES_IN_FORCE[params.field(ord_type)]
    if given not in allowed:
        raise denied("invalid_time_in_force")
    return allowed[given]


def _total(wish: Wish, exchange: Exchange) -> Decimal:
    if wish.volume is None:
        return wish.price or Decimal(0)
    price = wish.price or exchange.ticker(wish.symbol).bid
    return price * wish.volume
