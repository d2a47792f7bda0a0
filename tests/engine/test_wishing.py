"""A wish that is no strategy's: by hand, by the same rules."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, Desk

from twinstar.domain import CancelOrder, Enter, Order, PlaceOrder, Side
from twinstar.engine.risk import Refused

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D("1.0004"), stop_price=D(95))
LATER = Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(85), price=D(90))


def wished(desk: Desk, wish: Enter) -> Order:
    (command,) = desk.engine.wish(wish, "manual", desk.now_ms).commands
    assert isinstance(command, PlaceOrder)
    return command.order


def test_it_is_sized_named_and_in_the_state_before_it_leaves():
    desk = Desk()
    order = wished(desk, LONG)
    assert (order.quantity, order.strategy, order.protect_at) == (D("1.000"), "manual", D("95.0"))
    assert desk.state.orders[order.order_id] is order


def test_what_would_become_of_it_changes_nothing():
    desk = Desk()
    would = desk.engine.would(LONG, desk.now_ms)
    assert isinstance(would, Order)
    assert (would.quantity, desk.state.orders) == (D("1.000"), {})
    wrong = Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(105))
    assert isinstance(desk.engine.would(wrong, desk.now_ms), Refused)


def test_a_refusal_says_why_and_sends_nothing():
    desk = Desk()
    outcome = desk.engine.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(105)), "manual", 1)
    (notice,) = outcome.notices
    assert outcome.commands == []
    assert "manual: enter not sent: the stop 105" in notice.text


def test_what_is_no_number_is_never_wished():
    with pytest.raises(ValueError, match="quantity must be a finite Decimal"):
        Desk().engine.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D("NaN"), stop_price=D(95)), "manual", 1)


def test_nothing_is_taken_on_when_the_service_ends():
    desk = Desk()
    desk.engine.stop_deciding()
    outcome = desk.engine.wish(LONG, "manual", desk.now_ms)
    assert outcome.commands == []
    assert "the service is ending" in outcome.notices[0].text


def test_an_order_that_waits_is_withdrawn_and_a_cancel_is_noted():
    desk = Desk()
    order = wished(desk, LATER)
    desk.accept(order)
    (command,) = desk.engine.cancel(desk.state.orders[order.order_id], desk.now_ms).commands
    assert isinstance(command, CancelOrder)
    assert order.order_id in desk.state.cancels
    assert desk.state.orders[order.order_id].withdrawn
