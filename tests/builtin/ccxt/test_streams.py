"""What the streams tell, through unmodified wires on real sockets."""

from __future__ import annotations

from decimal import Decimal

from builtin.ccxt.kit import BTC_KRW, BTC_USDT, EACH, ETH_USDT, Scene, listening, scene

from twinstar.domain import (
    CandleClosed,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderKind,
    Role,
    Side,
    Source,
    StreamOpened,
    TimeInForce,
    TradeSeen,
)


def told_of_ours(heard, order_id):
    """Kinds of news of one order, in order."""
    return [
        type(event).__name__
        for event in heard.events
        if getattr(event, "order_id", None) == order_id
        or (isinstance(event, OrderFilled) and event.fill.order_id == order_id)
    ]


def venues_candles(one: Scene, symbol: str) -> dict[int, tuple[Decimal, ...]]:
    candles = one.exchange.candles(symbol, 60_000, limit=1_000)
    return {c.open_ms: (c.open, c.high, c.low, c.close, c.volume) for c in candles if c.closed}


@EACH
async def test_closed_candles_come_in_order_each_once_and_equal_the_venues_own(name: str) -> None:
    async with scene(name) as one, listening(one.venue, one.symbol) as heard:
        one.minutes(6)
        await heard.until(lambda heard: len(heard.of(CandleClosed)) >= 4)
        candles = [event.candle for event in heard.of(CandleClosed)]
        theirs = venues_candles(one, one.symbol)
        opens = [candle.open_ms for candle in candles]
        assert opens == sorted(set(opens))
        for c in candles:
            assert (c.open, c.high, c.low, c.close, c.volume) == theirs[c.open_ms]
            assert c.source is (Source.TRADES if name == "upbit" else Source.STREAM)


async def test_each_instrument_has_its_stream_and_they_share_a_line() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT, ETH_USDT) as heard:
        one.minutes(3)
        await heard.until(lambda heard: len({event.candle.instrument for event in heard.of(CandleClosed)}) == 2)
        assert {event.stream for event in heard.of(StreamOpened)} == {
            f"candles {BTC_USDT}",
            f"candles {ETH_USDT}",
            "orders",
        }
        assert len(one.server.lines) == 2  # one public, one private


async def test_where_candles_are_built_every_trade_is_told() -> None:
    async with scene("upbit") as one, listening(one.venue, BTC_KRW) as heard:
        made = []
        forget = one.exchange.on_tick(BTC_KRW, made.append)
        one.minutes(2)
        forget()
        await heard.until(lambda heard: any(trade.time_ms == made[-1].market_ms for trade in heard.of(TradeSeen)))
        trades = heard.of(TradeSeen)[-len(made) :]
        assert [(t.time_ms, t.price, t.quantity, t.side.value) for t in trades] == [
            (tick.market_ms, tick.price, tick.quantity, tick.taker.value) for tick in made
        ]


async def test_a_price_in_won_and_a_fraction_of_a_coin_keep_every_digit() -> None:
    async with scene("upbit") as one, listening(one.venue, BTC_KRW) as heard:
        (line,) = [line for line in one.server.lines if "/private" not in line.path]
        line.send(
            b'{"type":"trade","code":"KRW-BTC","timestamp":1700000000500,"trade_timestamp":1700000000123,'
            b'"trade_price":135123000.0,"trade_volume":0.00005243,"ask_bid":"ASK","sequential_id":17000000001230000}'
        )
        await heard.until(lambda heard: any(trade.time_ms == 1_700_000_000_123 for trade in heard.of(TradeSeen)))
        told = next(trade for trade in heard.of(TradeSeen) if trade.time_ms == 1_700_000_000_123)
        assert (told.price, told.quantity, told.side) == (Decimal(135_123_000), Decimal("0.00005243"), Side.SELL)


@EACH
async def test_a_filled_order_is_told_fill_by_fill(name: str) -> None:
    async with scene(name) as one, listening(one.venue, one.symbol) as heard:
        order = one.order()
        venue_order_id = await one.venue.trading.place(order)
        await heard.until(lambda heard: sum(event.fill.quantity for event in heard.of(OrderFilled)) == order.quantity)
        (accepted,) = heard.of(OrderAccepted)
        assert (accepted.order_id, accepted.venue_order_id) == (order.order_id, venue_order_id)
        executions = one.exchange.executions("main")
        fills = [event.fill for event in heard.of(OrderFilled)]
        assert len(fills) > 1
        assert [(f.price, f.quantity, f.fee, f.fee_asset) for f in fills] == [
            (e.price, e.quantity, e.fee, e.fee_asset) for e in executions
        ]


@EACH
async def test_a_canceled_order_is_told_once_it_is(name: str) -> None:
    async with scene(name) as one, listening(one.venue, one.symbol) as heard:
        far_below = (one.price * Decimal("0.9")) // 1000 * 1000
        order = one.order(kind=OrderKind.LIMIT, price=far_below)
        await one.venue.trading.place(order)
        await one.venue.trading.cancel(order)
        await heard.until(lambda heard: heard.of(OrderCanceled))
        assert told_of_ours(heard, order.order_id) == ["OrderAccepted", "OrderCanceled"]
        assert heard.of(OrderCanceled)[0].filled == 0


@EACH
async def test_what_an_immediate_order_leaves_over_expires(name: str) -> None:
    async with scene(name) as one, listening(one.venue, one.symbol) as heard:
        near = one.exchange.book(one.symbol, 1).asks[0][0]
        order = one.order(kind=OrderKind.LIMIT, price=near, quantity=Decimal(1), time_in_force=TimeInForce.IOC)
        await one.venue.trading.place(order)
        await heard.until(lambda heard: heard.of(OrderExpired))
        filled = sum(event.fill.quantity for event in heard.of(OrderFilled))
        assert heard.of(OrderExpired)[0].filled == filled
        assert 0 < filled < order.quantity


async def test_the_fills_of_a_stop_that_fired_come_under_its_own_id() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT) as heard:
        await one.venue.trading.place(one.order())
        stop = one.order(
            kind=OrderKind.STOP, side=Side.SELL, role=Role.STOP, reduce_only=True, stop_price=one.price // 1 - 20
        )
        await one.venue.trading.place(stop)
        for _ in range(60):
            one.minutes(1)
            if one.exchange.order("main", client_id=stop.order_id).triggered:
                break
        await heard.until(
            lambda heard: (
                sum(e.fill.quantity for e in heard.of(OrderFilled) if e.fill.order_id == stop.order_id) == stop.quantity
            )
        )
        assert set(told_of_ours(heard, stop.order_id)) == {"OrderAccepted", "OrderFilled"}


async def test_orders_of_others_are_not_ours() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT) as heard:
        exchange = one.venue.streams.exchange
        await exchange.create_order(BTC_USDT, "market", "buy", "0.01", None, {"clientOrderId": "somebody-else"})
        order = one.order()
        await one.venue.trading.place(order)
        await heard.until(lambda heard: sum(event.fill.quantity for event in heard.of(OrderFilled)) == order.quantity)
        assert {event.fill.order_id for event in heard.of(OrderFilled)} == {order.order_id}
        assert [event.order_id for event in heard.of(OrderAccepted)] == [order.order_id]
