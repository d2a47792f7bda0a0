"""How orders meet: by price, then by time; in parts; only while they may."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sim.kit import BUY, PERP, SELL, D, Stage, perpetual, spot

from twinstar.sim.model import Kind, OrderChanged, Reason, Refusal, Side, Status, TimeInForce


def refusal(stage: Stage, *args: object, **options: object) -> Reason:
    before = (stage.exchange.orders("main"), stage.exchange.balances("main"))
    with pytest.raises(Refusal) as caught:
        stage.place(*args, **options)
    assert (stage.exchange.orders("main"), stage.exchange.balances("main")) == before
    return caught.value.reason


def test_a_market_order_larger_than_the_best_level_is_filled_level_by_level() -> None:
    stage = perpetual()
    asks = stage.exchange.book(PERP.symbol, 5).asks
    quantity = asks[0][1] + asks[1][1] + D("0.001")
    order = stage.place(BUY, quantity)
    assert order.status is Status.FILLED
    assert [(each.price, each.quantity) for each in order.executions] == [
        asks[0],
        asks[1],
        (asks[2][0], D("0.001")),
    ]


def test_what_was_taken_is_missing_until_the_next_tick() -> None:
    stage = perpetual()
    price, quantity = stage.best(SELL)
    stage.place(BUY, quantity)
    assert stage.best(SELL)[0] > price
    stage.tick(price)
    assert stage.best(SELL) == (price, quantity)


def test_a_market_order_beyond_all_liquidity_expires_with_what_it_got() -> None:
    stage = perpetual("1e12")
    order = stage.place(BUY, 100_000)
    assert order.status is Status.EXPIRED
    assert order.reason == "nobody offers more"
    assert 0 < order.filled < 100_000


def test_a_resting_order_is_filled_whole_when_the_price_passes_it() -> None:
    stage = perpetual()
    order = stage.place(BUY, 1, 59_000)
    assert order.status is Status.NEW
    stage.tick("58999.9")
    order = stage.now(order)
    assert order.status is Status.FILLED
    assert [(each.price, each.maker) for each in order.executions] == [(D(59_000), True)]


def test_a_resting_order_at_the_price_gets_as_much_as_is_traded_there() -> None:
    stage = perpetual()
    order = stage.place(SELL, 1, 61_000)
    stage.tick(61_000, "0.4")
    assert (stage.now(order).status, stage.now(order).filled) == (Status.PARTLY_FILLED, D("0.4"))
    stage.tick(60_999, 5)
    assert stage.now(order).filled == D("0.4")
    stage.tick(61_000, "0.6", SELL)
    assert stage.now(order).status is Status.FILLED


def test_price_comes_first_and_then_time() -> None:
    stage = perpetual()
    early, late, better = (stage.place(BUY, "0.1", price) for price in (59_000, 59_000, 59_001))
    stage.tick(59_000, "0.15")
    assert [stage.now(each).filled for each in (early, late, better)] == [D("0.1"), D("0.05"), D("0.1")]


def test_an_amended_order_goes_to_the_back_of_the_queue_and_keeps_its_id() -> None:
    stage = perpetual()
    first, second = stage.place(BUY, "0.1", 59_000), stage.place(BUY, "0.1", 59_000)
    amended = stage.exchange.amend("main", first.id, quantity=D("0.2"))
    assert (amended.id, amended.quantity) == (first.id, D("0.2"))
    stage.tick(59_000, "0.1")
    assert [stage.now(each).filled for each in (first, second)] == [D(0), D("0.1")]


def test_an_order_amended_across_the_book_is_filled_at_once() -> None:
    stage = perpetual()
    order = stage.place(BUY, "0.001", 59_000)
    amended = stage.exchange.amend("main", order.id, price=D(61_000))
    assert amended.status is Status.FILLED
    assert amended.average_price == D(60_000)
    assert not amended.executions[0].maker


def test_clients_trade_with_each_other_before_the_crowd_gets_anything() -> None:
    stage = perpetual(accounts=("main", "other"))
    stage.place(SELL, "0.5", "60000", account="other", time_in_force=TimeInForce.POST_ONLY)
    bought = stage.place(BUY, "0.5")
    sold = stage.exchange.executions("other")[0]
    assert (sold.price, sold.quantity, sold.maker) == (D(60_000), D("0.5"), True)
    assert [(each.price, each.maker) for each in bought.executions] == [(D(60_000), False)]


def test_the_book_shows_clients_among_the_crowd_and_is_never_crossed() -> None:
    stage = perpetual()
    stage.place(BUY, 3, "59990")
    stage.tick(59_990, 1)
    book = stage.exchange.book(PERP.symbol, 20)
    assert dict(book.bids)[D(59_990)] >= 2
    assert book.bids[0][0] < book.asks[0][0]
    assert [price for price, _ in book.bids] == sorted((p for p, _ in book.bids), reverse=True)


def test_immediate_or_cancel_takes_what_is_there_and_lets_go_of_the_rest() -> None:
    stage = perpetual()
    price, quantity = stage.best(SELL)
    order = stage.place(BUY, quantity + 1, price, time_in_force=TimeInForce.IOC)
    assert (order.status, order.filled) == (Status.EXPIRED, quantity)


def test_fill_or_kill_takes_all_or_nothing() -> None:
    stage = perpetual()
    price, quantity = stage.best(SELL)
    killed = stage.place(BUY, quantity + 1, price, time_in_force=TimeInForce.FOK)
    assert (killed.status, killed.filled) == (Status.EXPIRED, D(0))
    filled = stage.place(BUY, quantity, price, time_in_force=TimeInForce.FOK)
    assert filled.status is Status.FILLED


def test_post_only_is_refused_where_it_would_take_and_rests_elsewhere() -> None:
    stage = perpetual()
    ask, _ = stage.best(SELL)
    assert refusal(stage, BUY, 1, ask, time_in_force=TimeInForce.POST_ONLY) is Reason.WOULD_TAKE
    order = stage.place(BUY, 1, ask - PERP.tick, time_in_force=TimeInForce.POST_ONLY)
    assert order.status is Status.NEW


def test_where_the_venue_takes_a_post_only_order_first_it_ends_without_a_trade() -> None:
    stage = perpetual()
    ask = stage.best(SELL)[0]
    order = stage.place(BUY, 1, ask, time_in_force=TimeInForce.POST_ONLY, ends_if_taking=True)
    assert (order.status, order.filled, order.reason) == (Status.EXPIRED, 0, Reason.WOULD_TAKE.value)
    assert stage.best(SELL)[0] == ask
    rests = stage.place(BUY, 1, ask - PERP.tick, time_in_force=TimeInForce.POST_ONLY, ends_if_taking=True)
    assert rests.status is Status.NEW


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "before", "at"),
    [
        (Kind.STOP_MARKET, BUY, 61_000, "60999.9", 61_000),
        (Kind.STOP_MARKET, SELL, 59_000, "59000.1", 59_000),
        (Kind.TAKE_PROFIT_MARKET, BUY, 59_000, "59000.1", 58_000),
        (Kind.TAKE_PROFIT_MARKET, SELL, 61_000, "60999.9", 62_000),
    ],
)
def test_a_trigger_order_fires_when_the_price_reaches_it(
    kind: Kind, side: Side, trigger: int, before: str, at: int
) -> None:
    stage = perpetual()
    order = stage.place(side, "0.001", kind=kind, trigger=trigger)
    stage.tick(before)
    assert stage.now(order).status is Status.UNTRIGGERED
    stage.tick(at)
    order = stage.now(order)
    assert (order.status, order.triggered) == (Status.FILLED, True)
    news = [each.what for each in stage.events if isinstance(each, OrderChanged)]
    assert news == ["new", "triggered", "trade"]


@pytest.mark.parametrize(
    ("kind", "side", "trigger"),
    [
        (Kind.STOP_MARKET, BUY, 60_000),
        (Kind.STOP_MARKET, SELL, 60_000),
        (Kind.TAKE_PROFIT_MARKET, BUY, 60_001),
        (Kind.TAKE_PROFIT_MARKET, SELL, 59_999),
    ],
)
def test_a_trigger_that_is_reached_already_is_refused(kind: Kind, side: Side, trigger: int) -> None:
    assert refusal(perpetual(), side, 1, kind=kind, trigger=trigger) is Reason.WOULD_TRIGGER


def test_a_stop_limit_rests_at_its_price_once_it_has_fired() -> None:
    stage = perpetual()
    order = stage.place(SELL, "0.1", 59_500, kind=Kind.STOP_LIMIT, trigger=59_000)
    stage.tick(58_900)
    assert (stage.now(order).status, stage.now(order).triggered) == (Status.NEW, True)
    stage.tick(59_600)
    assert stage.now(order).average_price == D(59_500)


def test_a_moved_trigger_is_the_one_that_counts() -> None:
    stage = perpetual()
    order = stage.place(SELL, "0.1", kind=Kind.STOP_MARKET, trigger=59_000)
    stage.exchange.amend("main", order.id, trigger_price=D(59_900))
    stage.tick(59_900)
    assert stage.now(order).status is Status.FILLED


def test_a_closing_stop_closes_whatever_is_held_when_it_fires() -> None:
    stage = perpetual()
    stage.place(BUY, "0.3")
    stop = stage.place(SELL, kind=Kind.STOP_MARKET, trigger=59_000, close_position=True)
    stage.place(BUY, "0.2")
    stage.tick(59_000)
    assert stage.position().quantity == 0
    assert stage.now(stop).filled == D("0.5")


def test_a_closing_stop_without_a_position_expires_when_it_fires() -> None:
    stage = perpetual()
    stop = stage.place(SELL, kind=Kind.STOP_MARKET, trigger=59_000, close_position=True)
    stage.tick(59_000)
    assert stage.now(stop).status is Status.EXPIRED
    assert not stage.now(stop).executions


def test_reduce_only_never_opens_and_never_turns_a_position() -> None:
    stage = perpetual()
    assert refusal(stage, SELL, 1, reduce_only=True) is Reason.NOT_REDUCING
    stage.place(BUY, "0.2")
    assert refusal(stage, BUY, 1, reduce_only=True) is Reason.NOT_REDUCING
    order = stage.place(SELL, 1, reduce_only=True)
    assert (order.status, order.filled) == (Status.EXPIRED, D("0.2"))
    assert stage.position().quantity == 0


def test_resting_reduce_only_orders_are_over_when_the_position_is() -> None:
    stage = perpetual()
    stage.place(BUY, "0.2")
    resting = stage.place(SELL, "0.2", 70_000, reduce_only=True)
    stage.place(SELL, "0.2")
    assert (stage.now(resting).status, stage.now(resting).reason) == (
        Status.EXPIRED,
        "nothing is left to reduce",
    )


def test_two_reduce_only_orders_on_one_position_do_not_turn_it() -> None:
    stage = perpetual()
    stage.place(BUY, "0.2")
    for price in (61_000, 61_001):
        stage.place(SELL, "0.2", price, reduce_only=True)
    stage.tick(62_000)
    assert stage.position().quantity == 0


def test_a_market_buy_by_cost_spends_no_more_than_that_and_its_fee() -> None:
    stage = spot()
    before = stage.balance("KRW").free
    order = stage.place(BUY, cost=1_000_000)
    spent = before - stage.balance("KRW").free
    assert order.status is Status.FILLED
    assert order.filled_cost + order.fee == spent
    assert D(1_000_000) - order.filled_cost < 2  # less than the price of one lot is left over
    assert stage.balance("KRW").locked == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"quantity": "0.0005"}, Reason.BAD_LOT),
        ({"quantity": 1, "price": "59000.05"}, Reason.BAD_TICK),
        ({"quantity": 1, "kind": Kind.STOP_MARKET, "trigger": "59000.05"}, Reason.BAD_TICK),
        ({"quantity": "0.001", "price": 4000}, Reason.TOO_CHEAP),
        ({"quantity": 0}, Reason.BAD_VALUE),
        ({"quantity": -1}, Reason.BAD_VALUE),
        ({"quantity": "NaN"}, Reason.BAD_VALUE),
        ({"quantity": "Infinity"}, Reason.BAD_VALUE),
        ({"quantity": "1e40"}, Reason.BAD_VALUE),
        ({"quantity": None}, Reason.BAD_VALUE),
        ({"quantity": 1, "cost": 100}, Reason.BAD_VALUE),
        ({"quantity": 1, "kind": Kind.LIMIT}, Reason.BAD_VALUE),
        ({"quantity": 1, "kind": Kind.STOP_MARKET}, Reason.BAD_VALUE),
        ({"quantity": 1, "price": 0}, Reason.BAD_VALUE),
        ({"cost": 100}, Reason.NOT_SUPPORTED),
        ({"close_position": True}, Reason.NOT_SUPPORTED),
        ({"quantity": 1, "symbol": "DOGE/USDT:USDT"}, Reason.UNKNOWN_SYMBOL),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(options: dict[str, object], reason: Reason) -> None:
    assert refusal(perpetual(), BUY, **options) is reason


def test_there_is_nothing_to_reduce_on_spot() -> None:
    assert refusal(spot(), SELL, "0.1", reduce_only=True) is Reason.NOT_SUPPORTED


def test_a_client_id_is_free_again_when_its_order_is_over() -> None:
    stage = perpetual()
    first = stage.place(BUY, "0.1", 59_000, client_id="mine")
    assert refusal(stage, BUY, "0.1", 58_000, client_id="mine") is Reason.DUPLICATE_CLIENT_ID
    stage.exchange.cancel("main", first.id)
    second = stage.place(BUY, "0.1", 58_000, client_id="mine")
    assert stage.exchange.order("main", client_id="mine").id == second.id


def test_an_order_that_is_over_can_be_neither_cancelled_nor_amended() -> None:
    stage = perpetual()
    order = stage.place(BUY, "0.1")
    for ask, reason in ((order.id, Reason.NOT_OPEN), (999, Reason.UNKNOWN_ORDER)):
        with pytest.raises(Refusal) as cancelled:
            stage.exchange.cancel("main", ask)
        with pytest.raises(Refusal) as amended:
            stage.exchange.amend("main", ask, price=D(1))
        assert (cancelled.value.reason, amended.value.reason) == (reason, reason)


def test_an_amendment_that_changes_nothing_or_less_than_is_filled_is_refused() -> None:
    stage = perpetual()
    order = stage.place(BUY, 1, 59_000)
    stage.tick(59_000, "0.5")
    for quantity, reason in ((1, Reason.NO_CHANGE), ("0.5", Reason.BAD_VALUE), ("0.7001", Reason.BAD_LOT)):
        with pytest.raises(Refusal) as caught:
            stage.exchange.amend("main", order.id, quantity=Decimal(quantity))
        assert caught.value.reason is reason
    assert stage.exchange.amend("main", order.id, quantity=D("0.7")).remaining == D("0.2")
