"""Stops move towards profit only, measured from the risk at the entry, one step at a time."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, SPOT, Desk, canceled, placed
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import (
    Candle,
    CandleClosed,
    Enter,
    MoveStop,
    OrderCanceled,
    OrderRejected,
    Side,
    Timeframe,
    Trail,
)
from twinstar.engine import Guard, guard

TRAIL = Trail(start=D("0.8"), distance=D("0.5"), step=D("0.1"))


def long(of=SPOT, **plan: object) -> Enter:
    return Enter(instrument=of, side=Side.BUY, quantity=D(2), stop_price=D(90), **plan)  # R is 10


def held(wish: Enter) -> Desk:
    desk = Desk()
    commands = desk.fill(placed(desk.wish(wish)))
    if wish.instrument == PERP:
        desk.accept(placed(commands))
    return desk


def test_at_break_even_the_stop_is_moved_to_the_entry_once():
    desk = held(long(break_even_at=D(1)))
    desk.price("109.9", SPOT)
    assert desk.state.stops[SPOT] == D(90)
    desk.price("110", SPOT)
    assert desk.state.stops[SPOT] == D(100)
    desk.price("130", SPOT)
    assert desk.state.stops[SPOT] == D(100)


def test_a_trail_begins_at_its_start_and_keeps_its_distance():
    desk = held(long(trail=TRAIL))
    desk.price("107", SPOT)
    assert desk.state.stops[SPOT] == D(90)
    desk.price("108", SPOT)
    assert desk.state.stops[SPOT] == D(103)
    desk.price("120", SPOT)
    assert desk.state.stops[SPOT] == D(115)


def test_the_distance_is_of_the_risk_at_the_entry_and_not_of_the_moved_stop():
    desk = held(long(break_even_at=D("0.5"), trail=Trail(start=D(2), distance=D(1))))
    desk.price("106", SPOT)
    assert desk.state.stops[SPOT] == D(100), "measured from here there would be no risk left"
    desk.price("120", SPOT)
    assert desk.state.stops[SPOT] == D(110)


def test_no_move_is_shorter_than_its_step():
    desk = held(long(trail=TRAIL))
    desk.price("110", SPOT)
    assert desk.state.stops[SPOT] == D(105)
    for price in ("110.3", "110.6", "110.9"):
        desk.price(price, SPOT)
    assert desk.state.stops[SPOT] == D(105)
    desk.price("111", SPOT)
    assert desk.state.stops[SPOT] == D(106)


@given(prices=st.lists(st.integers(900, 1_300), max_size=40), side=st.sampled_from(Side))
def test_wherever_the_price_goes_a_stop_never_moves_away_from_profit(prices: list[int], side: Side):
    desk = Desk()
    stop_price = D(90) if side is Side.BUY else D(110)
    wish = Enter(instrument=PERP, side=side, quantity=D(2), stop_price=stop_price, break_even_at=D(1), trail=TRAIL)
    desk.accept(placed(desk.fill(placed(desk.wish(wish)))))
    for price in prices:
        before = desk.state.stops[PERP]
        for command in desk.price(str(D(price) / 10 if side is Side.BUY else 200 - D(price) / 10)):
            desk.accept(command.order)
        assert (desk.state.stops[PERP] - before) * side.sign >= 0


def test_a_resident_stop_is_moved_by_a_successor_and_no_faster_than_those_stand():
    desk = held(long(PERP, trail=TRAIL))
    (first,) = desk.state.open_orders(PERP)
    second = placed(desk.price("110"))
    assert second.stop_price == D(105)
    assert desk.price("120") == [], "the last move is not over yet"
    assert canceled(desk.accept(second)).order_id == first.order_id
    third = placed(desk.tell(OrderCanceled(time_ms=1, order_id=first.order_id)) + desk.price("120"))
    assert third.stop_price == D(115)


def test_a_refused_successor_leaves_the_old_stop_where_it_is_and_is_tried_again():
    desk = held(long(PERP, trail=TRAIL))
    (first,) = desk.state.open_orders(PERP)
    second = placed(desk.price("110"))
    assert desk.tell(OrderRejected(time_ms=1, order_id=second.order_id, reason="busy")) == []
    assert [o.order_id for o in desk.state.open_orders(PERP)] == [first.order_id]
    assert guard(desk.state, PERP) is Guard.RESIDENT
    assert placed(desk.pass_time(1_000)).stop_price == D(105)


def test_a_candle_is_a_price_too_and_one_told_afterwards_is_none():
    desk = held(long(break_even_at=D(1)))
    candle = Candle(
        instrument=SPOT,
        timeframe=Timeframe.M1,
        open_ms=0,
        open=D(110),
        high=D(110),
        low=D(110),
        close=D(110),
        volume=D(1),
    )
    desk.tell(CandleClosed(time_ms=60_000, candle=candle, backfill=True))
    assert desk.state.stops[SPOT] == D(90)
    desk.tell(CandleClosed(time_ms=60_000, candle=candle))
    assert desk.state.stops[SPOT] == D(100)


def test_what_was_moved_survives_a_restart_with_the_risk_that_it_is_measured_from():
    desk = held(long(break_even_at=D(1), trail=Trail(start=D(2), distance=D(1))))
    desk.price("110", SPOT)
    desk = desk.next_run()
    assert desk.state.stops[SPOT] == D(100)
    assert desk.state.openings[SPOT].risk == D(10)
    desk.price("120", SPOT)
    assert desk.state.stops[SPOT] == D(110)


def test_more_fills_of_the_entry_do_not_bring_the_first_stop_back():
    desk = Desk()
    entry = placed(desk.wish(long(break_even_at=D("0.5"))))
    desk.fill(entry, "1")
    desk.pass_time(2_000)
    desk.price("106", SPOT)
    desk.fill(entry, "1", price="106")
    assert desk.state.stops[SPOT] == D(100)


def test_an_addition_changes_neither_the_risk_nor_loosens_the_stop():
    desk = held(long(trail=TRAIL))
    risk = desk.state.openings[SPOT].risk
    desk.price("110", SPOT)
    more = placed(desk.wish(Enter(instrument=SPOT, side=Side.BUY, quantity=D(1), stop_price=D(80))))
    desk.fill(more, price="100")
    assert desk.state.stops[SPOT] == D(105)
    assert desk.state.openings[SPOT].risk == risk


def test_a_new_position_is_measured_anew():
    desk = held(long(break_even_at=D(1)))
    desk.price("110", SPOT)
    desk.fill(placed(desk.price("100", SPOT)))
    assert (desk.state.stops, desk.state.openings) == ({}, {})
    desk.fill(placed(desk.wish(Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(95)))))
    desk.price("120", SPOT)
    assert desk.state.stops[SPOT] == D(95)


def test_a_strategy_may_move_its_stop_towards_profit():
    desk = held(long(PERP))
    assert placed(desk.wish(MoveStop(instrument=PERP, stop_price=D("95.04")))).stop_price == D("95.0")


@pytest.mark.parametrize(
    ("to", "reason"),
    [("90", "not towards profit"), ("89", "not towards profit"), ("100", "not on the losing side")],
)
def test_a_strategy_may_not_move_its_stop_anywhere_else(to: str, reason: str):
    desk = held(long(PERP))
    assert desk.wish(MoveStop(instrument=PERP, stop_price=D(to))) == []
    assert reason in desk.notices[-1].text
    assert desk.state.stops[PERP] == D(90)


def test_where_nothing_is_held_no_stop_is_moved():
    desk = Desk()
    assert desk.wish(MoveStop(instrument=PERP, stop_price=D(95))) == []
    assert "nothing is held" in desk.notices[-1].text


@pytest.mark.parametrize(
    "plan",
    [
        {"break_even_at": D(0)},
        {"break_even_at": 1.5},
        {"trail": Trail(distance=D(0))},
        {"trail": Trail(distance=D(1), step=D(0))},
        {"trail": Trail(distance=D("NaN"))},
        {"trail": D(1)},
    ],
    ids=str,
)
def test_what_cannot_be_followed_is_no_wish(plan: dict[str, object]):
    desk = Desk()
    assert desk.wish(long(**plan)) == []
    assert "s" in desk.engine.disabled
