"""A take-profit stands beside the stop; whichever closes the position, the other goes, and nothing is sold twice."""

from __future__ import annotations

from decimal import Decimal as D

from engine.desk import PERP, SPOT, Desk, canceled, placed

from twinstar.domain import (
    AccountSeen,
    Enter,
    Holding,
    Level,
    Order,
    OrderCanceled,
    OrderKind,
    OrderRejected,
    Resting,
    Role,
    Side,
)
from twinstar.engine import Guard, Ownership, Rules, guard

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95), take_profit=D(110))
SHORT = Enter(instrument=PERP, side=Side.SELL, quantity=D(2), stop_price=D(105), take_profit=D(90))
LONG_SPOT = Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(95), take_profit=D(110))


def stop_and_target(desk: Desk, wish: Enter = LONG) -> tuple[Order, Order]:
    stop = placed(desk.fill(placed(desk.wish(wish))))
    target = placed(desk.accept(stop))
    desk.accept(target)
    return stop, target


def test_once_its_stop_stands_a_position_gets_its_take_profit_at_the_venue():
    stop, target = stop_and_target(Desk())
    assert (stop.kind, stop.stop_price) == (OrderKind.STOP, D(95))
    assert (target.kind, target.role, target.side) == (OrderKind.TAKE_PROFIT, Role.TAKE_PROFIT, Side.SELL)
    assert (target.quantity, target.stop_price, target.reduce_only) == (D(2), D(110), True)


def test_when_the_take_profit_closes_the_position_the_stop_is_withdrawn():
    desk = Desk()
    stop, target = stop_and_target(desk)
    assert canceled(desk.fill(target, price="110")).order_id == stop.order_id


def test_when_the_stop_closes_the_position_the_take_profit_is_withdrawn():
    desk = Desk()
    stop, target = stop_and_target(desk, SHORT)
    assert canceled(desk.fill(stop, price="105")).order_id == target.order_id


def test_after_a_part_of_the_take_profit_the_stop_is_for_the_rest_and_the_old_one_goes_last():
    desk = Desk()
    stop, target = stop_and_target(desk)
    smaller = placed(desk.fill(target, "0.5", price="110"))
    assert (smaller.role, smaller.quantity) == (Role.STOP, D("1.5"))
    assert canceled(desk.accept(smaller)).order_id == stop.order_id
    desk.tell(OrderCanceled(time_ms=1, order_id=stop.order_id))
    assert desk.pass_time(1_000) == [], "what is left of the take-profit fits what is left of the position"


def test_a_refused_take_profit_is_watched_here_after_three_tries_and_the_stop_is_not_kept_waiting():
    desk = Desk()
    commands = desk.accept(placed(desk.fill(placed(desk.wish(LONG)))))
    for _ in range(3):
        target = placed(commands)
        assert target.kind is OrderKind.TAKE_PROFIT
        commands = desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=target.order_id, reason="not here"))
    assert commands == []
    assert guard(desk.state, PERP) is Guard.RESIDENT
    assert not any(n.level is Level.ALARM for n in desk.notices)
    close = placed(desk.price("110"))
    assert (close.kind, close.role, close.quantity, close.reduce_only) == (
        OrderKind.MARKET,
        Role.TAKE_PROFIT,
        D(2),
        True,
    )
    assert desk.price("111") == [], "once is enough"


def test_on_spot_the_price_is_watched_here_and_our_own_lots_are_sold_once():
    desk = Desk()
    assert desk.fill(placed(desk.wish(LONG_SPOT))) == []
    assert desk.price("109.9", SPOT) == []
    close = placed(desk.price("110", SPOT))
    assert (close.role, close.quantity) == (Role.TAKE_PROFIT, D(2))
    assert desk.price("94", SPOT) == [], "its stop must not sell beside it"
    desk.fill(close, price="110")
    assert desk.state.position(SPOT).is_flat
    assert desk.price("94", SPOT) == []


def test_a_local_stop_that_runs_keeps_the_take_profit_from_selling_too():
    desk = Desk()
    desk.fill(placed(desk.wish(LONG_SPOT)))
    stop = placed(desk.price("95", SPOT))
    desk.accept(stop)
    desk.fill(stop, "0.5", price="95")
    assert desk.price("111", SPOT) == []


def test_a_take_profit_whose_price_is_reached_before_it_stands_closes_at_market():
    desk = Desk()
    stop = placed(desk.fill(placed(desk.wish(LONG))))
    desk.price("112")
    assert placed(desk.accept(stop)).kind is OrderKind.MARKET


def test_a_stop_whose_price_is_reached_before_it_stands_closes_at_market():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.price("94")
    close = placed(desk.fill(entry))
    assert (close.kind, close.role, close.quantity) == (OrderKind.MARKET, Role.STOP, D(2))


def test_a_take_profit_on_the_losing_side_is_refused():
    desk = Desk()
    assert desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95), take_profit=D(99))) == []
    assert "not on the winning side" in desk.notices[-1].text


def test_an_adopted_position_keeps_the_stop_and_the_take_profit_that_stand_at_the_venue():
    desk = Desk()
    desk.engine.set_rules("perp", Rules(ownership=Ownership.ADOPT))
    by_hand = tuple(
        Resting(
            venue_order_id="v" + name,
            client_order_id=name,
            instrument=PERP,
            side=Side.SELL,
            kind=kind,
            quantity=D(3),
            stop_price=D(price),
            reduce_only=True,
        )
        for name, kind, price in (("low", OrderKind.STOP, "91"), ("high", OrderKind.TAKE_PROFIT, "120"))
    )
    commands = []
    for _ in range(3):
        desk.now_ms += 10_000
        holding = Holding(instrument=PERP, quantity=D(3), entry_price=D(100))
        commands += desk.tell(
            AccountSeen(time_ms=desk.now_ms, venue="perp", holdings=(holding,), balances=(), orders=by_hand)
        )
    assert commands == [], "what stands there already is not placed again"
    assert (desk.state.stops[PERP], desk.state.targets[PERP]) == (D(91), D(120))
    assert guard(desk.state, PERP) is Guard.RESIDENT
    desk.now_ms += 10_000
    desk.fill(desk.state.orders["low"], price="91")
    assert "high" in desk.state.cancels
