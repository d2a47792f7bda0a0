"""A person wants it flat: what waits to open it goes first, then what is held is closed; its stop stays until then."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from engine.desk import PERP, SPOT, Desk, canceled, placed

from twinstar.domain import (
    ClosingAsked,
    Command,
    Enter,
    Order,
    OrderCanceled,
    OrderKind,
    OrderRejected,
    PlaceOrder,
    Role,
    Side,
    StreamGap,
    TradingHalted,
    TradingResumed,
    VenueReady,
)

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95))
WAITING = msgspec.structs.replace(LONG, price=D(99))


def close_all(desk: Desk, *instruments: object) -> list[Command]:
    desk.tell(TradingHalted(time_ms=desk.now_ms, reason="close-all"))
    return desk.tell(ClosingAsked(time_ms=desk.now_ms, instruments=instruments or (PERP,), reason="close-all"))


def guarded(desk: Desk) -> Order:
    """Long with its stop; the stop."""
    stop = placed(desk.fill(placed(desk.wish(LONG))))
    desk.accept(stop)
    return stop


def test_what_is_held_is_closed_at_market_and_can_never_turn_around():
    desk = Desk()
    guarded(desk)
    order = placed(close_all(desk))
    assert (order.kind, order.side, order.quantity, order.role) == (OrderKind.MARKET, Side.SELL, D(2), Role.EXIT)
    assert order.reduce_only


def test_the_stop_stays_until_all_is_flat_and_goes_then():
    desk = Desk()
    stop = guarded(desk)
    order = placed(close_all(desk))
    assert desk.fill(order, "1") == []
    assert desk.state.closing == {PERP}
    assert canceled(desk.fill(order, "1")).order_id == stop.order_id
    assert desk.state.closing == set()


def test_an_entry_that_waits_goes_first_and_what_it_opened_meanwhile_is_closed():
    desk = Desk()
    entry = placed(desk.wish(WAITING))
    desk.accept(entry)
    assert canceled(close_all(desk)).order_id == entry.order_id
    desk.fill(entry, "1")
    assert desk.state.closing == {PERP}
    commands = desk.tell(OrderCanceled(time_ms=desk.now_ms, order_id=entry.order_id))
    closing = [c.order for c in commands if isinstance(c, PlaceOrder) and c.order.role is Role.EXIT]
    assert [order.quantity for order in closing] == [D(1)]
    desk.fill(closing[0])
    assert desk.state.closing == set()


def test_what_was_closed_stays_closed_over_a_restart_and_what_was_not_is_gone_on_with():
    desk = Desk()
    guarded(desk)
    order = placed(close_all(desk))
    assert desk.restarted().closing == {PERP}
    desk.fill(order)
    assert desk.restarted().closing == set()
    assert desk.restarted().halt("perp") is not None


def test_a_venue_that_refuses_to_close_is_asked_again_with_patience():
    desk = Desk()
    guarded(desk)
    first = placed(close_all(desk))
    assert desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=first.order_id, reason="busy")) == []
    again = [c.order for c in desk.pass_time(1_250) if isinstance(c, PlaceOrder) and c.order.role is Role.EXIT]
    assert len(again) == 1
    assert desk.state.closing == {PERP}


def test_nothing_is_sent_to_a_venue_whose_account_is_not_known_and_then_it_is():
    desk = Desk()
    guarded(desk)
    desk.tell(StreamGap(time_ms=desk.now_ms, venue="perp", reason="lost"))
    assert close_all(desk) == []
    assert placed(desk.tell(VenueReady(time_ms=desk.now_ms, venue="perp"))).role is Role.EXIT


def test_who_resumes_ends_the_closing_too():
    desk = Desk()
    guarded(desk)
    first = placed(close_all(desk))
    desk.tell(OrderRejected(time_ms=desk.now_ms, order_id=first.order_id, reason="busy"))
    desk.tell(TradingResumed(time_ms=desk.now_ms))
    assert [
        c.order.role for c in desk.pass_time(5_000) if isinstance(c, PlaceOrder) and c.order.role is Role.EXIT
    ] == []


def test_on_spot_only_our_own_lots_are_sold_and_dust_is_left():
    desk = Desk()
    desk.fill(placed(desk.wish(Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(90)))))
    order = placed(close_all(desk, SPOT))
    assert order.quantity == D(2)
    desk.fill(order, "1.9995")
    desk.tell(OrderCanceled(time_ms=desk.now_ms, order_id=order.order_id))
    assert desk.state.position(SPOT).quantity == D("0.0005")
    assert desk.state.closing == set()


def test_resume_of_one_venue_leaves_what_halts_the_others():
    desk = Desk()
    for venue in (None, "perp", "spot"):
        desk.tell(TradingHalted(time_ms=desk.now_ms, venue=venue, reason="test"))
    desk.tell(TradingResumed(time_ms=desk.now_ms, venue="perp"))
    assert [halt.venue for halt in desk.state.trading_halts] == [None, "spot"]
    desk.tell(TradingResumed(time_ms=desk.now_ms))
    assert desk.restarted().trading_halts == desk.state.trading_halts == ()
