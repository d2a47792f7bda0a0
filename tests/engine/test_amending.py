"""Where the venue can, a stop is changed where it stands; an amend without an answer is a doubt of its own."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, Desk, amended, canceled, placed

from twinstar.domain import (
    AmendOrder,
    Command,
    Enter,
    MoveStop,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderInDoubt,
    OrderKind,
    OrderStatus,
    Side,
    Terms,
)
from twinstar.engine import Guard, guard

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(90))


def held(*, amends: bool = True) -> tuple[Desk, Order]:
    desk = Desk(amends=amends)
    stop = placed(desk.fill(placed(desk.wish(LONG))))
    desk.accept(stop)
    return desk, stop


def move(desk: Desk, to: int) -> list[Command]:
    return desk.wish(MoveStop(instrument=PERP, stop_price=D(to)))


def told(desk: Desk, command: AmendOrder, terms: Terms | None = None, new_id: str | None = None) -> list[Command]:
    """The answer to it: those terms stand now, or others."""
    return desk.tell(
        OrderAmended(
            time_ms=desk.now_ms,
            order_id=command.order.order_id,
            terms=terms or command.terms,
            venue_order_id=new_id,
            answers=command.terms,
        )
    )


def in_doubt(desk: Desk, order_id: str) -> list[Command]:
    return desk.tell(OrderInDoubt(time_ms=desk.now_ms, order_id=order_id, reason="amend: no answer"))


@pytest.mark.parametrize("amends", [True, False], ids=["amended", "replaced"])
def test_there_is_no_moment_without_a_stop_while_it_moves(amends: bool):
    desk, first = held(amends=amends)
    (step,) = move(desk, 95)
    assert guard(desk.state, PERP) is Guard.RESIDENT
    if amends:
        assert told(desk, step) == []
        (stands,) = desk.state.open_orders(PERP)
        assert stands.order_id == first.order_id
    else:
        assert canceled(desk.accept(step.order)).order_id == first.order_id
        desk.tell(OrderCanceled(time_ms=1, order_id=first.order_id))
        (stands,) = desk.state.open_orders(PERP)
    assert (stands.stop_price, stands.quantity) == (D(95), D(2))
    assert guard(desk.state, PERP) is Guard.RESIDENT


def test_a_venue_may_give_what_was_amended_another_id():
    desk, stop = held()
    told(desk, amended(move(desk, 95)), new_id="v2")
    assert desk.state.orders[stop.order_id].venue_order_id == "v2"


def test_when_the_position_grows_its_stop_grows():
    desk, _stop = held()
    entry = placed(desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(90))))
    assert amended(desk.fill(entry)).terms == Terms(quantity=D(3), stop_price=D(90))


def test_a_stop_that_was_filled_in_part_keeps_its_part():
    desk, stop = held()
    desk.fill(stop, "0.5", price="90")
    assert amended(move(desk, 95)).terms == Terms(quantity=D(2), stop_price=D(95))


def test_while_an_amend_is_on_its_way_nothing_more_is_asked():
    desk, _ = held()
    amended(move(desk, 95))
    assert move(desk, 97) == []
    assert desk.pass_time(1_000) == []


def test_an_amend_without_an_answer_is_in_doubt_until_the_terms_are_read():
    desk, stop = held()
    step = amended(move(desk, 95))
    assert in_doubt(desk, stop.order_id) == []
    desk.tell(OrderAccepted(time_ms=1, order_id=stop.order_id, venue_order_id="v"))
    assert desk.state.is_blocked(PERP), "that it is there was never the question"
    assert move(desk, 97) == []
    assert told(desk, step)[0].terms.stop_price == D(97), "read, it goes on"
    assert not desk.state.is_blocked(PERP)


def test_an_amend_that_came_to_nothing_is_followed_by_a_new_stop():
    desk, stop = held()
    step = amended(move(desk, 95))
    in_doubt(desk, stop.order_id)
    new = placed(told(desk, step, terms=stop.terms))
    assert (new.kind, new.stop_price) == (OrderKind.STOP, D(95))
    assert guard(desk.state, PERP) is Guard.RESIDENT, "by the old one"
    assert canceled(desk.accept(new)).order_id == stop.order_id


def test_an_amend_that_arrives_late_after_all_is_seen_in_the_listings_and_followed():
    desk, stop = held()
    step = amended(move(desk, 95))
    in_doubt(desk, stop.order_id)
    new = placed(told(desk, step, terms=stop.terms))
    desk.accept(new)
    told(desk, step)
    assert desk.state.orders[stop.order_id].stop_price == D(95)
    assert stop.order_id in desk.state.cancels, "one of them is enough"


@pytest.mark.parametrize("doubt", [True, False])
def test_the_echo_of_an_earlier_amend_answers_no_later_one(doubt: bool):
    desk, stop = held()
    told(desk, first := amended(move(desk, 95)))
    entry = placed(desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(95))))
    amended(desk.fill(entry))
    if doubt:
        in_doubt(desk, stop.order_id)
    desk.tell(OrderAmended(time_ms=desk.now_ms, order_id=stop.order_id, terms=first.terms))
    assert desk.state.is_blocked(PERP) is doubt
    desk.fill(stop, "3", price="95")
    order = desk.state.orders[stop.order_id]
    assert (order.status, order.unamendable) == (OrderStatus.FILLED, False)
    assert not any("beyond its quantity" in notice.text for notice in desk.notices)


@pytest.mark.parametrize("doubt", [True, False])
def test_the_stop_may_fill_while_its_amend_is_unanswered(doubt: bool):
    desk, stop = held()
    step = amended(move(desk, 95))
    if doubt:
        in_doubt(desk, stop.order_id)
    desk.fill(stop, price="90")
    assert told(desk, step) == []
    order = desk.state.orders[stop.order_id]
    assert (order.status, order.asked) == (OrderStatus.FILLED, None)
    assert desk.state.position(PERP).is_flat


def test_what_fills_of_a_stop_that_is_being_enlarged_may_be_more_than_it_was():
    desk, stop = held()
    entry = placed(desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(90))))
    step = amended(desk.fill(entry))
    desk.fill(stop, "2.5", price="90")
    assert desk.state.orders[stop.order_id].status is OrderStatus.PARTLY_FILLED
    assert not any("beyond its quantity" in notice.text for notice in desk.notices)
    told(desk, step)
    desk.fill(stop, "0.5", price="90")
    assert desk.state.orders[stop.order_id].status is OrderStatus.FILLED


def test_the_stop_may_be_gone_while_its_amend_is_unanswered():
    desk, stop = held()
    amended(move(desk, 95))
    in_doubt(desk, stop.order_id)
    new = placed(desk.tell(OrderCanceled(time_ms=1, order_id=stop.order_id, reason="unknown")) + desk.pass_time(1_000))
    assert new.stop_price == D(95)


def test_an_amend_that_was_on_its_way_when_we_ended_is_in_doubt_after_a_restart():
    desk, stop = held()
    step = amended(move(desk, 95))
    desk = desk.next_run()
    assert [o.order_id for o in desk.state.in_doubt("perp")] == [stop.order_id]
    told(desk, step)
    assert guard(desk.state, PERP) is Guard.RESIDENT
    assert desk.state.orders[stop.order_id].stop_price == desk.state.stops[PERP] == D(95)
