"""What can never be, planted: each invariant trips, halts entries, and lets exits and stops go on."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import pytest
from engine.desk import PERP, SPOT, Desk, placed

from twinstar.domain import (
    Enter,
    Exit,
    Fill,
    InvariantTripped,
    Level,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderFilled,
    PlaceOrder,
    PositionReconciled,
    Side,
    Terms,
    TradingResumed,
    Verdict,
)
from twinstar.engine import Invariants, State, invariants

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95))
LONG_SPOT = Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(95))


def trips(desk: Desk) -> list[str]:
    return [record.name for record in desk.journal if isinstance(record, InvariantTripped)]


def accept(desk: Desk, order: Order, venue_order_id: str) -> None:
    desk.tell(OrderAccepted(time_ms=desk.now_ms, order_id=order.order_id, venue_order_id=venue_order_id))


def test_o1_one_order_accepted_under_two_ids_is_one_order_too_many():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    accept(desk, entry, "1")
    accept(desk, entry, "1")
    assert trips(desk) == []
    accept(desk, entry, "2")
    assert trips(desk) == ["O1"]


def test_o1_a_stop_may_get_another_id_when_it_is_triggered():
    desk = Desk()
    stop = placed(desk.fill(placed(desk.wish(LONG))))
    accept(desk, stop, "1")
    accept(desk, stop, "2")
    assert trips(desk) == []


def test_o1_an_amended_order_may_get_another_id_and_then_has_that_one():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    accept(desk, entry, "1")
    desk.tell(OrderAmended(time_ms=0, order_id=entry.order_id, terms=Terms(quantity=D(1)), venue_order_id="2"))
    accept(desk, entry, "2")
    assert trips(desk) == []
    accept(desk, entry, "1")
    assert trips(desk) == ["O1"]


def test_o1_an_order_that_is_decided_twice():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.engine._do([PlaceOrder(entry)], [])
    desk.pass_time(250)
    assert trips(desk) == ["O1"]


def test_o7_more_filled_than_asked():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.fill(entry, "2")
    desk.fill(entry, "1", fill_id="late")
    assert trips(desk) == ["O7"]


def test_o7_less_filled_than_before(monkeypatch: pytest.MonkeyPatch):
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.fill(entry, "1")
    monkeypatch.setattr(Order, "fill", lambda self, fill, _: msgspec.structs.replace(self, filled=fill.quantity))
    desk.fill(entry, "0.5", fill_id="2")
    assert trips(desk) == ["O7"]


def test_o7_what_is_over_lives_again(monkeypatch: pytest.MonkeyPatch):
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.tell(OrderCanceled(time_ms=desk.now_ms, order_id=entry.order_id))
    monkeypatch.setattr(Order, "to", lambda self, status, _, **__: msgspec.structs.replace(self, status=status))
    accept(desk, entry, "1")
    assert trips(desk) == ["O7"]


def test_o7_a_fill_that_comes_after_the_cancel_is_only_late():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.tell(OrderCanceled(time_ms=desk.now_ms, order_id=entry.order_id))
    desk.fill(entry, "1")
    assert trips(desk) == []


def test_f1_a_fill_that_the_books_count_twice(monkeypatch: pytest.MonkeyPatch):
    original = State._fill

    def forgetful(self: State, fill: Fill, time_ms: int) -> None:
        self._fills.pop(fill.order_id, None)
        original(self, fill, time_ms)

    monkeypatch.setattr(State, "_fill", forgetful)
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.fill(entry, "1", fill_id="1")
    desk.fill(entry, "1", fill_id="1")
    assert trips(desk) == ["F1"]


def test_f1_a_fill_that_the_books_lose(monkeypatch: pytest.MonkeyPatch):
    desk = Desk()
    entry = placed(desk.wish(LONG))
    monkeypatch.setattr(State, "_fill", lambda *_: None)
    desk.fill(entry)
    assert trips(desk) == ["F1"]


def test_f1_counts_fees_taken_in_coins_and_what_reconciling_found():
    desk = Desk()
    entry = placed(desk.wish(LONG_SPOT))
    fill = Fill(
        fill_id="1", order_id=entry.order_id, instrument=SPOT, side=Side.BUY, price=D(100), quantity=D(2),
        fee=D("0.002"), fee_asset="BTC",
    )  # fmt: skip
    desk.tell(OrderFilled(time_ms=desk.now_ms, fill=fill))
    desk.tell(OrderFilled(time_ms=desk.now_ms, fill=fill))
    desk.tell(
        PositionReconciled(
            time_ms=0, instrument=SPOT, verdict=Verdict.UPDATE, quantity=D("1.5"), price=D(100), evidence="seen"
        )
    )
    desk.fill(placed(desk.wish(Exit(instrument=SPOT))))
    assert desk.state.position(SPOT).is_flat
    assert trips(desk) == []


def test_a_trip_halts_entries_everywhere_and_says_how_to_go_on():
    desk = Desk()
    entry = placed(desk.wish(LONG))
    accept(desk, entry, "1")
    accept(desk, entry, "2")
    (alarm,) = [notice.text for notice in desk.notices if notice.level is Level.ALARM]
    assert "invariant O1 is broken: the venue has accepted order" in alarm
    assert alarm.endswith("then `twinstar resume`")
    assert desk.wish(LONG_SPOT) == []
    assert placed(desk.fill(entry)).stop_price == D(95)  # protection goes on
    assert placed(desk.wish(Exit(instrument=PERP))).reduce_only
    assert desk.restarted().halt("spot") == desk.state.halt("spot") is not None


def test_after_a_resume_the_books_are_what_is_counted_from(monkeypatch: pytest.MonkeyPatch):
    desk = Desk()
    with monkeypatch.context() as patch:
        patch.setattr(State, "_fill", lambda *_: None)
        desk.fill(placed(desk.wish(LONG)))
    desk.tell(TradingResumed(time_ms=0))
    desk.fill(placed(desk.wish(LONG_SPOT)))
    assert trips(desk) == ["F1"]
    assert desk.state.halt("perp") is None


def test_old_orders_are_forgotten_and_those_that_stand_are_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(invariants, "ORDERS_KEPT", 3)
    seen, state = Invariants(), State()
    desk = Desk()
    standing = placed(desk.wish(LONG))
    state.apply(PlaceOrder(standing))
    for number in range(50):
        order = msgspec.structs.replace(standing, order_id=standing.order_id if not number else str(number))
        seen.see(PlaceOrder(order), state)
    assert len(seen._orders) <= 4
    assert standing.order_id in seen._orders
