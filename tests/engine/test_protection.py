"""Every position has its stop, and a stop goes only once its successor stands."""

from __future__ import annotations

from decimal import Decimal as D

from engine.desk import PERP, SPOT, Desk, canceled, placed

from twinstar.domain import (
    Candle,
    CandleClosed,
    Enter,
    Exit,
    Level,
    OrderCanceled,
    OrderInDoubt,
    OrderKind,
    OrderRejected,
    PriceSeen,
    Role,
    Side,
    StopMoved,
    StreamGap,
    Timeframe,
)
from twinstar.engine import Guard, Policy, guard

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95))
LONG_SPOT = Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(95))


def held(desk: Desk) -> None:
    desk.fill(placed(desk.wish(LONG)))


def test_a_filled_entry_gets_its_stop_at_the_venue():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    stop = placed(desk.fill(entry))
    assert (stop.kind, stop.side, stop.quantity, stop.stop_price) == (OrderKind.STOP, Side.SELL, D(2), D(95))
    assert stop.reduce_only
    assert guard(desk.state, PERP) is Guard.NONE
    desk.accept(stop)
    assert guard(desk.state, PERP) is Guard.RESIDENT


def test_a_market_entry_in_parts_gets_one_stop_for_all_of_them():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    assert desk.fill(entry, "0.5") == []
    assert desk.fill(entry, "0.5") == []
    assert placed(desk.fill(entry, "1")).quantity == D(2)


def test_a_market_entry_that_stalls_is_protected_as_far_as_it_came():
    desk = Desk()
    desk.fill(placed(desk.wish(LONG)), "0.5")
    assert placed(desk.pass_time(1_000)).quantity == D("0.5")


def test_when_the_position_grows_the_old_stop_stands_until_the_new_one_does():
    desk = Desk()
    entry = placed(desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95), price=D(99))))
    desk.accept(entry)
    small = placed(desk.fill(entry, "0.5"))
    desk.accept(small)
    large = placed(desk.fill(entry, "1.5"))
    assert large.quantity == D(2)
    assert not desk.state.cancels
    assert canceled(desk.accept(large)).order_id == small.order_id


def test_what_was_closed_leaves_no_stop_behind():
    desk = Desk()
    held(desk)
    (stop,) = desk.state.open_orders(PERP)
    desk.accept(stop)
    close = placed(desk.wish(Exit(instrument=PERP)))
    assert close.reduce_only
    assert canceled(desk.fill(close)).order_id == stop.order_id
    desk.tell(OrderCanceled(time_ms=1, order_id=stop.order_id))
    assert desk.pass_time(2_000) == []


def test_a_refused_stop_is_tried_again_and_then_the_position_is_closed():
    desk = Desk(Policy(after_ms=3_000, close=True))
    held(desk)
    orders = []
    for _ in range(40):
        for command in desk.pass_time(250):
            orders.append(command.order)
            if command.order.kind is OrderKind.STOP:
                desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=command.order.order_id, reason="no"))
        for stop in desk.state.open_orders(PERP):
            if stop.kind is OrderKind.STOP:
                desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=stop.order_id, reason="no"))
        if orders and orders[-1].role is Role.EXIT:
            break
    assert orders[-1].kind is OrderKind.MARKET
    assert orders[-1].quantity == D(2)
    assert 1 < len(orders) < 6  # tried again, and not in a rush
    assert any("held without a stop" in n.text and n.level is Level.ALARM for n in desk.notices)
    assert desk.now_ms - 1_000_000 < 4_500


def test_a_policy_of_alert_closes_nothing():
    desk = Desk(Policy(after_ms=1_000, close=False))
    held(desk)
    (stop,) = desk.state.open_orders(PERP)
    desk.tell(OrderInDoubt(time_ms=desk.now_ms, order_id=stop.order_id, reason="no answer"))
    assert desk.pass_time(5_000) == []
    assert [n.level for n in desk.notices if "held without" in n.text] == [Level.ALARM]


def test_nothing_is_sent_for_an_instrument_while_one_of_its_orders_is_in_doubt():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.tell(OrderInDoubt(time_ms=1, order_id=entry.order_id, reason="no answer"))
    assert desk.wish(LONG) == []
    assert desk.wish(Exit(instrument=PERP)) == []
    assert desk.fill(entry) != []  # The fill settles it, and the stop goes out.


def test_a_local_stop_closes_at_market_when_the_price_reaches_it():
    desk = Desk()
    assert desk.fill(placed(desk.wish(LONG_SPOT))) == []
    assert guard(desk.state, SPOT) is Guard.LOCAL
    assert desk.tell(PriceSeen(time_ms=1, instrument=SPOT, price=D("95.1"))) == []
    stop = placed(desk.tell(PriceSeen(time_ms=2, instrument=SPOT, price=D(95))))
    assert (stop.kind, stop.role, stop.quantity, stop.reduce_only) == (OrderKind.MARKET, Role.STOP, D(2), False)
    assert desk.tell(PriceSeen(time_ms=3, instrument=SPOT, price=D(94))) == []  # Once is enough.


def test_a_local_stop_that_is_refused_is_an_alarm_and_is_tried_again():
    desk = Desk()
    desk.fill(placed(desk.wish(LONG_SPOT)))
    stop = placed(desk.tell(PriceSeen(time_ms=2, instrument=SPOT, price=D(90))))
    desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=stop.order_id, reason="busy"))
    assert desk.notices[-1].level is Level.ALARM
    assert placed(desk.pass_time(1_000)).role is Role.STOP


def test_while_the_line_is_down_a_local_stop_protects_nobody_and_status_says_so():
    desk = Desk()
    desk.fill(placed(desk.wish(LONG_SPOT)))
    desk.tell(StreamGap(time_ms=1, venue="spot", reason="lost"))
    assert guard(desk.state, SPOT) is Guard.NONE


def test_an_exit_beside_a_running_local_stop_would_sell_twice_and_is_refused():
    desk = Desk()
    desk.fill(placed(desk.wish(LONG_SPOT)))
    stop = placed(desk.tell(PriceSeen(time_ms=2, instrument=SPOT, price=D(90))))
    desk.accept(stop)
    desk.fill(stop, "1")
    assert desk.wish(Exit(instrument=SPOT)) == []


def test_a_venue_that_refuses_to_let_us_out_is_asked_with_growing_patience():
    desk = Desk(Policy(after_ms=2_000, close=True))
    held(desk)
    sent = 0
    for _ in range(4 * 600):  # ten minutes
        for order in desk.state.open_orders(PERP):
            sent += 1
            desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=order.order_id, reason="no"))
        desk.pass_time(250)
    assert 8 < sent < 30


def test_a_price_that_was_only_backfilled_stops_nobody_out():
    desk = Desk()
    desk.fill(placed(desk.wish(LONG_SPOT)))
    old = Candle(
        instrument=SPOT,
        timeframe=Timeframe.M1,
        open_ms=60_000,
        open=D(90),
        high=D(90),
        low=D(90),
        close=D(90),
        volume=D(1),
    )
    desk.tell(CandleClosed(time_ms=1, candle=old, backfill=True))
    assert desk.pass_time(1_000) == []


def test_after_a_restart_an_old_price_stops_nobody_out():
    desk = Desk()
    desk.fill(placed(desk.wish(LONG_SPOT)))
    desk.price("120", SPOT)
    desk.tell(StopMoved(time_ms=1, instrument=SPOT, stop_price=D(110), reason="trailing"))  # the last candle: 100
    desk = desk.next_run()
    assert desk.pass_time(1_000) == []
    assert placed(desk.price("110", SPOT)).role is Role.STOP
