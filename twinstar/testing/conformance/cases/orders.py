"""Orders while everything works: what was sent is what stands, and what the streams tell is what happened."""

from __future__ import annotations

from decimal import Decimal

from twinstar.domain import (
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderKind,
    Side,
    TimeInForce,
)
from twinstar.errors import VenueRejected
from twinstar.sim import model
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.listening import Heard, listening, until_told
from twinstar.testing.conformance.stage import MAIN, Stage


def filled(heard: Heard, order_id: str) -> Decimal:
    fills = [event.fill for event in heard.of(OrderFilled)]
    return sum((fill.quantity for fill in fills if fill.order_id == order_id), Decimal(0))


async def until_filled(s: Stage, heard: Heard, order: Order) -> None:
    await until_told(heard, s.trading, order, "OrderFilled")
    await heard.until(lambda heard: filled(heard, order.order_id) >= order.quantity)


@case("O1", core=True)
async def a_filled_order_is_told_fill_by_fill(s: Stage) -> None:
    order = s.order()
    trading = s.trading
    async with listening(s.venue, s.symbol) as heard:
        venue_order_id = await trading.place(order)
        await until_filled(s, heard, order)
        same({(e.order_id, e.venue_order_id) for e in heard.of(OrderAccepted)}, {(order.order_id, venue_order_id)})
        fills = [event.fill for event in heard.of(OrderFilled)]
        assert len(fills) > 1, "one fill shows little: name a larger quantity in quality.yaml"
        same(
            [(f.order_id, f.instrument, f.side, f.price, f.quantity) for f in fills],
            [(order.order_id, s.instrument, order.side, e.price, e.quantity) for e in s.executions],
        )
        same(len({fill.fill_id for fill in fills}), len(fills))


@case("O2")
async def each_fill_has_its_fee(s: Stage) -> None:
    order = s.order()
    trading = s.trading
    async with listening(s.venue, s.symbol) as heard:
        await trading.place(order)
        await until_filled(s, heard, order)
        told = [(event.fill.fee, event.fill.fee_asset) for event in heard.of(OrderFilled)]
        same(told, [(e.fee, e.fee_asset) for e in s.executions])


@case("O3", core=True)
async def a_canceled_order_is_told_once_it_is(s: Stage) -> None:
    order = s.resting()
    trading = s.trading
    async with listening(s.venue, s.symbol) as heard:
        await trading.place(order)
        await trading.cancel(order)
        await heard.until(lambda heard: heard.of(OrderCanceled))
        same(heard.news_of(order.order_id), ["OrderAccepted", "OrderCanceled"])
        same(heard.of(OrderCanceled)[0].filled, 0)


@case("O4")
async def what_an_immediate_order_leaves_over_expires(s: Stage) -> None:
    trading, near = s.trading, s.exchange.book(s.symbol, 1).asks[0]
    quantity = s.quantity + near[1] // s.exchange.listings[s.symbol].lot * s.exchange.listings[s.symbol].lot
    order = s.order(kind=OrderKind.LIMIT, price=near[0], quantity=quantity, time_in_force=TimeInForce.IOC)
    async with listening(s.venue, s.symbol) as heard:
        await trading.place(order)
        await until_told(heard, s.trading, order, "OrderExpired", "OrderCanceled")
        ended = [e.filled for e in heard.of(OrderExpired)] + [e.filled for e in heard.of(OrderCanceled)]
        same(ended, [filled(heard, order.order_id)])
        assert 0 < filled(heard, order.order_id) < quantity


@case("O5")
async def how_long_an_order_lives_reaches_the_venue(s: Stage) -> None:
    for in_force in (TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY):
        await s.trading.place(s.resting(time_in_force=in_force))
        same(s.theirs()[-1].request.time_in_force.value, in_force.value)


@case("O6")
async def quantity_and_price_arrive_to_the_digit(s: Stage) -> None:
    order = s.resting(quantity=s.quantity + s.exchange.listings[s.symbol].lot)
    venue_order_id = await s.trading.place(order)
    (theirs,) = s.theirs()
    same((theirs.request.quantity, theirs.request.price), (order.quantity, order.price))
    assert venue_order_id, "no id of the venue's"


@case("O7", core=True)
async def what_the_venue_refuses_is_rejected_in_its_own_words(s: Stage) -> None:
    with raising(VenueRejected) as raised:
        await s.trading.place(s.order(quantity=s.quantity * 500))
    assert len(str(raised)) > len(s.quality.venue) + 2, "without a reason"
    same([order for order in s.theirs() if order.status.is_open or order.filled], [])
    same(s.sent(), 1)


@case("O8")
async def what_it_cannot_do_as_we_mean_it_is_not_sent(s: Stage) -> None:
    listed = s.exchange.listings[s.symbol]
    wishes = {
        "a quantity of nothing": s.order(quantity=Decimal(0)),
        "a quantity between the steps": s.order(side=Side.SELL, quantity=listed.lot * Decimal("10.5")),
        "a negative price": s.resting(price=Decimal(-1)),
        "a limit order without a limit": s.order(kind=OrderKind.LIMIT),
        "a market order that must not take": s.order(time_in_force=TimeInForce.POST_ONLY),
    }
    for wish, order in wishes.items():
        with raising(VenueRejected):
            await s.trading.place(order)
        same((wish, s.sent()), (wish, 0))


@case("O9")
async def to_cancel_what_is_over_is_rejected(s: Stage) -> None:
    order = s.order()
    await s.trading.place(order)
    with raising(VenueRejected):
        await s.trading.cancel(order)


@case("O10")
async def the_orders_of_others_are_not_ours(s: Stage) -> None:
    trading, quantity = s.trading, s.quantity
    async with listening(s.venue, s.symbol) as heard:
        foreign = model.Request(
            symbol=s.symbol, side=model.Side.BUY, kind=model.Kind.MARKET, quantity=quantity, client_id="somebody-else"
        )
        s.exchange.place(MAIN.account, foreign)
        order = s.order()
        await trading.place(order)
        await until_filled(s, heard, order)
        same({event.fill.order_id for event in heard.of(OrderFilled)}, {order.order_id})
        same({event.order_id for event in heard.of(OrderAccepted)}, {order.order_id})


@case("O11")
async def of_200_states_of_orders_in_one_turn_none_is_lost(s: Stage) -> None:
    """Each order is filled 39 times and canceled."""
    trading, price, piece = s.trading, s.at("0.99"), s.piece(50)
    orders = [s.resting(price=price) for _ in range(5)]
    async with listening(s.venue, s.symbol) as heard:
        for order in orders:
            await trading.place(order)
        await heard.until(lambda heard: len(heard.of(OrderAccepted)) == len(orders))
        for standing in s.theirs():
            for _ in range(39):
                s.trade(price, piece)
            s.exchange.cancel(MAIN.account, standing.id)
        for order in orders:
            await until_told(heard, trading, order, "OrderCanceled")
            same(heard.news_of(order.order_id), ["OrderAccepted", *["OrderFilled"] * 39, "OrderCanceled"])
        same({(event.fill.price, event.fill.quantity) for event in heard.of(OrderFilled)}, {(price, piece)})
        same(len({event.fill.fill_id for event in heard.of(OrderFilled)}), 39 * len(orders))
        same({event.filled for event in heard.of(OrderCanceled)}, {39 * piece})
