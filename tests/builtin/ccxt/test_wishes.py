"""What a venue cannot do as we mean it is refused before anything is sent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builtin.ccxt.kit import Scene, scene

from twinstar.domain import InstrumentId, OrderKind, Role, Side, TimeInForce
from twinstar.errors import VenueRejected

LIMIT = {"kind": OrderKind.LIMIT}


def on_tick(one: Scene) -> Decimal:
    return one.price * 9 // 10 // 1000 * 1000


UNABLE = {
    "a stop where none can rest": (
        "upbit",
        {"kind": OrderKind.STOP, "side": Side.SELL, "stop_price": Decimal(90_000_000)},
    ),
    "a market order that must not take": ("binanceusdm", {"time_in_force": TimeInForce.POST_ONLY}),
    "a market order, all or nothing": ("binanceusdm", {"time_in_force": TimeInForce.FOK}),
    "a stop that ends at once": (
        "binanceusdm",
        {"kind": OrderKind.STOP, "stop_price": Decimal(90_000), "time_in_force": TimeInForce.IOC},
    ),
    "a limit order without a limit": ("binanceusdm", LIMIT),
    "a take-profit where none can rest": (
        "upbit",
        {"kind": OrderKind.TAKE_PROFIT, "side": Side.SELL, "stop_price": Decimal(90_000_000)},
    ),
    "a stop without a price": ("binanceusdm", {"kind": OrderKind.STOP}),
    "a negative price": ("binanceusdm", {**LIMIT, "price": Decimal(-1)}),
    "a price between the steps": ("binanceusdm", {**LIMIT, "price": Decimal("60000.05")}),
    "a price between the steps of its band": ("upbit", {**LIMIT, "price": Decimal(90_000_500)}),
    "a stop price between the steps": ("binanceusdm", {"kind": OrderKind.STOP, "stop_price": Decimal("60000.05")}),
    "a quantity between the steps": ("binanceusdm", {"quantity": Decimal("0.0015")}),
    "a quantity of nothing": ("upbit", {"quantity": Decimal(0)}),
    "a quantity finer than eight decimals": ("upbit", {"quantity": Decimal("0.000000001"), "side": Side.SELL}),
    "a purchase that reduces on spot": ("upbit", {"reduce_only": True}),
    "an unknown instrument": ("upbit", {"instrument": InstrumentId("NO/KRW", "upbit")}),
}


@pytest.mark.parametrize("wish", UNABLE)
async def test_it_is_refused_here_and_the_venue_hears_nothing(wish: str) -> None:
    name, changes = UNABLE[wish]
    async with scene(name) as one:
        with pytest.raises(VenueRejected, match="not sent"):
            await one.venue.trading.place(one.order(**changes))
        assert not [request for request in one.server.requests if request.startswith(("POST", "DELETE"))]
        assert not one.exchange.orders("main")


async def test_how_to_change_an_order_in_one_step_is_not_known_of_every_venue() -> None:
    async with scene("binanceusdm") as one:
        stop = one.order(kind=OrderKind.STOP, side=Side.SELL, role=Role.STOP, stop_price=on_tick(one))
        with pytest.raises(VenueRejected, match="not sent"):
            await one.venue.trading.amend(stop, stop.terms)


async def test_quantity_and_price_arrive_to_the_digit() -> None:
    async with scene("upbit") as one:
        quantity, price = Decimal("12.34567891"), Decimal(1_003_000)  # cheap enough to rest
        order = one.order(kind=OrderKind.LIMIT, price=price, quantity=quantity)
        await one.venue.trading.place(order)
        request = one.exchange.order("main", client_id=order.order_id).request
        assert (request.quantity, request.price) == (quantity, price)


async def test_a_market_buy_names_its_quantity_also_where_the_venue_would_have_an_amount() -> None:
    async with scene("upbit") as one:
        order = one.order(quantity=Decimal("0.05243001"))
        await one.venue.trading.place(order)
        placed = one.exchange.order("main", client_id=order.order_id)
        assert placed.filled == order.quantity


async def test_a_spot_sale_is_reducing_by_nature() -> None:
    async with scene("upbit") as one:
        await one.venue.trading.place(one.order())
        sale = one.order(side=Side.SELL, reduce_only=True)
        await one.venue.trading.place(sale)
        assert one.exchange.order("main", client_id=sale.order_id).filled == sale.quantity
