"""At which price, how much, and when: what the words of a real market make of an order on paper."""

from __future__ import annotations

import msgspec
import pytest
from builtin.paper.stage import FIRST_MS, MINUTE_MS, SPOT, D, Stage, play

from twinstar.domain import (
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderKind,
    OrderStatus,
    Side,
    Terms,
    TimeInForce,
)
from twinstar.errors import VenueRejected
from twinstar.ports import Amending

BUY, SELL = Side.BUY, Side.SELL


def test_a_market_order_pays_the_slippage_and_the_takers_fee() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY, 2)
        await stage.place(SELL, 2)
        assert stage.fills() == [(D("100.1"), 2), (D("99.9"), 2)]
        assert [fill.fee for fill in stage.filled()] == [D("0.1001"), D("0.0999")]
        assert await stage.balance("USDT") == 100_000 - D("0.4") - D("0.2")

    play(story)


def test_a_limit_order_beyond_the_price_takes_no_more_than_it_must() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY, price=105)
        assert stage.fills() == [(D("100.1"), 1)]
        assert stage.filled()[0].fee == D("100.1") * D("0.0005")

    play(story)


def test_a_limit_order_that_is_touched_is_not_filled_for_nobody_knows_the_queue() -> None:
    async def story(stage: Stage) -> None:
        order = await stage.place(BUY, price=99)
        await stage.trade(99, 1_000)
        assert not stage.fills(order)
        await stage.trade("98.9", 1_000)
        assert stage.fills(order) == [(D(99), 1)]
        assert stage.filled()[0].fee == D(99) * D("0.0002"), "who waits pays the maker's fee"

    play(story)


def test_no_more_is_filled_than_was_traded_beyond_the_price() -> None:
    async def story(stage: Stage) -> None:
        first, second = await stage.place(SELL, 2, price=101), await stage.place(SELL, 2, price=102)
        await stage.trade(103, 3)
        assert (stage.fills(first), stage.fills(second)) == ([(D(101), 2)], [(D(102), 1)])
        await stage.trade(103, "0.0004")
        assert stage.fills(second) == [(D(102), 1)], "less than the venue's step is nothing"
        await stage.trade(103, 5)
        assert stage.fills(second) == [(D(102), 1), (D(102), 1)]

    play(story)


def test_where_only_prices_are_shown_an_order_that_the_price_has_passed_is_filled_whole() -> None:
    async def story(stage: Stage) -> None:
        order = await stage.place(BUY, 50, price=99)
        await stage.price(99)
        assert not stage.fills(order)
        await stage.price("98.5")
        assert stage.fills(order) == [(D(99), 50)]

    play(story)


def test_a_stop_fires_at_its_price_and_the_gap_is_paid() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY)
        stop = await stage.place(SELL, stop_price=95, reduce_only=True)
        await stage.trade("95.1")
        assert not stage.fills(stop)
        await stage.trade(90)
        assert stage.fills(stop) == [(D("89.9"), 1)], "90 less a tenth of a percent, on the venue's step"
        assert await stage.held() == 0

    play(story)


def test_a_candle_counts_for_orders_that_stood_when_it_opened_and_not_for_younger_ones() -> None:
    async def story(stage: Stage) -> None:
        old = await stage.place(BUY, price=98)
        await stage.price(100)
        young = await stage.place(BUY, price=98)
        await stage.candle(100, 101, 97, 100)
        assert (stage.fills(old), stage.fills(young)) == ([(D(98), 1)], [])
        await stage.candle(100, 101, 97, 100, minute=1)
        assert stage.fills(young) == [(D(98), 1)]

    play(story)


def test_a_candle_fires_a_stop_at_the_stops_price_not_at_the_candles_end() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY)
        stop = await stage.place(SELL, stop_price=95, reduce_only=True)
        await stage.candle(100, 101, 90, 96)
        assert stage.fills(stop) == [(D("94.9"), 1)]

    play(story)


def test_a_candle_that_opens_beyond_a_stop_fills_it_there() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(SELL)
        stop = await stage.place(BUY, stop_price=105, reduce_only=True)
        await stage.candle(110, 112, 104, 106)
        assert stage.fills(stop) == [(D("110.2"), 1)], "110 and a tenth of a percent, on the venue's step"

    play(story)


def test_of_a_stop_and_a_target_in_one_candle_the_stop_comes_first() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY)
        stop = await stage.place(SELL, stop_price=95, reduce_only=True)
        target = await stage.place(SELL, price=105, reduce_only=True)
        await stage.candle(100, 106, 94, 100)
        assert stage.fills(stop) == [(D("94.9"), 1)]
        assert not stage.fills(target)
        assert [event.order_id for event in stage.news if isinstance(event, OrderExpired)] == [target.order_id]

    play(story)


@pytest.mark.parametrize(("side", "stop_at", "target_at"), [(BUY, 95, 105), (SELL, 105, 95)])
def test_of_a_stop_and_a_take_profit_that_wait_for_their_prices_the_stop_comes_first_as_well(
    side: Side, stop_at: int, target_at: int
) -> None:
    async def story(stage: Stage) -> None:
        await stage.place(side)
        stop = await stage.place(side.opposite, stop_price=stop_at, reduce_only=True)
        target = await stage.place(side.opposite, stop_price=target_at, reduce_only=True, kind=OrderKind.TAKE_PROFIT)
        await stage.candle(100, 106, 94, 100)
        assert len(stage.fills(stop)) == 1
        assert not stage.fills(target)
        assert await stage.held() == 0

    play(story)


def test_a_take_profit_fires_from_the_other_side() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY)
        target = await stage.place(SELL, stop_price=105, reduce_only=True, kind=OrderKind.TAKE_PROFIT)
        await stage.trade("104.9")
        assert not stage.fills(target)
        await stage.trade(106)
        assert stage.fills(target) == [(D("105.8"), 1)], "106 less a tenth of a percent, on the venue's step"

    play(story)


def test_a_stop_is_changed_where_it_stands() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY)
        stop = await stage.place(SELL, stop_price=95, reduce_only=True)
        assert isinstance(stage.venue.trading, Amending)
        higher = Terms(quantity=D(1), stop_price=D(98))
        for _ in range(2):
            assert await stage.venue.trading.amend(stop, higher) == "paper-2"
        (resting,) = (await stage.seen()).orders or ()
        assert (resting.client_order_id, resting.stop_price) == (stop.order_id, 98)
        with pytest.raises(VenueRejected, match="already reached"):
            await stage.venue.trading.amend(stop, Terms(quantity=D(1), stop_price=D(101)))
        in_doubt = msgspec.structs.replace(stop, status=OrderStatus.IN_DOUBT, asked=higher)
        told = next(event for event in await stage.account(in_doubt) if isinstance(event, OrderAmended))
        assert told.terms == higher
        await stage.trade(97)
        assert stage.fills(stop) == [(D("96.9"), 1)]
        larger = msgspec.structs.replace(in_doubt, asked=Terms(quantity=D(2), stop_price=D(98)))
        told = next(event for event in await stage.account(larger) if isinstance(event, OrderAmended))
        assert (told.terms, told.answers) == (higher, larger.asked), "filled before it could grow: that is settled"

    play(story)


def test_a_candle_fills_no_more_than_its_volume() -> None:
    async def story(stage: Stage) -> None:
        order = await stage.place(BUY, 8, price=98)
        await stage.candle(97, 101, 96, 96, volume=5)
        assert stage.fills(order) == [(D(98), 5)]

    play(story)


def test_where_every_trade_was_heard_a_candle_adds_nothing() -> None:
    async def story(stage: Stage) -> None:
        await stage.trade(100, 1, FIRST_MS - 1)
        order = await stage.place(BUY, 8, price=98)
        await stage.trade(97, 3)
        await stage.candle(100, 100, 97, 97, volume=3)
        assert stage.fills(order) == [(D(98), 3)]

    play(story)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"quantity": "0.0005"}, "multiple of the lot"),
        ({"quantity": "0.04"}, "notional below the minimum"),
        ({"price": "99.95"}, "multiple of the tick"),
        ({"quantity": 50_000}, "insufficient funds"),
        ({"stop_price": 99}, "already reached"),
        ({"price": 105, "time_in_force": TimeInForce.POST_ONLY}, "would take"),
        ({"reduce_only": True}, "would not reduce"),
    ],
)
def test_what_the_venue_would_refuse_is_refused(order: dict[str, object], says: str) -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(VenueRejected, match=says):
            await stage.place(BUY, **order)
        assert await stage.balance("USDT") == 100_000

    play(story)


def test_an_order_that_cannot_be_filled_at_once_ends_where_it_must_not_wait() -> None:
    async def story(stage: Stage) -> None:
        order = await stage.place(BUY, price=99, time_in_force=TimeInForce.IOC)
        assert [type(event) for event in stage.news[-2:]] == [OrderAccepted, OrderExpired]
        assert not stage.fills(order)

    play(story)


def test_what_is_withdrawn_is_not_filled() -> None:
    async def story(stage: Stage) -> None:
        order = await stage.place(BUY, price=99)
        assert stage.venue.trading
        await stage.venue.trading.cancel(order)
        await stage.trade(90)
        assert isinstance(stage.news[-2], OrderCanceled)
        assert not stage.fills()
        with pytest.raises(VenueRejected, match="not open any more"):
            await stage.venue.trading.cancel(order)

    play(story)


def test_on_spot_a_buy_locks_its_money_and_a_sale_needs_the_coins() -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(VenueRejected, match="insufficient funds"):
            await stage.place(SELL)
        await stage.place(BUY, price=90)
        locked = {each.asset: each.locked for each in (await stage.seen()).balances}
        assert locked["USDT"] == 90 * (1 + D("0.0005"))
        await stage.place(BUY)
        await stage.place(SELL, reduce_only=True)
        assert await stage.balance("BTC") == 0
        assert not (await stage.seen()).holdings, "on spot the balances say what is held"

    play(story, SPOT)


def test_a_position_that_has_lost_its_margin_is_closed_by_force() -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY, 15)
        await stage.trade(40, at_ms=FIRST_MS + MINUTE_MS)
        assert await stage.held() == 0

    play(story, balances={"USDT": D(800)}, leverage=10)
