"""What the venue holds and what the books say: each difference has a verdict, evidence and one way to end."""

from __future__ import annotations

from decimal import Decimal as D
from itertools import pairwise

import pytest
from engine.desk import PERP, SPOT, Desk, as_listed, placed
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import (
    AccountSeen,
    Balance,
    Command,
    Enter,
    Exit,
    Holding,
    InstrumentId,
    Level,
    OrderKind,
    OrderRejected,
    OrderStatus,
    PriceSeen,
    Resting,
    Side,
    StreamGap,
    Verdict,
)
from twinstar.engine import Guard, OrderIds, Ownership, Rules, guard

LONG = Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95))
LONG_SPOT = Enter(instrument=SPOT, side=Side.BUY, quantity=D(2), stop_price=D(95))
APART_MS = 10_000


def desk_with(ownership: Ownership) -> Desk:
    desk = Desk()
    for venue in ("perp", "spot"):
        desk.engine.set_rules(venue, Rules(ownership=ownership))
    return desk


def read(
    desk: Desk, there: str = "0", *, entry: str = "100", orders: tuple[Resting, ...] | None = None
) -> list[Command]:
    """The perpetual venue is asked once; the market has been quiet since the last time. It has our orders as we do."""
    desk.now_ms += APART_MS
    holding = Holding(instrument=PERP, quantity=D(there), entry_price=D(entry))
    return desk.tell(
        AccountSeen(
            time_ms=desk.now_ms,
            venue="perp",
            holdings=(holding,) if holding.quantity else (),
            balances=(),
            orders=as_listed(desk, "perp") if orders is None else orders,
        )
    )


def read_spot(desk: Desk, free: str, locked: str = "0") -> list[Command]:
    desk.now_ms += APART_MS
    owned = Balance(asset="BTC", free=D(free), locked=D(locked))
    return desk.tell(AccountSeen(time_ms=desk.now_ms, venue="spot", holdings=(), balances=(owned,)))


def verdicts(desk: Desk, venue: str = "perp") -> list[Verdict]:
    return [finding.verdict for finding in desk.engine.findings.get(venue, ())]


def standing(client_order_id: str | None, *, side: Side = Side.SELL, quantity: str = "2", stop: str = "91") -> Resting:
    return Resting(
        venue_order_id="v9",
        client_order_id=client_order_id,
        instrument=PERP,
        side=side,
        kind=OrderKind.STOP,
        quantity=D(quantity),
        stop_price=D(stop),
        reduce_only=True,
    )


def long_two(desk: Desk) -> None:
    desk.accept(placed(desk.fill(placed(desk.wish(LONG)))))


def long_two_on_spot(desk: Desk) -> None:
    desk.fill(placed(desk.wish(LONG_SPOT)))


def test_when_both_say_the_same_there_is_nothing_to_do():
    desk = Desk()
    long_two(desk)
    for _ in range(3):
        assert read(desk, "2") == []
        assert verdicts(desk) == []


# What we hold and the venue does not.


def test_one_reading_clears_nothing():
    desk = Desk()
    long_two(desk)
    read(desk, "0")
    assert desk.state.position(PERP).quantity == D(2)
    assert [(f.verdict, f.is_sure) for f in desk.engine.findings["perp"]] == [(Verdict.CLEAR, False)]


@pytest.mark.parametrize("ownership", Ownership)
def test_two_readings_clear_what_was_closed_by_hand_and_book_its_profit(ownership: Ownership):
    desk = desk_with(ownership)
    long_two(desk)
    read(desk, "0")
    commands = read(desk, "0")
    assert desk.state.position(PERP).is_flat
    assert desk.state.position(PERP).realized == (desk.state.last_price(PERP) - 100) * 2
    assert [type(c).__name__ for c in commands] == ["CancelOrder"], "its stop goes with it"
    assert any("clear position" in n.text and "2 readings" in n.text for n in desk.notices)


def test_readings_that_disagree_with_each_other_clear_nothing():
    desk = Desk()
    long_two(desk)
    for there in ("0", "1", "0", "1"):
        read(desk, there)
    assert desk.state.position(PERP).quantity == D(2)


def test_a_reading_repeated_at_once_is_no_second_one():
    desk = Desk()
    long_two(desk)
    desk.now_ms += APART_MS
    flat = AccountSeen(time_ms=desk.now_ms, venue="perp", holdings=(), balances=(), orders=())
    desk.tell(flat)
    desk.tell(flat)
    assert desk.state.position(PERP).quantity == D(2)


def test_a_position_that_a_late_fill_explains_is_waited_for():
    desk = Desk()
    long_two(desk)
    (stop,) = desk.state.open_orders(PERP)
    read(desk, "0")
    desk.fill(stop, price="95")  # the stop had fired, and now we are told
    read(desk, "0")
    assert verdicts(desk) == []
    assert desk.state.position(PERP).realized == D(-10)


def test_while_an_order_is_in_doubt_nothing_is_compared():
    desk = desk_with(Ownership.ADOPT)
    placed(desk.wish(LONG))
    for _ in range(3):
        read(desk, "2")
    assert verdicts(desk) == []
    assert desk.state.position(PERP).is_flat


def test_a_reading_right_after_a_fill_may_be_older_than_the_fill():
    desk = Desk()
    long_two(desk)
    for _ in range(3):
        desk.now_ms += 1_200
        desk.tell(AccountSeen(time_ms=desk.now_ms, venue="perp", holdings=(), balances=(), orders=()))
    assert desk.state.position(PERP).quantity == D(2)


def test_a_part_that_was_closed_by_hand_is_no_longer_held_and_the_stop_follows():
    desk = Desk()
    long_two(desk)
    read(desk, "0.5")
    smaller = placed(read(desk, "0.5"))
    assert desk.state.position(PERP).quantity == D("0.5")
    assert (smaller.kind, smaller.quantity, smaller.stop_price) == (OrderKind.STOP, D("0.5"), D(95))


def test_a_side_that_flipped_is_ours_cleared_and_theirs():
    desk = desk_with(Ownership.OBSERVE)
    long_two(desk)
    read(desk, "-1")
    read(desk, "-1")
    assert desk.state.position(PERP).is_flat
    assert desk.state.external[PERP] == D(-1)


# What the venue holds and we do not.


@pytest.mark.parametrize("ownership", [Ownership.OBSERVE, Ownership.ALERT])
def test_a_position_that_is_not_ours_is_never_touched(ownership: Ownership):
    desk = desk_with(ownership)
    commands = [c for _ in range(4) for c in read(desk, "3")]
    assert commands == []
    assert desk.state.position(PERP).is_flat
    assert desk.state.external[PERP] == D(3)
    alarms = [n for n in desk.notices if n.level is Level.ALARM]
    assert len(alarms) == (ownership is Ownership.ALERT), "told once, and not at every reading"


@pytest.mark.parametrize("ownership", [Ownership.OBSERVE, Ownership.ALERT])
def test_there_are_no_entries_beside_what_is_not_ours(ownership: Ownership):
    """To the venue it is one position: a stop and an exit that fill at once would close theirs."""
    desk = desk_with(ownership)
    read(desk, "3")
    read(desk, "3")
    assert desk.wish(LONG) == []
    assert "3 that is not ours" in desk.notices[-1].text
    read(desk, "0")
    read(desk, "0")
    assert desk.wish(LONG), "and they are back once it is gone"


def test_what_we_hold_beside_theirs_stays_protected_by_a_stop_for_ours_alone():
    desk = desk_with(Ownership.OBSERVE)
    long_two(desk)
    for _ in range(3):
        assert read(desk, "5") == []
    assert verdicts(desk) == []
    (stop,) = desk.state.open_orders(PERP)
    assert stop.quantity == D(2)
    assert desk.state.external[PERP] == D(3)


def test_ours_and_theirs_on_opposite_sides_are_one_number_at_the_venue():
    desk = desk_with(Ownership.OBSERVE)
    entry = placed(desk.wish(LONG))
    read(desk, "-2")  # bought by us and sold by hand in the same moment, before anybody could know
    read(desk, "-2")
    desk.accept(placed(desk.fill(entry)))
    read(desk, "0")
    read(desk, "0")
    assert desk.state.position(PERP).is_flat
    assert not desk.state.external.get(PERP)


def test_what_is_missing_is_missed_of_theirs_first():
    desk = desk_with(Ownership.OBSERVE)
    long_two(desk)
    for there in ("5", "5", "4", "4"):
        read(desk, there)
    assert (desk.state.position(PERP).quantity, desk.state.external[PERP]) == (D(2), D(2))


def test_an_adopted_position_gets_the_stop_that_stands_at_the_venue():
    desk = desk_with(Ownership.ADOPT)
    orders = (standing("by-hand"),)
    read(desk, "2", orders=orders)
    assert read(desk, "2", orders=orders) == [], "nothing is sent: the stop is there"
    assert desk.state.position(PERP).quantity == D(2)
    assert desk.state.stops[PERP] == D(91)
    assert guard(desk.state, PERP) is Guard.RESIDENT
    assert desk.state.orders["by-hand"].status is OrderStatus.ACCEPTED


def test_an_adopted_position_without_a_stop_gets_one_at_the_distance_of_the_policy():
    desk = desk_with(Ownership.ADOPT)
    read(desk, "-2", entry="200")
    stop = placed(read(desk, "-2", entry="200"))
    assert (stop.kind, stop.side, stop.quantity, stop.stop_price) == (OrderKind.STOP, Side.BUY, D(2), D(210))


def test_a_stop_that_covers_only_a_part_is_none():
    desk = desk_with(Ownership.ADOPT)
    orders = (standing("by-hand", quantity="1"),)
    read(desk, "2", orders=orders)
    assert placed(read(desk, "2", orders=orders)).quantity == D(2)


def test_an_adopted_position_is_entered_at_the_venues_entry_price():
    desk = desk_with(Ownership.ADOPT)
    read(desk, "2", entry="97")
    read(desk, "2", entry="97")
    assert desk.state.position(PERP).average_price == D(97)


def test_a_start_that_finds_what_is_not_ours_is_refused_by_policy():
    desk = desk_with(Ownership.REFUSE_START)
    desk.tell(StreamGap(time_ms=0, venue="perp", reason="not started yet"))
    read(desk, "3")
    assert "perp" not in desk.state.halted, "one reading is no evidence"
    read(desk, "3")
    assert "refuse-start" in desk.state.halted["perp"]


def test_rounding_within_one_lot_is_no_difference():
    desk = Desk()
    long_two(desk)
    for _ in range(3):
        read(desk, "2.0004")
    assert verdicts(desk) == []


def test_what_is_not_listed_in_this_run_is_left_for_later():
    desk = desk_with(Ownership.ADOPT)
    elsewhere = InstrumentId("ETH/USDT:USDT", "perp")
    for _ in range(3):
        desk.now_ms += APART_MS
        held = Holding(instrument=elsewhere, quantity=D(2), entry_price=D(100))
        desk.tell(AccountSeen(time_ms=desk.now_ms, venue="perp", holdings=(held,), balances=(), orders=()))
    assert verdicts(desk) == []
    assert desk.state.position(elsewhere).is_flat


# Spot: the balance says only how much there is at most.


def test_on_spot_more_than_ours_is_its_owners():
    desk = desk_with(Ownership.ADOPT)
    long_two_on_spot(desk)
    for _ in range(3):
        read_spot(desk, "7")
    assert verdicts(desk, "spot") == []
    assert desk.state.position(SPOT).quantity == D(2)


def test_on_spot_what_an_order_locks_is_still_held():
    desk = Desk()
    long_two_on_spot(desk)
    for _ in range(3):
        read_spot(desk, "0", locked="2")
    assert verdicts(desk, "spot") == []


def test_on_spot_what_was_sold_by_hand_is_not_sold_again():
    desk = Desk()
    long_two_on_spot(desk)
    read_spot(desk, "0.75")
    read_spot(desk, "0.75")
    assert desk.state.position(SPOT).quantity == D("0.75")


def test_a_wallet_that_is_short_by_the_fee_is_followed_to_the_lot():
    desk = Desk()
    long_two_on_spot(desk)
    read_spot(desk, "1.9984")
    read_spot(desk, "1.9984")
    assert desk.state.position(SPOT).quantity == D("1.998")


def test_what_too_little_is_left_of_is_dust_and_is_not_sold_in_vain():
    desk = Desk()
    long_two_on_spot(desk)
    for _ in range(2):
        read_spot(desk, "0.04")  # at 100 that is 4, and the venue lets nobody sell less than 5
    assert desk.tell(PriceSeen(time_ms=1, instrument=SPOT, price=D(90))) == []
    assert desk.wish(Exit(instrument=SPOT)) == []
    assert "nothing is held that the venue would let us close" in desk.notices[-1].text
    assert desk.state.position(SPOT).quantity == D("0.04")
    assert desk.wishes.view is not None
    assert desk.wishes.view.position(SPOT).is_flat  # or no strategy would ever enter there again


# Orders.


def test_an_order_that_counted_as_rejected_and_stands_is_ours_again():
    desk = Desk()
    entry = placed(desk.wish(Enter(instrument=PERP, side=Side.BUY, quantity=D(2), stop_price=D(95), price=D(99))))
    desk.tell(OrderRejected(time_ms=1, order_id=entry.order_id, reason="the venue does not know it"))
    there = Resting(
        venue_order_id="v1",
        client_order_id=entry.order_id,
        instrument=PERP,
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        quantity=D(2),
        price=D(99),
    )
    read(desk, orders=(there,))
    assert desk.state.orders[entry.order_id].status is OrderStatus.ACCEPTED


def test_a_second_service_on_the_account_stops_entries_and_alarms():
    desk = Desk()
    foreign = OrderIds(77)()
    read(desk, orders=(standing(foreign),))
    assert desk.wish(LONG) == []
    assert any(n.level is Level.ALARM and foreign in n.text and "another TwinStar" in n.text for n in desk.notices)


def test_an_order_placed_by_hand_stops_nothing():
    desk = Desk()
    read(desk, orders=(standing("web_abc"),))
    assert verdicts(desk) == []
    assert desk.wish(LONG)


# Whatever is found: one pass settles it, and a second one finds nothing.

quantities = st.integers(-3, 3).map(D)


@given(here=st.integers(-2, 2), there=quantities, ownership=st.sampled_from(Ownership), guarded=st.booleans())
def test_it_converges_in_one_pass_and_twice_equals_once(here: int, there: D, ownership: Ownership, guarded: bool):
    desk = desk_with(ownership)
    if here:
        side = Side.BUY if here > 0 else Side.SELL
        stop_price = D(95) if here > 0 else D(105)
        wish = Enter(instrument=PERP, side=side, quantity=D(abs(here)), stop_price=stop_price)
        desk.accept(placed(desk.fill(placed(desk.wish(wish)))))
    side = Side.SELL if there > 0 else Side.BUY
    stop = standing("by-hand", side=side, quantity="3", stop="91" if there > 0 else "110")
    orders = (stop,) if guarded and there else ()
    seen = []
    for _ in range(4):
        ours = tuple(one for one in as_listed(desk, "perp") if one.client_order_id != "by-hand")
        read(desk, str(there), orders=(*orders, *ours))
        seen.append(
            (desk.state.position(PERP).quantity, desk.state.external.get(PERP, D(0)), desk.state.stops.get(PERP))
        )
    assert seen[1] == seen[2] == seen[3]
    assert verdicts(desk) == []
    held, external, stop_price = seen[1]
    assert held + external == there
    assert (stop_price is not None) == bool(held)
    assert not external or ownership is not Ownership.ADOPT
    assert abs(held) <= abs(here) or ownership is Ownership.ADOPT
    assert all(a == b for a, b in pairwise(seen[1:]))
