"""A stop counts once the venue lists it, and only on the terms that it is listed with."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from engine.desk import PERP, Desk, as_listed, canceled, placed

from twinstar.domain import (
    AccountSeen,
    Enter,
    Holding,
    Level,
    Order,
    OrderAccepted,
    OrderInDoubt,
    OrderStatus,
    Side,
    Verdict,
)
from twinstar.engine import Guard, guard

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(90))


def held() -> tuple[Desk, Order]:
    desk = Desk()
    stop = placed(desk.fill(placed(desk.wish(LONG))))
    desk.accept(stop)
    return desk, stop


def alarms(desk: Desk) -> list[str]:
    return [notice.text for notice in desk.notices if notice.level is Level.ALARM]


def test_a_stop_that_two_readings_do_not_list_is_none_and_is_replaced_with_an_alarm():
    desk, lost = held()
    assert desk.read(orders=()) == []
    assert guard(desk.state, PERP) is Guard.RESIDENT, "one reading proves nothing"
    new = placed(desk.read(orders=()))
    assert guard(desk.state, PERP) is Guard.NONE
    assert any(f"stop {lost.order_id} is not listed by 2 readings" in text for text in alarms(desk))
    assert (new.stop_price, new.quantity) == (D(90), D(2))
    assert canceled(desk.accept(new)).order_id == lost.order_id, "should it stand after all, it must not stay"
    assert guard(desk.state, PERP) is Guard.RESIDENT


def test_the_lost_stop_is_over_once_the_venue_says_so_and_no_third_is_placed():
    desk, lost = held()
    desk.read(orders=())
    new = placed(desk.read(orders=()))
    desk.accept(new)
    desk.tell(OrderInDoubt(time_ms=desk.now_ms, order_id=lost.order_id, reason="cancel: unknown order"))
    desk.tell(OrderAccepted(time_ms=desk.now_ms, order_id=lost.order_id, venue_order_id="v"))
    (listed,) = (one for one in as_listed(desk, "perp") if one.client_order_id == new.order_id)
    for _ in range(3):
        assert all(command.order.order_id == lost.order_id for command in desk.read(orders=(listed,)))
    assert guard(desk.state, PERP) is Guard.RESIDENT


def test_a_stop_that_is_listed_again_was_never_lost():
    desk, _stop = held()
    desk.read(orders=())
    desk.read()
    assert desk.read(orders=()) == []
    assert guard(desk.state, PERP) is Guard.RESIDENT


def test_a_stop_that_was_only_just_placed_may_be_missing_from_a_reading():
    desk, _stop = held()
    for _ in range(4):
        desk.now_ms -= 9_000  # a second apart
        assert desk.read(orders=()) == []


def test_a_reading_that_did_not_ask_for_orders_says_nothing_of_them():
    desk, _ = held()
    desk.read(orders=())
    holding = Holding(instrument=PERP, quantity=D(2))
    for _ in range(3):
        desk.now_ms += 10_000
        assert desk.tell(AccountSeen(time_ms=desk.now_ms, venue="perp", holdings=(holding,), balances=())) == []
    assert guard(desk.state, PERP) is Guard.RESIDENT


def test_a_stop_that_somebody_moved_by_hand_is_known_to_stand_elsewhere_and_put_right():
    desk, stop = held()
    (listed,) = as_listed(desk, "perp")
    moved = msgspec.structs.replace(listed, stop_price=D(80))
    assert desk.read(orders=(moved,)) == []
    new = placed(desk.read(orders=(moved,)))
    assert desk.state.orders[stop.order_id].stop_price == D(80)
    assert new.stop_price == D(90)
    assert any("is listed with 2 at 80, not 2 at 90" in text for text in alarms(desk))


def test_the_plan_of_a_reconcile_names_what_one_reading_does_not_list():
    desk, stop = held()
    desk.read(orders=())
    (finding,) = desk.engine.findings["perp"]
    assert (finding.verdict, finding.subject, finding.is_sure) == (Verdict.UPDATE, "stop", False)
    assert stop.order_id in finding.evidence


def test_what_has_ended_is_not_missed():
    desk, stop = held()
    desk.read(orders=())
    desk.fill(stop, price="90")
    assert desk.read(orders=()) == []
    assert desk.state.orders[stop.order_id].status is OrderStatus.FILLED
    assert not desk.state.contradictions
