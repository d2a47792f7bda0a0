"""The checklist of protection and of the process around it, line by line."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, Desk, canceled, placed

from twinstar.domain import (
    Enter,
    Level,
    Order,
    OrderCanceled,
    OrderKind,
    OrderRejected,
    PlaceOrder,
    Resting,
    Role,
    Side,
    TradingHalted,
)
from twinstar.engine import Guard, Ownership, Policy, Rules, guard

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95), take_profit=D(120))


def held(desk: Desk) -> tuple[Order, Order]:
    """A position with its stop and its take-profit, and ten quiet seconds since."""
    stop = placed(desk.fill(placed(desk.wish(LONG))))
    target = placed(desk.accept(stop))
    desk.accept(target)
    desk.read()
    return stop, target


def alarms(desk: Desk) -> list[str]:
    return [notice.text for notice in desk.notices if notice.level is Level.ALARM]


def test_a_stop_that_is_missing_at_the_start_is_placed_for_what_the_venue_holds():
    desk = Desk()
    held(desk)
    desk = desk.next_run()
    placements = [*desk.read(orders=(), holds="1.5"), *desk.read(orders=(), holds="1.5")]
    stops = [c.order for c in placements if isinstance(c, PlaceOrder) and c.order.role is Role.STOP]
    assert [(stop.quantity, stop.stop_price) for stop in stops] == [(D("1.5"), D(95))]
    assert any("is not listed by 2 readings" in text for text in alarms(desk))


def test_a_stop_that_is_partly_filled_and_then_canceled_is_placed_anew_for_the_rest():
    desk = Desk()
    stop, _ = held(desk)
    desk.fill(stop, "0.5", price="95")
    desk.tell(OrderCanceled(time_ms=desk.now_ms, order_id=stop.order_id, filled=D("0.5")))
    rest = placed(desk.pass_time(1_250))
    assert (rest.role, rest.quantity, rest.stop_price) == (Role.STOP, D("1.5"), D(95))


def test_when_a_stop_is_gone_and_cannot_be_had_again_it_is_an_alarm_at_once_and_the_position_is_closed_in_time():
    desk = Desk(Policy(after_ms=5_000, close=True))
    stop, _ = held(desk)
    begun_ms = desk.now_ms
    commands = desk.tell(OrderCanceled(time_ms=desk.now_ms, order_id=stop.order_id, reason="by hand"))
    assert [text for text in alarms(desk) if stop.order_id in text], "not only once nothing else helps"
    sent = []
    while not (sent and sent[-1].role is Role.EXIT):
        for command in commands:
            sent.append(command.order)
            if command.order.kind.is_trigger:
                desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=command.order.order_id, reason="no"))
        commands = [] if sent and sent[-1].role is Role.EXIT else desk.pass_time(250)
        assert desk.now_ms - begun_ms <= 8_000
    assert (sent[-1].kind, sent[-1].quantity) == (OrderKind.MARKET, D(2))
    assert any("held without a stop" in text for text in alarms(desk))


@pytest.mark.parametrize("amends", [True, False], ids=["amends", "replaces"])
def test_no_stop_of_ours_is_taken_away_before_its_successor_stands(amends: bool):
    desk = Desk(amends=amends)
    stop, _ = held(desk)
    grown = desk.fill(placed(desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(95)))))
    if amends:
        assert [type(command).__name__ for command in grown] == ["AmendOrder"]
    else:
        assert canceled(desk.accept(placed(grown))).order_id == stop.order_id


def test_a_stop_that_was_filled_while_we_were_down_leaves_us_flat_and_its_take_profit_goes():
    desk = Desk()
    stop, target = held(desk)
    desk = desk.next_run()
    assert canceled(desk.fill(stop, price="95")).order_id == target.order_id
    desk.tell(OrderCanceled(time_ms=desk.now_ms, order_id=target.order_id))
    assert desk.read() + desk.read() == []
    assert desk.state.position(PERP).is_flat
    assert desk.state.position(PERP).realized == D(-10)


def test_a_crash_in_the_middle_of_a_reconcile_ends_where_the_whole_one_does():
    def found(desk: Desk) -> list[object]:
        state = desk.state
        orders = [o.order_id for o in state.open_orders(PERP)]
        return [state.position(PERP), state.stops, state.targets, orders, guard(state, PERP)]

    def by_hand(name: str, kind: OrderKind, price: str) -> Resting:
        return Resting(
            venue_order_id="v" + name,
            client_order_id=name,
            instrument=PERP,
            side=Side.SELL,
            kind=kind,
            quantity=D(3),
            stop_price=D(price),
            reduce_only=True,
        )

    def adopting(desk: Desk) -> Desk:
        desk.engine.set_rules("perp", Rules(ownership=Ownership.ADOPT))
        for _ in range(2):
            desk.read(orders=orders, holds="3")
        return desk

    orders = (by_hand("low", OrderKind.STOP, "91"), by_hand("high", OrderKind.TAKE_PROFIT, "120"))
    whole = adopting(Desk())
    assert found(whole)[-1] is Guard.RESIDENT
    assert len(whole.journal) > 4
    for records in range(len(whole.journal)):
        assert found(adopting(whole.next_run(records))) == found(whole), f"killed after {records} records"


@pytest.mark.parametrize("venue", ["perp", None], ids=["one venue", "everywhere"])
def test_a_halt_survives_a_restart_and_protection_goes_on(venue: str | None):
    desk = Desk()
    entry = placed(desk.wish(LONG))
    desk.tell(TradingHalted(time_ms=1, venue=venue, reason="a person said so"))
    desk = desk.next_run()
    desk.price("100")
    assert placed(desk.fill(entry)).role is Role.STOP
    for order in desk.state.open_orders(PERP):
        desk.accept(order)
    assert desk.wish(LONG) == []
    assert "a person said so" in desk.notices[-1].text
